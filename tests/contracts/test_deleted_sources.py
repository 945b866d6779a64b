"""A deleted source is gone at once for everybody who reads; what hangs on it goes a little at a time."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from adapters.memory.chunks import MemoryChunkReader
from adapters.memory.files import MemoryFileStore
from adapters.memory.sources import MemoryDeletedSources, MemoryStuckSources
from adapters.postgres.chunks import PostgresChunkReader
from adapters.postgres.deleted_sources import PostgresDeletedSources
from adapters.postgres.sources import PostgresStuckSources
from application.library import (
    ChunkIndex,
    ChunkReader,
    DeletedSources,
    EmbeddingQueue,
    RemoveSource,
    Scope,
    SourceFilter,
    SourceReader,
    StuckSources,
    file_key,
)
from application.shared import Window
from domain.library import Source, SourceStatus
from domain.shared import NoSuch, NotYours, SourceId, UserId
from tests.builders import NOON, signed_up
from tests.builders_library import a_source, a_stored_source, one_piece, toward
from tests.contracts.conftest import Store

LONG_AGO = datetime(1972, 1, 1, tzinfo=UTC)


@pytest.fixture
def deleted(store: Store) -> DeletedSources:
    return store.worker_reader(memory=MemoryDeletedSources, postgres=PostgresDeletedSources)


@pytest.fixture
def stuck(store: Store) -> StuckSources:
    return store.worker_reader(memory=MemoryStuckSources, postgres=PostgresStuckSources)


@pytest.fixture
def chunks(store: Store) -> ChunkReader:
    return store.reader(memory=MemoryChunkReader, postgres=PostgresChunkReader)


async def mark(store: Store, source: Source, *, at: datetime = NOON) -> None:
    async with store.uow(source.owner) as uow:
        await uow.sources.mark_deleted(owner=source.owner, id=source.id, at=at)
        await uow.commit()


class TestMarkDeleted:
    async def test_nobody_sees_it_any_more(
        self, store: Store, sources: SourceReader, chunks: ChunkReader, index: ChunkIndex, queue: EmbeddingQueue
    ) -> None:
        owner = (await signed_up(store.uow)).id
        gone, passages = await a_stored_source(store.uow, owner, ["La volpe corre.", "La volpe dorme."], title="-")
        await queue.store(model="m", vectors={passages[0].id: toward(0)})
        kept, (other,) = await a_stored_source(store.uow, owner, ["La volpe e il lupo."], title="-")
        await mark(store, gone)

        window, everything = Window(), SourceFilter()
        assert (await sources.page(owner=owner, window=window, where=everything)).items == (
            await sources.get(owner=owner, id=kept.id),
        )
        assert await sources.count(owner=owner, where=everything) == 1
        assert await sources.many(owner=owner, ids=[gone.id]) == {}
        for read in (sources.get, sources.text):
            with pytest.raises(NoSuch):
                await read(owner=owner, id=gone.id)
        ids = [chunk.id for chunk in passages]
        assert await chunks.many(owner=owner, ids=ids) == {}
        assert await chunks.count(owner=owner, source_id=gone.id) == 0
        assert (await chunks.page(owner=owner, source_id=gone.id, window=window)).items == ()
        assert await chunks.spread(owner=owner, source_ids=None, limit=9) == [other]
        with pytest.raises(NoSuch):
            await chunks.get(owner=owner, id=ids[0])
        async with store.uow(owner) as uow:
            assert await uow.chunks.many(owner=owner, ids=ids) == {}
            for attempt in (uow.sources.get, uow.sources.lock):
                with pytest.raises(NoSuch):
                    await attempt(owner=owner, id=gone.id)
            with pytest.raises(NoSuch):
                await uow.sources.save(gone)
            with pytest.raises(NoSuch):
                await uow.sources.mark_deleted(owner=owner, id=gone.id, at=NOON)
        for query, vector in (("volpe", None), ("volpe", toward(0)), ("-", toward(0))):
            found = await index.candidates(owner=owner, query=query, vector=vector, model="m", scope=Scope(), depth=9)
            assert {candidate.chunk.id for candidate in found.items} <= {other.id}
            assert found.chunks_in_scope == 1
        scope = Scope(source_ids=(gone.id,))
        with pytest.raises(NoSuch):
            await index.candidates(owner=owner, query="volpe", vector=None, model="m", scope=scope, depth=9)
        found = await index.candidates(owner=owner, query="volpe", vector=None, model="m", scope=Scope(), depth=9)
        assert [candidate.lexical_score is not None for candidate in found.items] == [True]

    async def test_its_content_may_be_added_again(self, store: Store, sources: SourceReader) -> None:
        owner = (await signed_up(store.uow)).id
        gone, _ = await a_stored_source(store.uow, owner)
        await mark(store, gone)
        again, _ = await a_stored_source(store.uow, owner, content_hash=gone.content_hash)
        async with store.uow(owner) as uow:
            found = await uow.sources.with_content(owner=owner, content_hash=gone.content_hash)
        assert found is not None
        assert found.id == again.id

    async def test_another_users_source_is_forbidden_and_stays(self, store: Store, sources: SourceReader) -> None:
        owner, other = (await signed_up(store.uow)).id, (await signed_up(store.uow)).id
        source, _ = await a_stored_source(store.uow, owner)
        async with store.uow(other) as uow:
            with pytest.raises(NotYours):
                await uow.sources.mark_deleted(owner=other, id=source.id, at=NOON)
        assert (await sources.get(owner=owner, id=source.id)).id == source.id

    async def test_without_commit_nothing_happens(self, store: Store, sources: SourceReader) -> None:
        owner = (await signed_up(store.uow)).id
        source, _ = await a_stored_source(store.uow, owner)
        async with store.uow(owner) as uow:
            await uow.sources.mark_deleted(owner=owner, id=source.id, at=NOON)
        assert (await sources.get(owner=owner, id=source.id)).chunk_count == 1


class TestDeletedSources:
    async def test_those_that_were_lost_are_taken_once_the_oldest_first(
        self, store: Store, deleted: DeletedSources
    ) -> None:
        owner, other = (await signed_up(store.uow)).id, (await signed_up(store.uow)).id
        late, early = (await a_stored_source(store.uow, owner))[0], (await a_stored_source(store.uow, other))[0]
        await mark(store, late, at=LONG_AGO + timedelta(seconds=1))
        await mark(store, early, at=LONG_AGO)
        limit = LONG_AGO + timedelta(minutes=1)
        assert list(await deleted.take(since_before=limit, at=NOON, limit=9)) == [(other, early.id), (owner, late.id)]
        assert list(await deleted.take(since_before=limit, at=NOON, limit=9)) == []

    async def test_what_is_not_deleted_is_left_alone(
        self, store: Store, deleted: DeletedSources, sources: SourceReader
    ) -> None:
        owner, other = (await signed_up(store.uow)).id, (await signed_up(store.uow)).id
        source, _ = await a_stored_source(store.uow, owner)
        gone, _ = await a_stored_source(store.uow, owner)
        await mark(store, gone)
        for asker, id in ((owner, source.id), (other, gone.id), (owner, SourceId(uuid4()))):
            with pytest.raises(NoSuch):
                await deleted.clear(owner=asker, source_id=id)
            await deleted.forget(owner=asker, source_id=id)
        assert (await sources.get(owner=owner, id=source.id)).chunk_count == 1
        await deleted.clear(owner=owner, source_id=gone.id)

    async def test_an_upload_that_never_ended_is_abandoned(
        self, store: Store, stuck: StuckSources, deleted: DeletedSources, sources: SourceReader
    ) -> None:
        owner = (await signed_up(store.uow)).id
        begun = LONG_AGO - timedelta(days=365)
        old, young = (
            a_source(owner, status=SourceStatus.UPLOADING, processing_since=since)
            for since in (begun, begun + timedelta(hours=2))
        )
        async with store.uow(owner) as uow:
            await uow.sources.add(old)
            await uow.sources.add(young)
            await uow.commit()
        at = begun + timedelta(hours=1)
        assert await stuck.abandon(since_before=at, at=at, limit=9) == 1
        assert await stuck.abandon(since_before=at, at=at, limit=9) == 0
        with pytest.raises(NoSuch):
            await sources.get(owner=owner, id=old.id)
        assert await sources.get(owner=owner, id=young.id) == young
        taken = await deleted.take(since_before=at + timedelta(minutes=1), at=NOON, limit=9)
        assert list(taken) == [(owner, old.id)]


class TestRemoveSource:
    async def test_rows_and_files_go_however_often_it_is_run(self, store: Store, deleted: DeletedSources) -> None:
        owner, files = (await signed_up(store.uow)).id, MemoryFileStore()
        kept, _ = await a_stored_source(store.uow, owner, file_hash="a1")
        gone, _ = await a_stored_source(store.uow, owner, ["Uno.", "Due.", "Tre."], file_hash="b2")
        before = f"{owner}/{gone.id}"  # as files were kept once
        for key in (file_key(kept), file_key(gone), before):
            await files.put(key, one_piece(b"1"))
        await mark(store, gone)
        remove = RemoveSource(deleted=deleted, files=files)
        await asyncio.gather(*(remove(owner=owner, source_id=gone.id) for _ in range(3)))
        await remove(owner=owner, source_id=kept.id)
        assert files.stored == {file_key(kept)}
        assert await rows(store, owner, gone.id) == 0
        assert await rows(store, owner, kept.id) > 0

    async def test_its_owner_may_remove_what_is_small_as_the_api(self, store: Store) -> None:
        mine = store.reader(memory=MemoryDeletedSources, postgres=PostgresDeletedSources)
        owner = (await signed_up(store.uow)).id
        gone, _ = await a_stored_source(store.uow, owner, ["Uno.", "Due.", "Tre."])
        await mark(store, gone)
        await RemoveSource(deleted=mine, files=MemoryFileStore())(owner=owner, source_id=gone.id)
        assert await rows(store, owner, gone.id) == 0


_TABLES = ("chunks", "chunk_vectors", "chunk_terms", "postings", "source_texts", "indexed_sources")


async def rows(store: Store, owner: UserId, id: SourceId) -> int:
    """What is stored of a source, in all tables."""
    if store.memory is not None:
        tables = store.memory.committed
        return sum(str(id) in repr((key, row)) for named in tables._rows.values() for key, row in named.items())
    assert store.worker is not None
    counts = " + ".join(f"(select count(*) from {table} where source_id = :id)" for table in _TABLES)
    async with store.worker.begin(None) as connection:
        query = text(f"select {counts} + (select count(*) from sources where id = :id)")
        return int((await connection.execute(query, {"id": id})).scalar_one())


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
class TestMeanwhile:
    """On PostgreSQL, with a source of some thousand chunks."""

    async def test_others_and_its_owner_write_and_search_while_it_is_removed(
        self, store: Store, deleted: DeletedSources, index: ChunkIndex
    ) -> None:
        owner, other = (await signed_up(store.uow)).id, (await signed_up(store.uow)).id
        contents = [f"Il capitolo {number} parla della volpe numero {number * 7}." for number in range(4_000)]
        large, _ = await a_stored_source(store.uow, owner, contents, title="-")
        await mark(store, large)
        remove = RemoveSource(deleted=deleted, files=MemoryFileStore())
        began = time.monotonic()
        removing = asyncio.create_task(remove(owner=owner, source_id=large.id))
        waits: list[float] = []
        while not removing.done():
            for user in (owner, other):
                asked = time.monotonic()
                await a_stored_source(store.uow, user, ["La volpe e il lupo."], title="-")
                found = await index.candidates(
                    owner=user, query="volpe", vector=None, model="m", scope=Scope(), depth=9
                )
                waits.append(time.monotonic() - asked)
                assert {one.chunk.content for one in found.items} == {"La volpe e il lupo."}
        await removing
        lasted = time.monotonic() - began
        assert len(waits) >= 6
        # Each waits for a batch at most, not for the whole.
        assert max(waits) < max(lasted / 2, 0.5)
        assert await rows(store, owner, large.id) == 0

    async def test_no_lock_outlives_a_batch(self, store: Store, deleted: DeletedSources) -> None:
        owner = (await signed_up(store.uow)).id
        contents = [f"Il capitolo {number} parla della volpe." for number in range(1_500)]
        large, _ = await a_stored_source(store.uow, owner, contents, title="-")
        await mark(store, large)
        batches = 0
        assert store.api is not None
        while await deleted.clear(owner=owner, source_id=large.id):
            batches += 1
            async with store.api.begin(owner) as connection:
                await connection.execute(text("set local lock_timeout = '1ms'"))
                lock = text("select pg_advisory_xact_lock(hashtextextended('term_frequencies ' || :owner, 0))")
                await connection.execute(lock, {"owner": str(owner)})
                await connection.execute(
                    text("select from term_frequencies where user_id = :o for update"), {"o": owner}
                )
        assert batches >= 5
