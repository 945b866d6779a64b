"""What happens to a source afterwards: vectors, corrections, reading again, deleting, being watched."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from uuid import uuid4

import pytest

from adapters.memory.files import MemoryFileStore
from domain.library import FieldOrigin, SearchMode, SourceStatus
from domain.shared import InvalidInput, NoSuch, NotYours, UserId
from tests.builders import NOON
from tests.desk import OTHER, OWNER, Desk, OneVector


@pytest.fixture
def desk() -> Desk:
    return Desk()


class TestEmbedChunks:
    async def test_every_chunk_gets_its_vector(self, desk: Desk) -> None:
        source = await desk.read()
        await desk.embed()
        done = await desk.library.sources.get(owner=OWNER, id=source.id)
        assert (done.embedded_chunk_count, done.chunk_count) == (2, 2)

    async def test_batches_go_across_sources(self, desk: Desk) -> None:
        for number in range(3):
            await desk.read(f"Il Po è lungo {number} chilometri.")
        await desk.embed()
        assert desk.embedder.asked == [2, 1]

    async def test_at_the_providers_limit_what_came_is_kept_and_it_goes_on_when_the_provider_said(
        self, desk: Desk
    ) -> None:
        desk.embedder = OneVector(most=2)
        for number in range(3):
            await desk.read(f"Il Po è lungo {number} chilometri.")
        await desk.embed(waits=1)
        assert desk.waited == [30, 30]
        desk.embedder = OneVector()
        await desk.embed()
        assert desk.embedder.asked == [1]


class TestUpdateSource:
    async def test_what_is_given_changes_and_the_rest_stays(self, desk: Desk) -> None:
        source = await desk.read(author="Ada Neri")
        changed = await desk.library.update_source(owner=OWNER, id=source.id, title="Fiumi", metadata={"corso": 1})
        origins = {"title": FieldOrigin.USER, "author": FieldOrigin.USER}
        assert changed == replace(source, title="Fiumi", metadata={"corso": 1}, origins=origins)
        assert await desk.library.sources.get(owner=OWNER, id=source.id) == changed

    async def test_under_its_new_title_it_is_found_without_being_read_again(self, desk: Desk) -> None:
        source = await desk.read()
        await desk.work()
        await desk.library.update_source(owner=OWNER, id=source.id, title="Giraffe")
        assert desk.jobs.asked == [("library.reindex_source", {"owner": str(OWNER), "source_id": str(source.id)})]
        desk.files = MemoryFileStore()  # nobody needs the file for it
        await desk.work()
        found = await desk.library.search(owner=OWNER, query="giraffe", mode=SearchMode.LEXICAL)
        assert {hit.chunk.source_id for hit in found.hits} == {source.id}
        await desk.library.update_source(owner=OWNER, id=source.id, title="Giraffe", author="Ada")
        assert desk.jobs.asked == []

    async def test_bad_ids_and_bad_input_are_refused(self, desk: Desk) -> None:
        source = await desk.read()
        update = desk.library.update_source
        with pytest.raises(NotYours):
            await update(owner=OTHER, id=source.id, title="Mio")
        with pytest.raises(NoSuch):
            await update(owner=OWNER, id=uuid4(), title="Mio")
        with pytest.raises(InvalidInput):
            await update(owner=OWNER, id=source.id, title="x" * 201)


class TestReingestSource:
    async def test_the_old_chunks_answer_until_the_new_are_there_with_the_same_ids(self, desk: Desk) -> None:
        source = await desk.read()
        before = await desk.chunks(source)
        again = await desk.library.reingest_source(owner=OWNER, id=source.id)
        assert again.status is SourceStatus.PROCESSING
        assert await desk.chunks(source) == before
        assert desk.jobs.asked[-1][0] == "library.ingest_source"
        await desk.ingest(source)
        assert await desk.chunks(source) == before

    async def test_another_users_source_is_forbidden(self, desk: Desk) -> None:
        source = await desk.read()
        with pytest.raises(NotYours):
            await desk.library.reingest_source(owner=OTHER, id=source.id)


class TestDeleteSource:
    async def test_row_chunks_and_file_go(self, desk: Desk) -> None:
        source = await desk.read()
        assert await desk.library.delete_source(owner=OWNER, id=source.id) == source.id
        assert await desk.chunks(source) == ()
        assert desk.files.stored == frozenset()
        with pytest.raises(NoSuch):
            await desk.library.delete_source(owner=OWNER, id=source.id)

    async def test_another_users_source_is_forbidden_and_stays(self, desk: Desk) -> None:
        source = await desk.read()
        with pytest.raises(NotYours):
            await desk.library.delete_source(owner=OTHER, id=source.id)
        assert len(await desk.chunks(source)) == 2
        assert len(desk.files.stored) == 1

    async def test_a_large_one_is_gone_at_once_and_removed_by_a_worker(self, desk: Desk) -> None:
        desk.max_upload_bytes = 1_000_000
        source = await desk.read("\n\n".join(f"# Capitolo {number}\n\n{'Una frase. ' * 120}" for number in range(101)))
        assert source.chunk_count > 100
        desk.jobs.asked.clear()
        await desk.library.delete_source(owner=OWNER, id=source.id)
        assert await desk.chunks(source) == ()
        assert desk.jobs.asked == [("library.remove_source", {"owner": str(OWNER), "source_id": str(source.id)})]
        assert len(desk.files.stored) == 1
        await desk.work()
        assert desk.files.stored == frozenset()

    async def test_the_same_content_can_be_added_again(self, desk: Desk) -> None:
        source = await desk.read()
        await desk.library.delete_source(owner=OWNER, id=source.id)
        assert (await desk.read()).id != source.id


class TestSweep:
    async def test_lost_work_is_asked_for_again_once(self, desk: Desk) -> None:
        source = await desk.added()
        desk.jobs.asked.clear()
        sweep = desk.library.sweep
        assert await sweep() == 0
        desk.time.advance(seconds=61)
        assert await sweep() == 1
        assert await sweep() == 0
        assert desk.jobs.asked == [("library.ingest_source", {"owner": str(OWNER), "source_id": str(source.id)})]
        await desk.ingest(source)
        desk.jobs.asked.clear()
        await sweep()
        assert desk.jobs.asked == [("library.embed_chunks", {})]


class TestWatchSource:
    async def test_it_shows_each_change_until_every_vector_is_there(self, desk: Desk) -> None:
        source = await desk.added()
        seen: list[tuple[SourceStatus, int]] = []
        async with aclosing(desk.library.watch_source(owner=OWNER, id=source.id)) as watching:
            async for shown in watching:
                seen.append((shown.status, shown.embedded_chunk_count))
                if shown.status is SourceStatus.PROCESSING:
                    await desk.ingest(source)
                elif shown.embedded_chunk_count == 0:
                    await desk.embed()
        assert seen == [(SourceStatus.PROCESSING, 0), (SourceStatus.READY, 0), (SourceStatus.READY, 2)]

    async def test_a_change_that_nobody_announced_is_seen_all_the_same(self, desk: Desk) -> None:
        source = await desk.added()
        async with aclosing(desk.library.watch_source(owner=OWNER, id=source.id)) as watching:
            await anext(watching)
            async with desk.uow(OWNER) as uow:
                await uow.sources.save(source.failed("Rovinato.", at=NOON))
                await uow.commit()
            assert (await anext(watching)).error_message == "Rovinato."
            with pytest.raises(StopAsyncIteration):
                await anext(watching)

    @pytest.mark.parametrize("asker", [OWNER, OTHER])
    async def test_a_foreign_or_unknown_source_is_refused_at_once(self, desk: Desk, asker: UserId) -> None:
        source = await desk.added()
        id, refusal = (source.id, NotYours) if asker == OTHER else (uuid4(), NoSuch)
        async with aclosing(desk.library.watch_source(owner=asker, id=id)) as watching:
            with pytest.raises(refusal):
                await anext(watching)

    async def test_nobody_listens_any_more_when_the_watcher_went_away(self, desk: Desk) -> None:
        source = await desk.added()
        async with aclosing(desk.library.watch_source(owner=OWNER, id=source.id)) as watching:
            await anext(watching)
        assert not desk.signals._listeners
