"""From lines to paragraphs, for whatever lines there are."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.extraction.outline import Entry, headings_of
from adapters.extraction.pages import RawPage, flowed, recombined_accents
from domain.library import storable

lines = st.text(alphabet="aàbE.-!• \u00ad\ufffe\u0002\u0301\ufb0112", max_size=90) | st.text(max_size=30)
pages = st.lists(st.lists(lines, max_size=12).map("\r\n".join), max_size=8)


def flow(*texts: str) -> str:
    return flowed([RawPage.of(text) for text in texts]).text


@given(pages)
def test_pages_follow_one_another_and_cover_the_text(texts: list[str]) -> None:
    text, spans, _ = flowed([RawPage.of(page) for page in texts])
    assert [span.number for span in spans] == list(range(1, len(texts) + 1))
    assert all(before.end == after.start for before, after in pairwise(spans))
    if spans:
        assert (spans[0].start, spans[-1].end) == (0, len(text))


@given(pages)
def test_the_text_is_storable_and_tidy(texts: list[str]) -> None:
    text = flow(*texts)
    assert text == text.strip()
    assert "\n\n\n" not in text
    assert "\0" not in text
    text.encode()
    assert len(storable(text)) == len(text)


@given(pages, st.lists(st.tuples(st.text(max_size=12), st.integers(-2, 9)), max_size=6))
def test_headings_are_in_order_and_inside_the_text(texts: list[str], outline: list[tuple[str, int]]) -> None:
    text, spans, _ = flowed([RawPage.of(page) for page in texts])
    headings = headings_of(text, spans, [Entry(level=1, title=title, page=page) for title, page in outline])
    starts = [heading.start for heading in headings]
    assert starts == sorted(starts)
    assert all(0 <= start < len(text) for start in starts)


WIDE = "una riga piuttosto lunga che riempie tutta la giustezza della colonna, o quasi"


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("e così la trasfor\ufffe", "mazione", "trasformazione"),
        ("e così la trasfor-", "mazione", "trasformazione"),
        ("RAPPORTI COSTITU\ufffe", "ZIONALI", "COSTITUZIONALI"),
        ("gli anni 1990\ufffe", "2000", "1990-2000"),
        ("il Nord\ufffe", "Est", "Nord-Est"),
        ("la fine del rigo", "continua", "rigo continua"),
    ],
)
def test_lines_are_joined_as_a_reader_would(before: str, after: str, joined: str) -> None:
    assert joined in flow(f"{WIDE}\r\n{WIDE} {before}\r\n{after} {WIDE}\r\n{WIDE}")


@pytest.mark.parametrize(
    ("raw", "whole"),
    [
        ("un vettore `e una propriet`a, cos`ı", "un vettore è una proprietà, così"),
        ("perch´e Gr¨oße se˜nor", "perché Größe señor"),
        ("`x´q", "`x´q"),
    ],
)
def test_accents_that_stand_apart_are_recombined(raw: str, whole: str) -> None:
    assert recombined_accents(raw) == whole
