"""Ready-made sources and chunks: say only what matters."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import count
from math import sqrt
from typing import Any

from adapters.system import new_uuid7
from application.library import FileOrigin, FileStore, in_pieces
from application.library.ports import OpenUnitOfWork
from domain.library import Chunk, ExtractedText, Source, SourceKind, SourceStatus
from domain.shared import ChunkId, SourceId, UserId, estimate_tokens
from tests.builders import NOON

CORPUS = (
    "L'acqua bolle a cento gradi al livello del mare; in montagna, dove la pressione è minore, bolle prima.",
    "Dell'arte del Rinascimento Firenze conserva le opere più celebri: dipinti, sculture, palazzi.",
    "La città di Lucca è cinta da mura che si possono percorrere a piedi o in bicicletta.",
    "I ribosomi sono le fabbriche delle proteine: leggono l'RNA messaggero e legano gli amminoacidi.",
    "Il ribosoma batterico differisce da quello umano, e perciò certi antibiotici lo colpiscono.",
    "Garibaldi partì da Quarto il 5 maggio 1860 con circa mille volontari e sbarcò a Marsala.",
    "La Repubblica italiana nacque con il referendum del 2 giugno 1946.",
    "Le piante trasformano la luce in energia chimica: è la fotosintesi clorofilliana.",
    "Il congiuntivo esprime dubbio, desiderio o possibilità: credo che tu abbia ragione.",
    "Perché il cielo è azzurro? L'aria diffonde la luce blu più di quella rossa.",
    "Nei fiumi l'acqua dolce scorre verso il mare, dove diventa salata.",
    "Il mercato della città vecchia apre all'alba: pesce, frutta, formaggi, voci.",
)
QUESTIONS = (
    "A quanti gradi bolle l'acqua?",
    "arte del Rinascimento a Firenze",
    "mura della citta",
    "come si fabbricano le proteine nei ribosomi",
    "Da dove partì Garibaldi nel 1860?",
    "quando nacque la Repubblica",
    "che cos'è la fotosintesi",
    "perche il cielo e' azzurro",
    "mare e fiumi, acqua salata",
)

_numbers = count(1)


def a_file(data: bytes, *, filename: str) -> FileOrigin:
    """An upload of these bytes."""
    return FileOrigin(content=in_pieces(data), filename=filename)


async def one_piece(data: bytes) -> AsyncIterator[bytes]:
    """Bytes as a file store takes them."""
    yield data


async def whole(files: FileStore, key: str) -> bytes:
    """A stored file at once. Errors: NoSuch."""
    async with aclosing(files.read(key)) as pieces:
        return b"".join([piece async for piece in pieces])


def a_source(owner: UserId, **changes: Any) -> Source:
    number = next(_numbers)
    return Source(
        **{
            "id": SourceId(new_uuid7()),
            "owner": owner,
            "title": f"Dispensa {number}",
            "kind": SourceKind.TEXT,
            "status": SourceStatus.PROCESSING,
            "content_hash": hashlib.sha256(f"content {number}".encode()).hexdigest(),
            "language": "it",
            "access_date": NOON,
            "created_at": NOON,
            **changes,
        }
    )


def some_chunks(source_id: SourceId, contents: Sequence[str], **changes: Any) -> tuple[ExtractedText, list[Chunk]]:
    """A text of these paragraphs, and a chunk for each, with fresh ids."""
    chunks, start = [], 0
    for position, content in enumerate(contents):
        chunk = Chunk(
            id=ChunkId(new_uuid7()),
            source_id=source_id,
            position=position,
            content=content,
            content_hash=hashlib.sha256(content.encode()).hexdigest(),
            token_count=estimate_tokens(content),
            start=start,
            end=start + len(content),
        )
        chunks.append(replace(chunk, **changes))
        start = chunk.end + 2
    return ExtractedText(text="\n\n".join(contents), language="it"), chunks


async def a_stored_source(
    uow: OpenUnitOfWork, owner: UserId, contents: Sequence[str] = ("Il Po nasce dal Monviso.",), **changes: Any
) -> tuple[Source, list[Chunk]]:
    """A source of the owner with these chunks, READY and committed, without vectors."""
    source = a_source(owner, status=SourceStatus.READY, **changes)
    text, chunks = some_chunks(source.id, contents)
    async with uow(owner) as unit:
        await unit.sources.add(source)
        await unit.chunks.replace(owner=owner, source=source, text=text, chunks=chunks)
        await unit.commit()
    return source, chunks


def toward(place: int, other: int | None = None) -> list[float]:
    """A unit vector along one axis, or half-way between two."""
    share = 1.0 if other is None else sqrt(0.5)
    return [share if index in {place, other} else 0.0 for index in range(1024)]
