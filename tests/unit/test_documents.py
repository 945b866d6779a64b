"""What a document may be."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared import InvalidInput, UnstorableText, UnsuitableTitle, UserId
from domain.writing import (
    ContentTooLong,
    Document,
    MetadataEntry,
    StaleVersion,
    TooManyLines,
    UnsuitableMetadata,
    citation_key,
)
from tests.builders import NOON
from tests.builders_writing import a_document

OWNER = UserId(uuid4())


def document(**changes: object) -> Document:
    return a_document(OWNER, **changes)


class TestTitle:
    @pytest.mark.parametrize("title", ["x", "x" * 200, "à" * 200])
    def test_one_to_two_hundred_characters_are_a_title(self, title: str) -> None:
        assert document(title=title).title == title

    @pytest.mark.parametrize(("title", "actual"), [("", 0), ("   ", 0), ("\u2003\n", 0), ("x" * 201, 201)])
    def test_none_too_many_or_only_spaces_are_not(self, title: str, actual: int) -> None:
        with pytest.raises(UnsuitableTitle) as refused:
            document(title=title)
        assert refused.value.data == {"field": "title", "limit": 200, "actual": actual}

    @pytest.mark.parametrize("field", ["title", "typst_content"])
    @pytest.mark.parametrize("text", ["a\x00b", "a\ud800"])
    def test_what_no_store_can_keep_is_refused(self, field: str, text: str) -> None:
        with pytest.raises(UnstorableText):
            document(**{field: text})


class TestContent:
    @pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
    def test_a_thousand_lines_are_a_document_and_one_more_is_not(self, line_end: str) -> None:
        assert document(typst_content=line_end.join(["x"] * 1_000)).line_count == 1_000
        with pytest.raises(TooManyLines) as refused:
            document(typst_content=line_end.join(["x"] * 1_001))
        assert refused.value.data == {"field": "typstContent", "limit": 1_000, "actual": 1_001}

    @pytest.mark.parametrize(
        ("content", "lines"), [("", 0), ("x", 1), ("x\n", 1), ("\n", 1), ("x\ny", 2), ("x\r\ny\rz\n", 3), ("\n\n", 2)]
    )
    def test_a_line_end_ends_a_line_and_begins_none(self, content: str, lines: int) -> None:
        assert document(typst_content=content).line_count == lines

    def test_line_ends_are_made_alike(self) -> None:
        assert document(typst_content="a\r\nb\rc\n\r").typst_content == "a\nb\nc\n\n"

    def test_a_hundred_thousand_characters_are_the_most(self) -> None:
        assert len(document(typst_content="x" * 100_000).typst_content) == 100_000
        with pytest.raises(ContentTooLong) as refused:
            document(typst_content="x" * 100_001)
        assert refused.value.data == {"field": "typstContent", "limit": 100_000, "actual": 100_001}

    def test_a_windows_line_end_is_one_character(self) -> None:
        assert document(typst_content=("x" * 99 + "\r\n") * 1_000).line_count == 1_000

    @given(st.text(alphabet="x\r\n", max_size=60))
    def test_lines_are_counted_as_universal_line_ends_are(self, content: str) -> None:
        assert document(typst_content=content).line_count == len(content.splitlines())


class TestMetadata:
    def test_fifty_entries_are_the_most(self) -> None:
        entries = tuple(MetadataEntry(key=str(number), value="") for number in range(51))
        assert len(document(metadata=entries[:50]).metadata) == 50
        with pytest.raises(UnsuitableMetadata):
            document(metadata=entries)

    def test_a_key_is_there_once(self) -> None:
        with pytest.raises(UnsuitableMetadata):
            document(metadata=(MetadataEntry(key="a", value="1"), MetadataEntry(key="a", value="2")))

    @pytest.mark.parametrize(
        ("key", "value"), [("", "x"), ("  ", "x"), ("k" * 101, "x"), ("k", "x" * 1_001), ("k", "\0")]
    )
    def test_keys_and_values_have_their_length(self, key: str, value: str) -> None:
        with pytest.raises(InvalidInput):
            MetadataEntry(key=key, value=value)


class TestSaving:
    def test_every_save_moves_version_and_time(self) -> None:
        first = document(version=4)
        saved = first.edited(at=NOON.replace(hour=13), expected_version=4)
        assert (saved.version, saved.updated_at.hour, saved.created_at) == (5, 13, first.created_at)

    @pytest.mark.parametrize("expected", [3, 5, 0, -1])
    def test_another_version_than_the_one_that_was_edited_is_stale(self, expected: int) -> None:
        with pytest.raises(StaleVersion) as refused:
            document(version=4).edited(at=NOON, expected_version=expected, title="Perso")
        assert refused.value.data == {"current_version": 4, "expected_version": expected}

    def test_without_a_version_the_last_writer_wins(self) -> None:
        assert document(version=4).edited(at=NOON, title="Nuovo").title == "Nuovo"


class TestCitationKey:
    @pytest.mark.parametrize(
        ("author", "title", "year", "key"),
        [
            ("Umberto Eco", "Il nome della rosa", 1980, "eco1980"),
            ("Eco, Umberto", "Il nome della rosa", 1980, "eco1980"),
            ("Umberto Eco; Carlo Ginzburg", "Saggi", 1983, "eco1983"),
            ("Umberto Eco e Carlo Ginzburg", "Saggi", None, "eco"),
            ("De Sanctis, Francesco", "Storia", 1870, "desanctis1870"),
            ("Niccolò Tommaséo", "Fede e bellezza", 1840, "tommaseo1840"),
            (None, "La città del sole", 1602, "citta1602"),
            ("", "1984", None, "1984"),
            ("鲁迅", "狂人日记", 1918, "source1918"),
        ],
    )
    def test_a_key_is_the_family_name_and_the_year(self, author: str, title: str, year: int, key: str) -> None:
        assert citation_key(author=author, title=title, year=year, taken=()) == key

    def test_a_taken_key_gets_a_letter(self) -> None:
        taken: list[str] = []
        for _ in range(30):
            taken.append(citation_key(author="Eco", title="x", year=1980, taken=taken))
        assert taken[:3] == ["eco1980", "eco1980a", "eco1980b"]
        assert taken[26:29] == ["eco1980z", "eco1980aa", "eco1980ab"]
        assert citation_key(author="Eco", title="x", year=None, taken={"eco"}) == "eco-a"

    @given(st.text(max_size=300), st.text(max_size=300), st.none() | st.integers(1, 3000))
    def test_a_key_is_always_a_label(self, author: str, title: str, year: int | None) -> None:
        key = citation_key(author=author, title=title, year=year, taken=())
        assert key
        assert key.isascii()
        assert key.isalnum()
