"""Chunks: exact places, whole coverage, never across a heading, never too long."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.library import CHUNK_LIMIT, Chunk, ExtractedText, Heading, PageSpan, chunked
from domain.shared import SourceId, estimate_tokens

SOURCE = SourceId(uuid4())
SENTENCE = "Il ramo del lago di Como volge a mezzogiorno tra due catene di monti. "

words = st.text(alphabet="aàbcdeèfgilmnoprstuvz'’", min_size=1, max_size=12)
gaps = st.sampled_from([" ", " ", " ", ". ", "! ", ", ", "\n", "\n\n", "  \n \n", ".\n\n", "\u00a0", "\t"])
anything = st.text(max_size=400)


@st.composite
def texts(draw: st.DrawFn) -> ExtractedText:
    """A text with pages that follow one another and headings anywhere."""
    pieces = draw(st.lists(st.tuples(words, gaps, anything | st.just("")), max_size=60))
    text = "".join(word + gap + more for word, gap, more in pieces) * draw(st.integers(1, 6))
    offsets = st.integers(0, len(text))
    headings = sorted(draw(st.lists(offsets, max_size=8)))
    starts = [0, *sorted(draw(st.lists(offsets, max_size=5)))]
    pages = [PageSpan(index + 1, start, end) for index, (start, end) in enumerate(pairwise([*starts, len(text)]))]
    return ExtractedText(
        text=text,
        language="it",
        pages=tuple(pages),
        headings=tuple(
            Heading(start, 1, " ".join(text[start : start + 9].split()) or "Titolo") for start in headings if text
        ),
    )


def cut(text: str, *, headings: tuple[Heading, ...] = (), pages: tuple[PageSpan, ...] = ()) -> tuple[Chunk, ...]:
    extracted = ExtractedText(text=text, language="it", headings=headings, pages=pages)
    return chunked(extracted, source_id=SOURCE)


@given(texts())
def test_a_chunk_is_the_text_between_its_offsets(text: ExtractedText) -> None:
    for chunk in chunked(text, source_id=SOURCE):
        assert text.text[chunk.start : chunk.end] == chunk.content
        assert chunk.content_hash == hashlib.sha256(chunk.content.encode()).hexdigest()
        assert chunk.token_count == estimate_tokens(chunk.content)


@given(texts())
def test_chunks_follow_one_another_and_hold_every_character_that_is_not_space(text: ExtractedText) -> None:
    chunks = chunked(text, source_id=SOURCE)
    assert [chunk.position for chunk in chunks] == list(range(len(chunks)))
    end = 0
    for chunk in chunks:
        assert not text.text[end : chunk.start].strip()
        assert chunk.start >= end
        end = chunk.end
    assert not text.text[end:].strip()


@given(texts())
def test_a_chunk_has_words_and_is_not_too_long(text: ExtractedText) -> None:
    for chunk in chunked(text, source_id=SOURCE):
        assert chunk.content.strip() == chunk.content != ""
        assert len(chunk.content) <= CHUNK_LIMIT


@given(texts())
def test_no_chunk_goes_on_across_a_heading(text: ExtractedText) -> None:
    unrelated = replace(text, headings=tuple(replace(heading, text="☙ § ☙ 0") for heading in text.headings))
    for chunk in chunked(unrelated, source_id=SOURCE):
        for heading in unrelated.headings:
            if chunk.start < heading.start < chunk.end:
                assert not any(map(str.isalnum, text.text[chunk.start : heading.start]))


@given(texts())
def test_a_chunk_stands_on_the_page_where_it_begins(text: ExtractedText) -> None:
    for chunk in chunked(text, source_id=SOURCE):
        page = text.page_at(chunk.start)
        assert (chunk.page, chunk.page_label) == ((page.number, page.label) if page else (None, None))


@given(texts())
def test_the_same_text_gives_the_same_chunks_and_no_id_twice(text: ExtractedText) -> None:
    chunks = chunked(text, source_id=SOURCE)
    assert chunks == chunked(text, source_id=SOURCE)
    assert len({chunk.id for chunk in chunks}) == len(chunks)


def test_a_heading_begins_a_chunk() -> None:
    text = f"# Uno\n\n{SENTENCE * 3}\n\n# Due\n\n{SENTENCE * 3}"
    first, second = cut(text, headings=(Heading(0, 1, "Uno"), Heading(text.index("# Due"), 1, "Due")))
    assert (first.heading, second.heading) == ("Uno", "Due")
    assert second.content.startswith("# Due")


def test_headings_with_nothing_between_them_stay_together_under_the_last() -> None:
    text = f"# Parte prima\n\n## Le origini\n\n{SENTENCE}"
    (chunk,) = cut(text, headings=(Heading(0, 1, "Parte prima"), Heading(15, 2, "Le origini")))
    assert chunk.heading == "Le origini"


def test_what_stands_before_the_first_heading_has_none() -> None:
    text = f"{SENTENCE}\n\n# Uno\n\n{SENTENCE}"
    assert [chunk.heading for chunk in cut(text, headings=(Heading(text.index("#"), 1, "Uno"),))] == [None, "Uno"]


def test_long_text_is_cut_at_sentences_into_chunks_of_about_the_same_length() -> None:
    chunks = cut(SENTENCE * 100)
    assert all(chunk.content.endswith("monti.") for chunk in chunks)
    assert all(850 <= len(chunk.content) <= CHUNK_LIMIT for chunk in chunks)


def test_no_crumb_is_left_over() -> None:
    lengths = [len(chunk.content) for chunk in cut(SENTENCE * 18)]
    assert min(lengths) > 400


def test_paragraphs_are_kept_whole_where_they_fit() -> None:
    paragraph = (SENTENCE * 8).strip()
    chunks = cut("\n\n".join([paragraph] * 6))
    assert [part for chunk in chunks for part in chunk.content.split("\n\n")] == [paragraph] * 6


def test_a_page_ends_a_chunk_where_a_paragraph_ends_with_it() -> None:
    page = (SENTENCE * 11).strip()
    text = f"{page}\n\n{page}\n\n{page}"
    at = len(page) + 2
    spans = (PageSpan(1, 0, at), PageSpan(2, at, 2 * at), PageSpan(3, 2 * at, len(text)))
    assert [(chunk.page, chunk.content == page) for chunk in cut(text, pages=spans)] == [
        (1, True),
        (2, True),
        (3, True),
    ]


def test_a_word_of_a_hundred_thousand_letters_is_cut() -> None:
    chunks = cut("a" * 100_000)
    assert "".join(chunk.content for chunk in chunks) == "a" * 100_000
    assert all(len(chunk.content) <= CHUNK_LIMIT for chunk in chunks)


def test_an_accent_is_not_cut_from_its_letter() -> None:
    assert not any(chunk.content.startswith("\u0323") for chunk in cut("x" + "q\u0323" * 3_000))


def test_a_text_of_spaces_has_no_chunks() -> None:
    assert cut("") == cut(" \n\t \u00a0\n\n ") == ()


def test_ten_thousand_headings_are_cut_quickly() -> None:
    text = "# a\n" * 10_000
    chunks = cut(text, headings=tuple(Heading(4 * index, 1, "a") for index in range(10_000)))
    assert all(len(chunk.content) <= CHUNK_LIMIT for chunk in chunks)


@pytest.mark.parametrize("desert", [" ", "\t", "\n", " \n", "\u00a0"])
def test_a_desert_between_two_words_is_crossed_in_no_time(desert: str) -> None:
    (chunk, *others) = cut("a" + desert * 300_000 + "b")
    assert (chunk.content, [other.content for other in others]) == ("a", ["b"])
