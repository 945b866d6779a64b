"""Many sources of one user on their way into a stack, and what of them has arrived."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import httpx2

from benchmarks._made_text import a_book, paragraphs
from benchmarks._stack import MODEL, Stack
from entrypoints.cli import demo_operations as operations
from entrypoints.cli.client import OperationFailed, StudioloClient
from tests.wire.embedding_server import EmbeddingServer

_PATIENCE = 30.0
_VECTORS = f"""
    select count(*) from chunks c join chunk_vectors v
    on (v.user_id, v.source_id, v.position, v.content_hash) = (c.user_id, c.source_id, c.position, c.content_hash)
    where v.model = '{MODEL}'
    """
_SOURCES = f"""
    select s.id, s.status, s.error_message, s.chunk_count, s.embedded_chunk_count,
           (select count(*) from chunks c where c.source_id = s.id) as chunks,
           (select count(*) from chunk_vectors v where v.source_id = s.id and v.model = '{MODEL}') as vectors
    from sources s order by s.id
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The end of it. `faults` has a line for each source that is not whole."""

    sources: int
    chunks: int
    vectors: int
    requests: int
    texts: int
    twice: int
    faults: tuple[str, ...]

    @property
    def lost(self) -> int:
        """Chunks without a vector."""
        return self.chunks - self.vectors

    def fewest_requests(self, batch: int) -> int:
        """If every batch had been full."""
        return ceil(self.chunks / batch)


async def upload_all(client: StudioloClient, *, count: int, size: int, seed: int) -> list[str]:
    """The ids of so many new sources of about `size` paragraphs each; every third is a PDF."""
    ids = []
    for number in range(count):
        if number % 3 == 2:
            name, content = f"libro-{number}.pdf", a_book(seed + number, max(1, size // 4))
        else:
            text = "\n\n".join([f"Appunti {seed}-{number}.", *paragraphs(seed + number, size)])
            name, content = f"appunti-{number}.txt", text.encode()
        ids.append(await _uploaded(client, name, content))
    return ids


async def _uploaded(client: StudioloClient, name: str, content: bytes) -> str:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            data = await client.upload(
                operations.ADD_SOURCE,
                {"input": {"origin": {"file": None}}},
                at="variables.input.origin.file",
                filename=name,
                content=content,
            )
        except (OperationFailed, httpx2.HTTPError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)
            continue
        source: Mapping[str, Any] = data["addSource"]["source"]
        return str(source["id"])


def progress(stack: Stack) -> tuple[int, int, int]:
    """Sources still being read, chunks so far, vectors so far."""
    reading = stack.one("select count(*) from sources where status = 'PROCESSING'")
    return int(reading), int(stack.one("select count(*) from chunks")), int(stack.one(_VECTORS))


def is_done(stack: Stack, sources: int) -> bool:
    """Every source is read, or failed, and every chunk of them has its vector."""
    reading, chunks, vectors = progress(stack)
    known = int(stack.one("select count(*) from sources"))
    return known >= sources and not reading and chunks == vectors and chunks > 0


def arrival(stack: Stack, server: EmbeddingServer) -> Arrival:
    """What is there now."""
    rows = stack.rows(_SOURCES)
    faults = [
        f"source {row[0]}: {row[1]} {row[2] or ''} chunk_count {row[3]}, embedded {row[4]}, chunks {row[5]}, "
        f"vectors {row[6]}"
        for row in rows
        if row[1] != "READY" or not row[3] == row[4] == row[5] == row[6]
    ]
    _, chunks, vectors = progress(stack)
    told = server.counts()
    return Arrival(
        sources=len(rows),
        chunks=chunks,
        vectors=vectors,
        requests=sum(request.paid for request in server.requests),
        texts=told["texts"],
        twice=told["twice"],
        faults=tuple(faults),
    )
