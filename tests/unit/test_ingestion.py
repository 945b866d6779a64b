"""From the upload to the last vector, on memory adapters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from adapters.memory.chunks import MemoryChunkReader, MemoryEmbeddingQueue
from adapters.memory.database import MemoryDatabase
from adapters.memory.extraction import MemoryExtractor
from adapters.memory.files import MemoryFileStore
from adapters.memory.jobs import MemoryJobQueue
from adapters.memory.signals import MemorySourceSignals
from adapters.memory.sources import MemorySourceReader, MemoryStuckSources
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.system import new_uuid7
from application.library import (
    AddedSource,
    AddSource,
    DeleteSource,
    EmbedChunks,
    Embedder,
    Extractor,
    FileOrigin,
    IngestSource,
    ReingestSource,
    SourceFilter,
    Sweep,
    TextOrigin,
    UpdateSource,
    WatchSource,
)
from application.shared import Window
from domain.library import Chunk, ExtractedText, Source, SourceKind, SourceStatus
from domain.shared import InvalidInput, NoSuch, NotYours, RateLimited, UserId, user_id_of
from tests.builders import NOON, TickingClock

OWNER, OTHER = user_id_of("ada"), user_id_of("ugo")
TEXT = "# Il Po\n\nIl Po nasce dal Monviso.\n\n# La foce\n\nSfocia nell'Adriatico, **dopo** 652 chilometri.\n"


class OneVector(Embedder):
    """Every text means the same; after `most` texts the provider has had enough."""

    model = "one-vector"
    dimensions = 1024

    def __init__(self, most: int = 1_000) -> None:
        self.asked: list[int] = []
        self._left = most

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if self._left < len(texts):
            raise RateLimited("Not so fast.", retry_after=30)
        self._left -= len(texts)
        self.asked.append(len(texts))
        return [[1.0] + [0.0] * 1023 for _ in texts]


@dataclass
class Desk:
    """A library on memory, and what is under it."""

    database: MemoryDatabase
    files: MemoryFileStore
    jobs: MemoryJobQueue
    signals: MemorySourceSignals
    clock: TickingClock
    embedder: OneVector

    @property
    def uow(self) -> OpenMemoryUnitOfWork:
        return OpenMemoryUnitOfWork(self.database)

    @property
    def sources(self) -> MemorySourceReader:
        return MemorySourceReader(self.database)

    @property
    def add(self) -> AddSource:
        return AddSource(
            uow=self.uow,
            files=self.files,
            jobs=self.jobs,
            clock=self.clock,
            new_id=new_uuid7,
            max_upload_bytes=100_000,
        )

    def ingest(self, extractor: Extractor | None = None) -> IngestSource:
        return IngestSource(
            uow=self.uow,
            files=self.files,
            extractor=extractor or MemoryExtractor(),
            jobs=self.jobs,
            signals=self.signals,
            clock=self.clock,
        )

    @property
    def embed(self) -> EmbedChunks:
        queue = MemoryEmbeddingQueue(self.database)
        return EmbedChunks(queue=queue, embedder=self.embedder, signals=self.signals, batch_size=2)

    @property
    def delete(self) -> DeleteSource:
        return DeleteSource(uow=self.uow, files=self.files, signals=self.signals)

    @property
    def watch(self) -> WatchSource:
        return WatchSource(sources=self.sources, signals=self.signals)

    async def added(self, text: str = TEXT, **given: Any) -> Source:
        return (await self.add(owner=OWNER, origin=TextOrigin(text=text), **given)).source

    async def read(self, text: str = TEXT, **given: Any) -> Source:
        source = await self.added(text, **given)
        await self.ingest()(owner=OWNER, source_id=source.id)
        return await self.sources.get(owner=OWNER, id=source.id)

    async def chunks(self, source: Source) -> tuple[Chunk, ...]:
        page = await MemoryChunkReader(self.database).page(
            owner=source.owner, source_id=source.id, window=Window(first=100)
        )
        return page.items


@pytest.fixture
def desk() -> Desk:
    return Desk(
        database=MemoryDatabase(),
        files=MemoryFileStore(),
        jobs=MemoryJobQueue(),
        signals=MemorySourceSignals(reminder=0.05),
        clock=TickingClock(),
        embedder=OneVector(),
    )


class TestAddSource:
    async def test_a_text_is_received_and_its_reading_asked_for(self, desk: Desk) -> None:
        added = await desk.add(owner=OWNER, origin=TextOrigin(text=TEXT))
        source = added.source
        assert not added.duplicate
        assert (source.title, source.kind, source.status) == ("Il Po", SourceKind.MARKDOWN, SourceStatus.PROCESSING)
        assert await desk.sources.get(owner=OWNER, id=source.id) == source
        assert await desk.files.get(f"{OWNER}/{source.id}") == TEXT.encode()
        assert desk.jobs.asked == [("library.ingest_source", {"owner": str(OWNER), "source_id": str(source.id)})]

    async def test_what_the_owner_says_of_it_is_kept(self, desk: Desk) -> None:
        source = await desk.added(title=" Fiumi ", author="Ada Neri", language="it-IT", metadata={"corso": 2})
        assert (source.title, source.author, source.language) == ("Fiumi", "Ada Neri", "it")
        assert source.metadata == {"corso": 2}

    async def test_a_file_is_named_after_its_file_name_which_is_never_a_path(self, desk: Desk) -> None:
        origin = FileOrigin(data=b"Il Po nasce dal Monviso.", filename="../../etc/I fiumi_d'Italia.txt")
        source = (await desk.add(owner=OWNER, origin=origin)).source
        assert (source.title, source.original_filename) == ("I fiumi d'Italia", "I fiumi_d'Italia.txt")
        assert desk.files.keys == {f"{OWNER}/{source.id}"}

    async def test_the_same_bytes_again_are_the_source_that_is_there(self, desk: Desk) -> None:
        first = await desk.added()
        second = await desk.add(owner=OWNER, origin=TextOrigin(text=TEXT), title="Un altro titolo")
        assert second == AddedSource(source=first, duplicate=True)
        assert len(desk.jobs.asked) == 1

    async def test_another_user_has_a_source_of_their_own(self, desk: Desk) -> None:
        await desk.added()
        assert not (await desk.add(owner=OTHER, origin=TextOrigin(text=TEXT))).duplicate

    async def test_of_five_at_once_one_is_added_and_no_file_is_left_over(self, desk: Desk) -> None:
        added = await asyncio.gather(*(desk.add(owner=OWNER, origin=TextOrigin(text=TEXT)) for _ in range(5)))
        assert sorted(one.duplicate for one in added) == [False] + [True] * 4
        assert len({one.source.id for one in added}) == 1
        assert len(desk.files.keys) == len(desk.jobs.asked) == 1

    async def test_nul_and_lone_surrogates_are_taken_out_of_a_text(self, desk: Desk) -> None:
        source = await desk.read("Il Po\0 nasce\ud800 dal Monviso.")
        assert await desk.sources.text(owner=OWNER, id=source.id) == "Il Po nasce dal Monviso."

    async def test_typed_words_are_a_text_whatever_they_begin_with(self, desk: Desk) -> None:
        for words in ("<html> è un elemento.", "%PDF-1.7 è un'intestazione.", "PK\x03\x04"):
            assert (await desk.read(words)).status is SourceStatus.READY

    @pytest.mark.parametrize(
        ("origin", "given", "field", "limit"),
        [
            (TextOrigin(text=""), {}, "text", None),
            (TextOrigin(text=" \n\0 "), {}, "text", None),
            (TextOrigin(text="x" * 100_001), {}, "text", 100_000),
            (FileOrigin(data=b"", filename="a.pdf"), {}, "file", None),
            (FileOrigin(data=b"<!doctype html><p>", filename="a.pdf"), {}, "file", None),
            (FileOrigin(data=b"PK\x03\x04", filename="a.txt"), {}, "file", None),
            (FileOrigin(data=b"%PDF-1.7" + bytes(100_000), filename="a.pdf"), {}, "file", 100_000),
            (TextOrigin(text=TEXT), {"title": "x" * 201}, "title", 200),
            (TextOrigin(text=TEXT), {"title": "  "}, "title", 200),
            (TextOrigin(text=TEXT), {"title": "a\0b"}, "title", None),
            (TextOrigin(text=TEXT), {"author": "x" * 301}, "author", 300),
            (TextOrigin(text=TEXT), {"language": "italiano!"}, "language", None),
            (TextOrigin(text=TEXT), {"metadata": []}, "metadata", None),
            (TextOrigin(text=TEXT), {"metadata": {"a": "x" * 16_000}}, "metadata", 16_000),
            (TextOrigin(text=TEXT), {"metadata": {"a": "\ud800"}}, "metadata", None),
            (TextOrigin(text=TEXT), {"metadata": {"a": float("nan")}}, "metadata", None),
        ],
    )
    async def test_bad_input_is_refused_and_nothing_is_stored(
        self, desk: Desk, origin: TextOrigin | FileOrigin, given: dict[str, Any], field: str, limit: int | None
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            await desk.add(owner=OWNER, origin=origin, **given)
        assert refused.value.data["field"] == field
        assert refused.value.data.get("limit") == limit
        assert await desk.sources.count(owner=OWNER, where=SourceFilter()) == 0
        assert (desk.files.keys, desk.jobs.asked) == (frozenset(), [])

    async def test_metadata_of_ninety_thousand_levels_is_refused(self, desk: Desk) -> None:
        deep: dict[str, Any] = {}
        for _ in range(90_000):
            deep = {"a": deep}
        with pytest.raises(InvalidInput, match="8 deep"):
            await desk.added(metadata=deep)


class TestIngestSource:
    async def test_a_source_is_ready_with_chunks_that_say_where_they_stand(self, desk: Desk) -> None:
        source = await desk.read()
        chunks = await desk.chunks(source)
        text = await desk.sources.text(owner=OWNER, id=source.id)
        assert (source.status, source.chunk_count, source.language) == (SourceStatus.READY, 2, "it")
        assert [chunk.heading for chunk in chunks] == ["Il Po", "La foce"]
        assert all(text[chunk.start : chunk.end] == chunk.content for chunk in chunks)
        assert desk.jobs.asked[1:] == [("library.embed_chunks", {})]

    async def test_the_language_that_was_given_counts(self, desk: Desk) -> None:
        assert (await desk.read("The river is long and it is wide.", language="de")).language == "de"
        assert (await desk.read("The river is long and it is very wide.")).language == "en"

    async def test_run_twice_the_chunks_are_there_once(self, desk: Desk) -> None:
        source = await desk.read()
        chunks = await desk.chunks(source)
        await desk.ingest()(owner=OWNER, source_id=source.id)
        assert await desk.chunks(source) == chunks

    async def test_run_at_once_the_chunks_are_there_once(self, desk: Desk) -> None:
        source = await desk.added()
        await asyncio.gather(*(desk.ingest()(owner=OWNER, source_id=source.id) for _ in range(4)))
        assert len(await desk.chunks(source)) == 2

    async def test_killed_at_any_step_and_run_again_the_chunks_are_there_once(self, desk: Desk) -> None:
        for step in range(100):
            source = await desk.added(f"{TEXT}\nVersione {step}.")
            doomed = _doomed(desk.ingest(), _Doom(step))
            try:
                await doomed(owner=OWNER, source_id=source.id)
            except _Killed:
                between = await desk.sources.get(owner=OWNER, id=source.id)
                whole = (between.status is SourceStatus.READY, bool(await desk.chunks(source)))
                assert whole in {(True, True), (False, False)}  # nothing half-written
                await desk.ingest()(owner=OWNER, source_id=source.id)
            else:
                assert step > 15  # every step has been died at
                return
            after = await desk.sources.get(owner=OWNER, id=source.id)
            assert (after.status, after.chunk_count) == (SourceStatus.READY, 2)
            assert len(await desk.chunks(source)) == 2
        pytest.fail("the work never ended")

    async def test_what_cannot_be_read_fails_with_a_sentence(self, desk: Desk) -> None:
        origin = FileOrigin(data=b"%PDF-1.7 rovinato", filename="a.pdf")
        source = (await desk.add(owner=OWNER, origin=origin)).source
        await desk.ingest()(owner=OWNER, source_id=source.id)
        failed = await desk.sources.get(owner=OWNER, id=source.id)
        assert (failed.status, failed.error_message) == (SourceStatus.FAILED, "This reader takes no PDF.")
        assert await desk.chunks(source) == ()

    async def test_a_source_without_its_file_fails_with_a_sentence(self, desk: Desk) -> None:
        source = await desk.added()
        await desk.files.delete(f"{OWNER}/{source.id}")
        await desk.ingest()(owner=OWNER, source_id=source.id)
        assert "upload it again" in str((await desk.sources.get(owner=OWNER, id=source.id)).error_message)

    async def test_an_unexpected_failure_is_raised_and_the_source_still_waits(self, desk: Desk) -> None:
        source = await desk.added()
        with pytest.raises(OSError, match="disco"):
            await desk.ingest(_Failing())(owner=OWNER, source_id=source.id)
        assert await desk.sources.get(owner=OWNER, id=source.id) == source

    async def test_a_source_that_is_deleted_while_it_is_read_is_no_error(self, desk: Desk) -> None:
        source = await desk.added()

        class Deleting(Extractor):
            async def extract(self, data: bytes, *, kind: SourceKind, filename: str | None = None) -> ExtractedText:
                await desk.delete(owner=OWNER, id=source.id)
                return await MemoryExtractor().extract(data, kind=kind, filename=filename)

        await desk.ingest(Deleting())(owner=OWNER, source_id=source.id)
        await desk.ingest()(owner=OWNER, source_id=source.id)
        assert await desk.chunks(source) == ()
        assert desk.files.keys == frozenset()

    async def test_what_the_file_says_of_itself_fills_in_what_its_owner_did_not_say(self, desk: Desk) -> None:
        origin = FileOrigin(data=b"# I fiumi\n\nIl **Po**.", filename="disp_03.md")
        plain = (await desk.add(owner=OWNER, origin=origin)).source
        named = (await desk.add(owner=OTHER, origin=origin, title="Dispensa")).source
        for source in (plain, named):
            await desk.ingest()(owner=source.owner, source_id=source.id)
        assert (await desk.sources.get(owner=OWNER, id=plain.id)).title == "I fiumi"
        assert (await desk.sources.get(owner=OTHER, id=named.id)).title == "Dispensa"


class TestEmbedChunks:
    async def test_every_chunk_gets_its_vector(self, desk: Desk) -> None:
        source = await desk.read()
        assert await desk.embed() is None
        done = await desk.sources.get(owner=OWNER, id=source.id)
        assert (done.embedded_chunk_count, done.chunk_count) == (2, 2)

    async def test_batches_go_across_sources(self, desk: Desk) -> None:
        for number in range(3):
            await desk.read(f"Il Po è lungo {number} chilometri.")
        await desk.embed()
        assert desk.embedder.asked == [2, 1]

    async def test_at_the_providers_limit_what_came_is_kept_and_it_says_when_to_go_on(self, desk: Desk) -> None:
        desk.embedder = OneVector(most=2)
        for number in range(3):
            await desk.read(f"Il Po è lungo {number} chilometri.")
        assert await desk.embed() == 30
        desk.embedder = OneVector()
        assert await desk.embed() is None
        assert desk.embedder.asked == [1]


class TestUpdateSource:
    async def test_what_is_given_changes_and_the_rest_stays(self, desk: Desk) -> None:
        source = await desk.read(author="Ada Neri")
        changed = await UpdateSource(uow=desk.uow)(owner=OWNER, id=source.id, title="Fiumi", metadata={"corso": 1})
        assert changed == replace(source, title="Fiumi", metadata={"corso": 1})
        assert await desk.sources.get(owner=OWNER, id=source.id) == changed

    async def test_bad_ids_and_bad_input_are_refused(self, desk: Desk) -> None:
        source = await desk.read()
        update = UpdateSource(uow=desk.uow)
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
        reingest = ReingestSource(uow=desk.uow, jobs=desk.jobs, signals=desk.signals, clock=desk.clock)
        again = await reingest(owner=OWNER, id=source.id)
        assert again.status is SourceStatus.PROCESSING
        assert await desk.chunks(source) == before
        assert desk.jobs.asked[-1][0] == "library.ingest_source"
        await desk.ingest()(owner=OWNER, source_id=source.id)
        assert await desk.chunks(source) == before

    async def test_another_users_source_is_forbidden(self, desk: Desk) -> None:
        source = await desk.read()
        reingest = ReingestSource(uow=desk.uow, jobs=desk.jobs, signals=desk.signals, clock=desk.clock)
        with pytest.raises(NotYours):
            await reingest(owner=OTHER, id=source.id)


class TestDeleteSource:
    async def test_row_chunks_and_file_go(self, desk: Desk) -> None:
        source = await desk.read()
        assert await desk.delete(owner=OWNER, id=source.id) == source.id
        assert await desk.chunks(source) == ()
        assert desk.files.keys == frozenset()
        with pytest.raises(NoSuch):
            await desk.delete(owner=OWNER, id=source.id)

    async def test_another_users_source_is_forbidden_and_stays(self, desk: Desk) -> None:
        source = await desk.read()
        with pytest.raises(NotYours):
            await desk.delete(owner=OTHER, id=source.id)
        assert len(await desk.chunks(source)) == 2
        assert len(desk.files.keys) == 1

    async def test_the_same_content_can_be_added_again(self, desk: Desk) -> None:
        source = await desk.read()
        await desk.delete(owner=OWNER, id=source.id)
        assert (await desk.read()).id != source.id


class TestSweep:
    async def test_lost_work_is_asked_for_again_once(self, desk: Desk) -> None:
        source = await desk.added()
        desk.jobs.asked.clear()
        sweep = Sweep(
            stuck=MemoryStuckSources(desk.database),
            queue=MemoryEmbeddingQueue(desk.database),
            jobs=desk.jobs,
            clock=desk.clock,
            model=desk.embedder.model,
            patience=timedelta(minutes=1),
        )
        assert await sweep() == 0
        desk.clock.advance(seconds=61)
        assert await sweep() == 1
        assert await sweep() == 0
        assert desk.jobs.asked == [("library.ingest_source", {"owner": str(OWNER), "source_id": str(source.id)})]
        await desk.ingest()(owner=OWNER, source_id=source.id)
        desk.jobs.asked.clear()
        await sweep()
        assert desk.jobs.asked == [("library.embed_chunks", {})]


class TestWatchSource:
    async def test_it_shows_each_change_until_every_vector_is_there(self, desk: Desk) -> None:
        source = await desk.added()
        seen: list[tuple[SourceStatus, int]] = []
        async with aclosing(desk.watch(owner=OWNER, id=source.id)) as watching:
            async for shown in watching:
                seen.append((shown.status, shown.embedded_chunk_count))
                if shown.status is SourceStatus.PROCESSING:
                    await desk.ingest()(owner=OWNER, source_id=source.id)
                elif shown.embedded_chunk_count == 0:
                    await desk.embed()
        assert seen == [(SourceStatus.PROCESSING, 0), (SourceStatus.READY, 0), (SourceStatus.READY, 2)]

    async def test_a_change_that_nobody_announced_is_seen_all_the_same(self, desk: Desk) -> None:
        source = await desk.added()
        async with aclosing(desk.watch(owner=OWNER, id=source.id)) as watching:
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
        async with aclosing(desk.watch(owner=asker, id=id)) as watching:
            with pytest.raises(refusal):
                await anext(watching)

    async def test_nobody_listens_any_more_when_the_watcher_went_away(self, desk: Desk) -> None:
        source = await desk.added()
        async with aclosing(desk.watch(owner=OWNER, id=source.id)) as watching:
            await anext(watching)
        assert not desk.signals._listeners


class _Failing(Extractor):
    async def extract(self, data: bytes, *, kind: SourceKind, filename: str | None = None) -> ExtractedText:
        raise OSError("disco rotto")


class _Killed(BaseException):
    """As the end of a process: nobody below catches it."""


class _Doom:
    """Lets so many steps happen, then none."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def step(self) -> None:
        if self._left == 0:
            raise _Killed
        self._left -= 1


class _Mortal:
    """Something whose every call may be the last thing that happens, before its effect or just after it."""

    def __init__(self, target: Any, doom: _Doom) -> None:
        self._target, self._doom = target, doom

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return _Mortal(found, self._doom)

        async def call(*arguments: Any, **named: Any) -> Any:
            self._doom.step()
            result = await found(*arguments, **named)
            self._doom.step()
            return result

        return call


def _doomed(ingest: IngestSource, doom: _Doom) -> IngestSource:
    @asynccontextmanager
    async def uow(owner: UserId) -> AsyncIterator[Any]:
        doom.step()
        async with ingest.uow(owner) as unit:
            yield _Mortal(unit, doom)
        doom.step()

    ports: dict[str, Any] = {
        name: _Mortal(getattr(ingest, name), doom) for name in ("files", "extractor", "jobs", "signals")
    }
    return replace(ingest, uow=uow, **ports)
