"""Where words stand on a page tells in which order they are read, and which of them are headings."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

import pytest

from domain.library import ExtractedText, SourceKind
from tests.builders_pdf import a_drawn_pdf
from tests.reading import read_here

LEFT = (
    "Il lago di questa valle si stende tra due file di monti non molto alti, che scendono fino alla riva con boschi di "
    "castagni e di querce. Le case del paese stanno strette attorno alla chiesa, e la strada vi arriva dal ponte dopo "
    "molte svolte. Ogni mattina i pescatori escono con le barche e tornano quando il sole è già alto sopra la cima. "
    "Chi vi abita conosce il vento dal colore dell'acqua, e sa quando conviene restare a terra."
)
RIGHT = (
    "La grammatica descrive le regole con cui le parole si uniscono in frasi, e le frasi in un discorso che gli altri "
    "possano capire. Non sono leggi scritte da qualcuno, ma abitudini che una comunità di parlanti mantiene e cambia "
    "nel tempo. Per questo una regola che oggi sembra sicura può diventare, tra cento anni, soltanto un ricordo. "
    "Lo studio della lingua serve anche a vedere questo movimento, e a non averne paura quando ci riguarda."
)

Piece = tuple[float, float, float, str]


def wrapped(words: str, width: int = 46) -> list[str]:
    return textwrap.wrap(words, width)


def side_by_side(left: Sequence[str], right: Sequence[str], *, gap: float = 250) -> list[Piece]:
    """Row by row, as some programs draw two columns."""
    return [
        piece
        for row, (one, other) in enumerate(zip(left, right, strict=False))
        for piece in ((60, 740 - 13 * row, 10, one), (60 + gap, 740 - 13 * row, 10, other))
    ]


def read(*pages: Sequence[Piece]) -> ExtractedText:
    return read_here(a_drawn_pdf(*pages), SourceKind.PDF)


class TestColumns:
    def test_columns_drawn_row_by_row_are_read_one_after_the_other(self) -> None:
        found = read(side_by_side(wrapped(LEFT), wrapped(RIGHT)))
        rows = min(len(wrapped(LEFT)), len(wrapped(RIGHT)))
        assert " ".join(found.text.split()) == " ".join([*wrapped(LEFT)[:rows], *wrapped(RIGHT)[:rows]])

    def test_columns_drawn_one_after_the_other_stay_as_they_are(self) -> None:
        pieces = side_by_side(wrapped(LEFT), wrapped(RIGHT))
        found = read([*pieces[::2], *pieces[1::2]])
        assert found.text.index("conviene") < found.text.index("La grammatica")

    def test_a_title_across_both_columns_and_the_page_number_stay_out_of_them(self) -> None:
        head = [(60.0, 790.0, 10.0, "Della valle e della lingua, scritto da chi vi nacque e ne parla ogni giorno")]
        foot = [(290.0, 40.0, 10.0, "12")]
        found = read([*head, *side_by_side(wrapped(LEFT), wrapped(RIGHT)), *foot])
        order = [found.text.index(words) for words in ("Della valle", "Il lago", "La grammatica", "12")]
        assert order == sorted(order)

    def test_a_word_divided_at_the_end_of_a_line_of_a_column_is_whole_again(self) -> None:
        left = wrapped(LEFT)
        left[2:4] = ["con boschi di castagni e di querce e di car-", "pini. Le case del paese stanno strette attorno"]
        assert "carpini" in read(side_by_side(left, wrapped(RIGHT))).text

    def test_prose_in_one_column_is_left_alone(self) -> None:
        lines = wrapped(f"{LEFT} {RIGHT}", 88)
        assert read([(60, 740 - 13 * row, 10, line) for row, line in enumerate(lines)]).text == f"{LEFT} {RIGHT}"


class TestTables:
    ROWS: ClassVar = [
        (f"Comune {name}", 1000 + 37 * row, 200 + row, 70 + row, 9 + row) for row, name in enumerate("ABCDEFGHIL")
    ]

    def test_cells_of_a_row_stay_together(self) -> None:
        pieces = [
            (60 + 110.0 * at, 740 - 13.0 * row, 10.0, str(cell))
            for row, cells in enumerate(self.ROWS)
            for at, cell in enumerate(cells)
        ]
        text = read(pieces).text
        assert list(text.split("\n\n")) == [" ".join(map(str, row)) for row in self.ROWS]

    def test_a_column_drawn_apart_goes_back_to_its_rows(self) -> None:
        pieces = [
            (60 + 110.0 * at, 740 - 13.0 * row, 10.0, str(cell))
            for column in ((0, 1, 3, 4), (2,))
            for row, cells in enumerate(self.ROWS)
            for at, cell in enumerate(cells)
            if at in column
        ]
        assert read(pieces).text.split("\n\n") == [" ".join(map(str, row)) for row in self.ROWS]

    def test_a_vocabulary_of_two_columns_keeps_its_rows(self) -> None:
        words = [("acqua", "water"), ("pane", "bread"), ("lago", "lake"), ("monte", "mountain"), ("casa", "house")] * 2
        found = " ".join(read(side_by_side([a for a, _ in words], [b for _, b in words])).text.split())
        assert found.startswith("acqua water pane bread lago lake")


class TestHeadings:
    def pages(self) -> list[list[Piece]]:
        body = wrapped(LEFT, 88)
        return [
            [
                (60, 790, 22, "La valle" if number == 0 else f"Parte {'prima' if number == 1 else 'seconda'}"),
                *[(60.0, 740 - 13.0 * row, 10.0, line) for row, line in enumerate(body)],
                (60, 600, 14, f"Il paese numero {['uno', 'due', 'tre'][number]}"),
                *[(60.0, 560 - 13.0 * row, 10.0, line) for row, line in enumerate(body)],
            ]
            for number in range(3)
        ]

    def test_larger_type_makes_headings_where_there_is_no_outline(self) -> None:
        found = read(*self.pages())
        assert [(heading.level, heading.text) for heading in found.headings] == [
            (1, "La valle"),
            (2, "Il paese numero uno"),
            (1, "Parte prima"),
            (2, "Il paese numero due"),
            (1, "Parte seconda"),
            (2, "Il paese numero tre"),
        ]
        assert all(found.text[heading.start :].startswith(heading.text) for heading in found.headings)
        assert all(before.start < after.start for before, after in pairwise(found.headings))

    def test_a_heading_of_two_lines_is_one(self) -> None:
        body = [(60.0, 700 - 13.0 * row, 10.0, line) for row, line in enumerate(wrapped(LEFT, 88))]
        found = read([(60, 770, 18, "Della valle, del paese"), (60, 748, 18, "e dei pescatori"), *body])
        assert [heading.text for heading in found.headings] == ["Della valle, del paese e dei pescatori"]

    @pytest.mark.parametrize("size", [10, 10.5])
    def test_a_text_of_one_size_has_none(self, size: float) -> None:
        lines = [(60.0, 740 - 13.0 * row, size, line) for row, line in enumerate(wrapped(LEFT, 80))]
        assert read(lines).headings == ()

    def test_an_initial_is_no_heading(self) -> None:
        lines = [
            (75.0 if row < 2 else 60.0, 740 - 13.0 * row, 10.0, line) for row, line in enumerate(wrapped(LEFT, 80))
        ]
        assert read([(60, 730, 30, "I"), *lines]).headings == ()
