"""From received to searchable: all at once, once, and whatever happens in between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.memory.extraction import MemoryExtractor
from application.library import Extractor, IngestSource, file_key
from domain.library import ExtractedText, SourceKind, SourceStatus
from tests.builders_library import a_file
from tests.desk import OTHER, OWNER, TEXT, Desk
from tests.dying import Doom, Killed, Mortal, mortal_uow


@pytest.fixture
def desk() -> Desk:
    return Desk()


class TestIngestSource:
    async def test_a_source_is_ready_with_chunks_that_say_where_they_stand(self, desk: Desk) -> None:
        source = await desk.read()
        chunks = await desk.chunks(source)
        text = await desk.library.sources.text(owner=OWNER, id=source.id)
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
        await desk.ingest(source)
        assert await desk.chunks(source) == chunks

    async def test_run_at_once_the_chunks_are_there_once(self, desk: Desk) -> None:
        source = await desk.added()
        await asyncio.gather(*(desk.ingest(source) for _ in range(4)))
        assert len(await desk.chunks(source)) == 2

    async def test_killed_at_any_step_and_run_again_the_chunks_are_there_once(self, desk: Desk) -> None:
        for step in range(100):
            source = await desk.added(f"{TEXT}\nVersione {step}.")
            doomed = _doomed(desk.library.ingest_source, Doom(step))
            try:
                await doomed(owner=OWNER, source_id=source.id)
            except Killed:
                between = await desk.library.sources.get(owner=OWNER, id=source.id)
                whole = (between.status is SourceStatus.READY, bool(await desk.chunks(source)))
                assert whole in {(True, True), (False, False)}  # nothing half-written
                await desk.ingest(source)
            else:
                assert step > 15  # every step has been died at
                return
            after = await desk.library.sources.get(owner=OWNER, id=source.id)
            assert (after.status, after.chunk_count) == (SourceStatus.READY, 2)
            assert len(await desk.chunks(source)) == 2
        pytest.fail("the work never ended")

    async def test_what_cannot_be_read_fails_with_a_sentence(self, desk: Desk) -> None:
        origin = a_file(b"%PDF-1.7 rovinato", filename="a.pdf")
        source = (await desk.library.add_source(owner=OWNER, origin=origin)).source
        await desk.ingest(source)
        failed = await desk.library.sources.get(owner=OWNER, id=source.id)
        assert (failed.status, failed.error_message) == (SourceStatus.FAILED, "This reader takes no PDF.")
        assert await desk.chunks(source) == ()

    async def test_a_source_without_its_file_fails_with_a_sentence(self, desk: Desk) -> None:
        source = await desk.added()
        await desk.files.delete(file_key(source))
        await desk.ingest(source)
        assert "upload it again" in str((await desk.library.sources.get(owner=OWNER, id=source.id)).error_message)

    async def test_an_unexpected_failure_is_raised_and_the_source_still_waits(self, desk: Desk) -> None:
        source = await desk.added()
        with pytest.raises(OSError, match="disco"):
            await replace(desk.library.ingest_source, extractor=_Failing())(owner=OWNER, source_id=source.id)
        waiting = await desk.library.sources.get(owner=OWNER, id=source.id)
        assert (waiting.status, waiting.attempts, waiting.error_message) == (SourceStatus.PROCESSING, 1, None)

    async def test_a_source_that_is_deleted_while_it_is_read_is_no_error(self, desk: Desk) -> None:
        source = await desk.added()

        class Deleting(Extractor):
            async def extract(self, file: Path, *, kind: SourceKind, **given: Any) -> ExtractedText:
                await desk.library.delete_source(owner=OWNER, id=source.id)
                return await MemoryExtractor().extract(file, kind=kind, **given)

        for extractor in (Deleting(), MemoryExtractor()):
            ingest = replace(desk.library.ingest_source, extractor=extractor)
            await ingest(owner=OWNER, source_id=source.id)
        assert await desk.chunks(source) == ()
        assert desk.files.stored == frozenset()

    async def test_what_the_file_says_of_itself_fills_in_what_its_owner_did_not_say(self, desk: Desk) -> None:
        origin = a_file(b"# I fiumi\n\nIl **Po**.", filename="disp_03.md")
        plain = (await desk.library.add_source(owner=OWNER, origin=origin)).source
        named = (await desk.library.add_source(owner=OTHER, origin=origin, title="Dispensa")).source
        for source in (plain, named):
            await desk.ingest(source)
        assert (await desk.library.sources.get(owner=OWNER, id=plain.id)).title == "I fiumi"
        assert (await desk.library.sources.get(owner=OTHER, id=named.id)).title == "Dispensa"


class _Failing(Extractor):
    async def extract(self, file: Path, *, kind: SourceKind, **given: Any) -> ExtractedText:
        raise OSError("disco rotto")


def _doomed(ingest: IngestSource, doom: Doom) -> IngestSource:
    ports: dict[str, Any] = {name: Mortal(getattr(ingest, name), doom) for name in ("extractor", "jobs", "signals")}
    return replace(ingest, uow=mortal_uow(ingest.uow, doom), **ports)
