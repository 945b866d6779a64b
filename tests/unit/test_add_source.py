"""What is brought in is looked at before anything is stored."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest

from application.library import AddedSource, FileOrigin, SourceFilter, TextOrigin, file_key
from domain.library import SourceKind, SourceStatus
from domain.shared import InvalidInput
from tests.builders_library import a_file, whole
from tests.desk import OTHER, OWNER, TEXT, Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


class TestAddSource:
    async def test_a_text_is_received_and_its_reading_asked_for(self, desk: Desk) -> None:
        added = await desk.library.add_source(owner=OWNER, origin=TextOrigin(text=TEXT))
        source = added.source
        assert not added.duplicate
        assert (source.title, source.kind, source.status) == ("Il Po", SourceKind.MARKDOWN, SourceStatus.PROCESSING)
        assert await desk.library.sources.get(owner=OWNER, id=source.id) == source
        assert await whole(desk.files, file_key(source)) == TEXT.encode()
        assert file_key(source) == f"{OWNER}/{source.id}/{hashlib.sha256(TEXT.encode()).hexdigest()}"
        assert desk.jobs.asked == [("library.ingest_source", {"owner": str(OWNER), "source_id": str(source.id)})]

    async def test_what_the_owner_says_of_it_is_kept(self, desk: Desk) -> None:
        source = await desk.added(title=" Fiumi ", author="Ada Neri", language="it-IT", metadata={"corso": 2})
        assert (source.title, source.author, source.language) == ("Fiumi", "Ada Neri", "it")
        assert source.metadata == {"corso": 2}

    async def test_a_file_is_named_after_its_file_name_which_is_never_a_path(self, desk: Desk) -> None:
        origin = a_file(b"Il Po nasce dal Monviso.", filename="../../etc/I fiumi_d'Italia.txt")
        source = (await desk.library.add_source(owner=OWNER, origin=origin)).source
        assert (source.title, source.original_filename) == ("I fiumi d'Italia", "I fiumi_d'Italia.txt")
        assert desk.files.stored == {file_key(source)}

    async def test_the_same_bytes_again_are_the_source_that_is_there(self, desk: Desk) -> None:
        first = await desk.added()
        second = await desk.library.add_source(owner=OWNER, origin=TextOrigin(text=TEXT), title="Un altro titolo")
        assert second == AddedSource(source=first, duplicate=True)
        assert len(desk.jobs.asked) == 1

    async def test_another_user_has_a_source_of_their_own(self, desk: Desk) -> None:
        await desk.added()
        assert not (await desk.library.add_source(owner=OTHER, origin=TextOrigin(text=TEXT))).duplicate

    async def test_of_five_at_once_one_is_added_and_no_file_is_left_over(self, desk: Desk) -> None:
        added = await asyncio.gather(
            *(desk.library.add_source(owner=OWNER, origin=TextOrigin(text=TEXT)) for _ in range(5))
        )
        assert sorted(one.duplicate for one in added) == [False] + [True] * 4
        assert len({one.source.id for one in added}) == 1
        assert len(desk.files.stored) == len(desk.jobs.asked) == 1

    async def test_nul_and_lone_surrogates_are_taken_out_of_a_text(self, desk: Desk) -> None:
        source = await desk.read("Il Po\0 nasce\ud800 dal Monviso.")
        assert await desk.library.sources.text(owner=OWNER, id=source.id) == "Il Po nasce dal Monviso."

    async def test_typed_words_are_a_text_whatever_they_begin_with(self, desk: Desk) -> None:
        for words in ("<html> è un elemento.", "%PDF-1.7 è un'intestazione.", "PK\x03\x04"):
            assert (await desk.read(words)).status is SourceStatus.READY

    @pytest.mark.parametrize(
        ("origin", "given", "field", "limit"),
        [
            (TextOrigin(text=""), {}, "text", None),
            (TextOrigin(text=" \n\0 "), {}, "text", None),
            (TextOrigin(text="x" * 100_001), {}, "text", 100_000),
            (a_file(b"", filename="a.pdf"), {}, "file", None),
            (a_file(b"<!doctype html><p>", filename="a.pdf"), {}, "file", None),
            (a_file(b"PK\x03\x04", filename="a.txt"), {}, "file", None),
            (a_file(b"%PDF-1.7" + bytes(100_000), filename="a.pdf"), {}, "file", 100_000),
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
            await desk.library.add_source(owner=OWNER, origin=origin, **given)
        assert refused.value.data["field"] == field
        assert refused.value.data.get("limit") == limit
        assert await desk.library.sources.count(owner=OWNER, where=SourceFilter()) == 0
        assert (desk.files.stored, desk.jobs.asked) == (frozenset(), [])

    async def test_metadata_of_ninety_thousand_levels_is_refused(self, desk: Desk) -> None:
        deep: dict[str, Any] = {}
        for _ in range(90_000):
            deep = {"a": deep}
        with pytest.raises(InvalidInput, match="8 deep"):
            await desk.added(metadata=deep)
