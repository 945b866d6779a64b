"""From a file to a passage that is found again, on the running stack."""

from __future__ import annotations

import json
import os
import re
import signal
import unicodedata
from contextlib import aclosing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from entrypoints.cli import demo_operations as operations
from entrypoints.cli.client import OperationFailed, StudioloClient
from entrypoints.cli.sample_library import SAMPLE
from tests.journeys.contexts.conftest import Stack

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("stack")]

CHUNKS = """
query ($id: ID!, $after: String) {
  node(id: $id) { ... on Source {
    status chunkCount embeddedChunkCount
    chunks(first: 100, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } nodes { id content position start end page heading }
    }
  } }
}"""


async def upload(client: StudioloClient, name: str, content: bytes) -> dict[str, Any]:
    data = await client.upload(
        operations.ADD_SOURCE,
        {"input": {"origin": {"file": None}}},
        at="variables.input.origin.file",
        filename=name,
        content=content,
    )
    added: dict[str, Any] = data["addSource"]
    return added


async def followed(client: StudioloClient, source_id: str) -> dict[str, Any]:
    """The source's last word: all that `sourceProgress` says until it ends."""
    async with aclosing(client.events(operations.SOURCE_PROGRESS, {"id": source_id}, "sourceProgress")) as events:
        return [event async for event in events][-1]


async def all_chunks(client: StudioloClient, source_id: str) -> list[dict[str, Any]]:
    chunks: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await client.run(CHUNKS, {"id": source_id, "after": after}))["node"]["chunks"]
        chunks += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            assert len(chunks) == page["totalCount"]
            return chunks
        after = page["pageInfo"]["endCursor"]


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()
    return re.sub(r"\W+", " ", "".join(c for c in plain if not unicodedata.combining(c))).strip()


async def search(client: StudioloClient, query: str, source_id: str, limit: int = 10) -> dict[str, Any]:
    variables = {"input": {"query": query, "limit": limit, "sourceIds": [source_id]}}
    found: dict[str, Any] = (await client.run(operations.SEARCH, variables))["search"]
    return found


async def test_a_pdf_is_read_embedded_and_found_with_its_page(client: StudioloClient) -> None:
    added = await upload(client, "lo_studiolo.pdf", SAMPLE.read_bytes())
    assert not added["duplicate"]
    source = await followed(client, added["source"]["id"])
    assert source["status"] == "READY"
    assert source["pageCount"] == 3
    assert source["chunkCount"] == source["embeddedChunkCount"] > 3
    assert source["etaSeconds"] is None
    found = await search(client, "in che anno morì il Petrarca?", added["source"]["id"])
    assert "Petrarca morì nel 1374" in found["hits"][0]["chunk"]["content"]
    assert found["hits"][0]["chunk"]["page"] == 1
    assert found["coverage"] == {"lexical": 1.0, "semantic": 1.0, "degraded": None}


async def test_the_same_file_again_is_the_same_source(client: StudioloClient) -> None:
    first = await upload(client, "a.txt", "La Costituzione è la legge fondamentale dello Stato.".encode())
    again = await upload(client, "b.txt", "La Costituzione è la legge fondamentale dello Stato.".encode())
    assert again["duplicate"]
    assert again["source"]["id"] == first["source"]["id"]


async def test_chunks_come_in_order_and_never_overlap(client: StudioloClient) -> None:
    added = await upload(client, "lo_studiolo.pdf", SAMPLE.read_bytes())
    await followed(client, added["source"]["id"])
    chunks = await all_chunks(client, added["source"]["id"])
    assert [chunk["position"] for chunk in chunks] == list(range(len(chunks)))
    assert all(len(chunk["content"]) == chunk["end"] - chunk["start"] for chunk in chunks)
    assert all(before["end"] <= after["start"] for before, after in pairwise(chunks))


async def test_another_users_source_is_forbidden(client: StudioloClient, stack: Stack) -> None:
    added = await upload(client, "mine.txt", b"Queste parole sono mie.")
    async with StudioloClient(stack.url, stack.token()) as other:
        with pytest.raises(OperationFailed) as refused:
            await other.run("query ($id: ID!) { node(id: $id) { id } }", {"id": added["source"]["id"]})
        assert refused.value.code == "FORBIDDEN"
        with pytest.raises(OperationFailed) as refused:
            await search(other, "parole", added["source"]["id"])
        assert refused.value.code == "FORBIDDEN"


async def test_a_worker_killed_in_the_middle_leaves_the_chunks_there_once(client: StudioloClient, stack: Stack) -> None:
    """Sources are being read when every worker process is killed; all are ready in the end, each chunk once."""
    text = SAMPLE.with_suffix(".typ").read_text()
    ids = []
    for number in range(20):
        added = await upload(client, f"{number}.txt", f"Copia numero {number}.\n\n{text * 3}".encode())
        ids.append(added["source"]["id"])
        if number == 10:
            for pid in stack.up.pids_of("dramatiq"):
                os.kill(pid, signal.SIGKILL)
    counts = set()
    for source_id in ids:
        source = await followed(client, source_id)
        assert source["status"] == "READY", source["errorMessage"]
        chunks = await all_chunks(client, source_id)
        assert len(chunks) == source["chunkCount"] == source["embeddedChunkCount"]
        assert len({chunk["position"] for chunk in chunks}) == len(chunks)
        counts.add(len(chunks))
    assert len(counts) <= 2  # the copies differ in one number only


async def test_what_must_be_found_in_real_documents_is_found(client: StudioloClient, shared: Path) -> None:
    """The evaluation's documents of the kinds that are read: everything listed is in the first ten hits."""
    expected = json.loads((shared / "data" / "docs" / "EXPECT.json").read_text())
    missing = []
    looked_for = 0
    for name, facts in expected.items():
        if not name.endswith((".pdf", ".txt")) or not facts["must_contain"]:
            continue
        added = await upload(client, Path(name).name, (shared / "data" / "docs" / name).read_bytes())
        source = await followed(client, added["source"]["id"])
        assert source["status"] == "READY", f"{name}: {source['errorMessage']}"
        for phrase in facts["must_contain"]:
            looked_for += 1
            hits = (await search(client, phrase, added["source"]["id"]))["hits"]
            if not any(folded(phrase) in folded(hit["chunk"]["content"]) for hit in hits):
                missing.append(f"{name}: {phrase}")
    assert looked_for > 8
    assert missing == []
