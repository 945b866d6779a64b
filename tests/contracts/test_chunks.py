"""The contract of the chunk stores: written together with their index, read back, kept apart by owner."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from adapters.memory.chunks import MemoryChunkReader
from adapters.postgres.chunks import PostgresChunkReader
from application.library.ports import ChunkIndex, ChunkReader, EmbeddingQueue, Scope, SourceReader
from application.shared import Window
from domain.library import Chunk
from domain.shared import ChunkId, NoSuch, NotYours, SourceId, UserId
from tests.builders import signed_up
from tests.builders_library import a_source, a_stored_source, some_chunks, toward
from tests.contracts.conftest import Store

MODEL = "test-model"


@pytest.fixture
def chunks(store: Store) -> ChunkReader:
    return store.reader(memory=MemoryChunkReader, postgres=PostgresChunkReader)


class TestChunkRepository:
    async def test_what_was_stored_comes_back_in_every_field(self, store: Store, chunks: ChunkReader) -> None:
        user = await signed_up(store.uow)
        source = a_source(user.id)
        text, written = some_chunks(source.id, ["Il Po nasce dal Monviso.", "Sfocia nell'Adriatico."])
        written[1] = replace(written[1], page=7, heading="La foce")
        async with store.uow(user.id) as uow:
            await uow.sources.add(source)
            await uow.chunks.replace(owner=user.id, source=source, text=text, chunks=written)
            assert await uow.chunks.get(owner=user.id, id=written[1].id) == written[1]
            assert await uow.chunks.many(owner=user.id, ids=[written[0].id, ChunkId(uuid4())]) == {
                written[0].id: written[0]
            }
            await uow.commit()
        assert await chunks.get(owner=user.id, id=written[1].id) == written[1]

    async def test_the_source_knows_how_many_chunks_it_has_and_their_text(
        self, store: Store, sources: SourceReader
    ) -> None:
        user = await signed_up(store.uow)
        source, _ = await a_stored_source(store.uow, user.id, ["Uno.", "Due.", "Tre."])
        stored = await sources.get(owner=user.id, id=source.id)
        assert (stored.chunk_count, stored.embedded_chunk_count) == (3, 0)
        assert await sources.text(owner=user.id, id=source.id) == "Uno.\n\nDue.\n\nTre."

    async def test_reading_a_source_again_replaces_its_chunks(
        self, store: Store, chunks: ChunkReader, index: ChunkIndex
    ) -> None:
        user = await signed_up(store.uow)
        source, (old,) = await a_stored_source(store.uow, user.id, ["Il gatto dorme."])
        text, (new,) = some_chunks(source.id, ["Il cane abbaia."])
        async with store.uow(user.id) as uow:
            await uow.chunks.replace(owner=user.id, source=source, text=text, chunks=[new])
            await uow.commit()
        with pytest.raises(NoSuch):
            await chunks.get(owner=user.id, id=old.id)
        assert await found(index, user.id, "gatto") == []
        assert await found(index, user.id, "cane") == [new.id]

    async def test_indexed_again_it_is_found_under_its_new_title_and_keeps_its_vectors(
        self, store: Store, index: ChunkIndex, queue: EmbeddingQueue, sources: SourceReader
    ) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        source, (chunk,) = await a_stored_source(store.uow, user.id, ["Il gatto dorme."], title="Elefanti")
        await queue.store(model=MODEL, vectors={chunk.id: toward(0)})
        retitled = replace(source, title="Giraffe")
        async with store.worker_uow(user.id) as uow:
            await uow.sources.save(retitled)
            await uow.chunks.reindex(owner=user.id, source=retitled)
            await uow.commit()
        assert await found(index, user.id, "elefanti") == []
        for query in ("giraffe", "gatto"):
            assert await found(index, user.id, query) == [chunk.id]
        assert (await sources.get(owner=user.id, id=source.id)).embedded_chunk_count == 1
        async with store.uow(other.id) as uow:
            with pytest.raises(NotYours):
                await uow.chunks.reindex(owner=other.id, source=source)

    async def test_chunks_that_stay_may_change_places(self, store: Store, chunks: ChunkReader) -> None:
        user = await signed_up(store.uow)
        source, (first, second, third) = await a_stored_source(store.uow, user.id, ["Uno.", "Due.", "Tre."])
        moved = [replace(third, position=0), replace(first, position=1), replace(second, position=2)]
        text, _ = some_chunks(source.id, ["Tre.", "Uno.", "Due."])
        async with store.uow(user.id) as uow:
            await uow.chunks.replace(owner=user.id, source=source, text=text, chunks=moved)
            await uow.commit()
        assert list((await chunks.page(owner=user.id, source_id=source.id, window=Window())).items) == moved

    async def test_a_chunk_with_the_same_content_keeps_its_vector(
        self, store: Store, sources: SourceReader, queue: EmbeddingQueue, index: ChunkIndex
    ) -> None:
        user = await signed_up(store.uow)
        source, (po, arno) = await a_stored_source(store.uow, user.id, ["Il Po è lungo.", "L'Arno è breve."])
        await queue.store(model=MODEL, vectors={po.id: toward(0), arno.id: toward(1)})
        text, written = some_chunks(source.id, ["Il Tevere è biondo.", "Il Po è lungo."])
        async with store.uow(user.id) as uow:
            await uow.chunks.replace(owner=user.id, source=source, text=text, chunks=written)
            await uow.commit()
        stored = await sources.get(owner=user.id, id=source.id)
        assert (stored.chunk_count, stored.embedded_chunk_count) == (2, 1)
        seen = await index.candidates(owner=user.id, query="-", vector=toward(0), model=MODEL, scope=Scope(), depth=5)
        assert {item.chunk.id: item.similarity for item in seen.items} == pytest.approx({written[1].id: 1.0})

    async def test_without_commit_nothing_happens(self, store: Store, chunks: ChunkReader, index: ChunkIndex) -> None:
        user = await signed_up(store.uow)
        source, (old,) = await a_stored_source(store.uow, user.id, ["Il gatto dorme."])
        text, new = some_chunks(source.id, ["Il cane abbaia."])
        async with store.uow(user.id) as uow:
            await uow.chunks.replace(owner=user.id, source=source, text=text, chunks=new)
        assert await chunks.get(owner=user.id, id=old.id) == old
        assert await found(index, user.id, "gatto cane") == [old.id]

    async def test_the_chunks_of_another_users_source_are_not_replaced(self, store: Store) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        source, _ = await a_stored_source(store.uow, other.id)
        text, written = some_chunks(source.id, ["Mio!"])
        async with store.uow(user.id) as uow:
            with pytest.raises(NotYours):
                await uow.chunks.replace(owner=user.id, source=source, text=text, chunks=written)
        nowhere = a_source(user.id)
        async with store.uow(user.id) as uow:
            with pytest.raises(NoSuch):
                await uow.chunks.replace(owner=user.id, source=nowhere, text=text, chunks=written)

    async def test_a_chunk_that_is_not_there_and_one_that_is_anothers_differ(
        self, store: Store, chunks: ChunkReader
    ) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        _, (theirs,) = await a_stored_source(store.uow, other.id)
        async with store.uow(user.id) as uow:
            with pytest.raises(NotYours):
                await uow.chunks.get(owner=user.id, id=theirs.id)
            with pytest.raises(NoSuch):
                await uow.chunks.get(owner=user.id, id=uuid4())
        with pytest.raises(NotYours):
            await chunks.get(owner=user.id, id=theirs.id)
        assert await chunks.many(owner=user.id, ids=[theirs.id]) == {}

    async def test_a_source_read_twice_at_once_has_its_chunks_once(self, store: Store, chunks: ChunkReader) -> None:
        user = await signed_up(store.uow)
        source, _ = await a_stored_source(store.uow, user.id, ["Bozza."])

        async def read_it() -> None:
            text, written = some_chunks(source.id, ["Il fiume scorre.", "Il lago riposa."])
            async with store.uow(user.id) as uow:
                await uow.chunks.replace(owner=user.id, source=source, text=text, chunks=written)
                await uow.commit()

        await asyncio.gather(*(read_it() for _ in range(6)))
        page = await chunks.page(owner=user.id, source_id=source.id, window=Window())
        assert [chunk.content for chunk in page.items] == ["Il fiume scorre.", "Il lago riposa."]

    async def test_several_sources_of_one_user_are_written_at_once(self, store: Store, index: ChunkIndex) -> None:
        user = await signed_up(store.uow)
        contents = ["La pioggia cade sul bosco.", "Il bosco ascolta la pioggia.", "La neve copre il bosco."]
        await asyncio.gather(*(a_stored_source(store.uow, user.id, contents) for _ in range(5)))
        assert len(await found(index, user.id, "bosco", depth=50)) == 15

    async def test_a_deleted_source_is_found_no_more(
        self, store: Store, chunks: ChunkReader, index: ChunkIndex
    ) -> None:
        user = await signed_up(store.uow)
        source, (gone,) = await a_stored_source(store.uow, user.id, ["La volpe corre."])
        _, (kept,) = await a_stored_source(store.uow, user.id, ["La volpe e il lupo."])
        async with store.uow(user.id) as uow:
            await uow.sources.delete(owner=user.id, id=source.id)
            await uow.commit()
        with pytest.raises(NoSuch):
            await chunks.get(owner=user.id, id=gone.id)
        assert await found(index, user.id, "volpe") == [kept.id]


class TestChunkReader:
    async def test_chunks_page_in_the_order_of_the_source(self, store: Store, chunks: ChunkReader) -> None:
        user = await signed_up(store.uow)
        source, written = await a_stored_source(store.uow, user.id, [f"Capitolo {number}." for number in range(5)])
        seen: list[Chunk] = []
        window = Window(first=2)
        while True:
            page = await chunks.page(owner=user.id, source_id=source.id, window=window)
            seen += page.items
            if not page.has_next:
                break
            window = Window(first=2, after=page.positions[-1])
        assert seen == written
        assert await chunks.count(owner=user.id, source_id=source.id) == 5

    async def test_the_chunks_of_another_users_source_are_not_listed(self, store: Store, chunks: ChunkReader) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        source, _ = await a_stored_source(store.uow, other.id)
        assert (await chunks.page(owner=user.id, source_id=source.id, window=Window())).items == ()
        assert await chunks.count(owner=user.id, source_id=source.id) == 0

    async def test_a_spread_takes_from_every_source_and_from_all_over_each(
        self, store: Store, chunks: ChunkReader
    ) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        long, _ = await a_stored_source(store.uow, user.id, [f"Lungo {number}." for number in range(9)])
        short, _ = await a_stored_source(store.uow, user.id, ["Corto."])
        theirs, _ = await a_stored_source(store.uow, other.id)
        spread = await chunks.spread(owner=user.id, source_ids=None, limit=4)
        assert sorted(chunk.content for chunk in spread) == ["Corto.", "Lungo 1.", "Lungo 4.", "Lungo 7."]
        assert {chunk.source_id for chunk in spread[:2]} == {long.id, short.id}
        only = await chunks.spread(owner=user.id, source_ids=[short.id, theirs.id, SourceId(uuid4())], limit=4)
        assert [chunk.content for chunk in only] == ["Corto."]


async def found(index: ChunkIndex, owner: UserId, query: str, *, depth: int = 10) -> list[ChunkId]:
    """What the words alone find, best first."""
    seen = await index.candidates(owner=owner, query=query, vector=None, model=MODEL, scope=Scope(), depth=depth)
    ordered = sorted(seen.items, key=lambda item: -(item.lexical_score or 0.0))
    return [item.chunk.id for item in ordered]
