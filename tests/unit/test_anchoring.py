"""Where do the words of a citation stand, now that its source was read again?"""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.chat import Anchor, Anchored, Citation, anchor, anchor_all
from tests.builders_chat import a_citation

WORDS = st.sampled_from(["la", "Città", "è", "l'arte", "perché", "1861", "3,5", "non", "né", "virtù", "naïve", "ENEA"])
TEXTS = st.lists(WORDS, min_size=3, max_size=60).map(" ".join)
FOREIGN = st.text(alphabet="xyz ", max_size=200)
LIFE = (
    "Giuseppe Garibaldi nacque a Nizza il 4 luglio 1807. Suo padre era un marinaio. "
    "Nel 1860 guidò la spedizione dei Mille. Morì a Caprera nel 1882."
)


def cited(text: str, start: int, end: int) -> Citation:
    """The words at a place of a text, with what stands around them."""
    around = {"prefix": text[max(0, start - 32) : start], "suffix": text[end : end + 32]}
    return a_citation(quote=text[start:end], start=start, end=end, **around)


def quoting(quote: str, text: str = LIFE) -> Citation:
    start = text.index(quote)
    return cited(text, start, start + len(quote))


def words_at(text: str, found: Anchored) -> str:
    return text[found.start : found.end]


@st.composite
def quoted(draw: st.DrawFn, texts: st.SearchStrategy[str] = TEXTS) -> tuple[str, Citation]:
    text = draw(texts)
    start = draw(st.integers(0, len(text) - 1))
    return text, cited(text, start, draw(st.integers(start + 1, len(text))))


class TestTheSameWords:
    @given(quoted())
    def test_an_unchanged_text_has_them_where_they_were(self, quoted: tuple[str, Citation]) -> None:
        text, citation = quoted
        assert anchor(citation, text) == Anchored(Anchor.SAME, citation.start, citation.end)

    @given(quoted(st.text(min_size=1, max_size=80)))
    def test_so_has_any_text(self, quoted: tuple[str, Citation]) -> None:
        text, citation = quoted
        assert anchor(citation, text).anchor is Anchor.SAME

    @given(quoted(), FOREIGN)
    def test_what_comes_in_before_them_moves_them_by_its_length(
        self, quoted: tuple[str, Citation], before: str
    ) -> None:
        text, citation = quoted
        text, before = f"| {text}", f"{before}|"
        citation = replace(cited(text, citation.start + 2, citation.end + 2), prefix=text[: citation.start + 2][-32:])
        # Without the bar that only the beginning has, equal words nearby may stand where the others stood.
        assume(citation.prefix.startswith("|"))
        size = len(before)
        expected = Anchored(Anchor.MOVED, citation.start + size, citation.end + size)
        assert anchor(citation, before + text) == expected

    @given(quoted(), FOREIGN)
    def test_what_comes_after_the_words_around_them_changes_nothing(
        self, quoted: tuple[str, Citation], behind: str
    ) -> None:
        text, citation = quoted
        assert anchor(citation, text + behind) == Anchored(Anchor.SAME, citation.start, citation.end)

    def test_of_several_places_the_one_with_the_words_around_it_counts(self) -> None:
        text = "Roma è bella. Roma è antica. Roma è grande."
        citation = cited(text, 14, 18)
        assert citation.quote == "Roma"
        assert anchor(citation, f"Prima. {text}") == Anchored(Anchor.MOVED, 21, 25)

    def test_where_they_fit_alike_the_nearest_counts(self) -> None:
        citation = a_citation(quote="Roma", start=18, end=22, prefix="", suffix="")
        assert anchor(citation, "Roma e di nuovo Roma e Roma e Roma").start == 16

    def test_a_place_within_another_word_is_none(self) -> None:
        citation = quoting("mare", "Il mare era calmo.")
        assert anchor(citation, "Un maremoto devastò tutto.").anchor is Anchor.LOST


class TestOtherWords:
    def test_a_word_that_was_put_in_place_of_another_is_taken_in(self) -> None:
        text = LIFE.replace("4 luglio", "5 luglio")
        found = anchor(quoting("nacque a Nizza il 4 luglio 1807"), text)
        assert (found.anchor, words_at(text, found)) == (Anchor.CHANGED, "nacque a Nizza il 5 luglio 1807")

    def test_so_is_the_first_word_and_the_last(self) -> None:
        text = LIFE.replace("Nel 1860 guidò", "Anno 1860 guidò").replace("dei Mille", "dei mille uomini")
        found = anchor(quoting("Nel 1860 guidò la spedizione dei Mille"), text)
        assert (found.anchor, words_at(text, found)) == (Anchor.CHANGED, "Anno 1860 guidò la spedizione dei mille")

    def test_other_spaces_and_hyphens_are_a_change(self) -> None:
        text = "Premessa.\n" + LIFE.replace(" ", "\n")
        found = anchor(quoting("la spedizione dei Mille"), text)
        assert (found.anchor, words_at(text, found)) == (Anchor.CHANGED, "la\nspedizione\ndei\nMille")

    def test_a_sentence_that_was_rewritten_is_found_by_what_stands_around_it(self) -> None:
        text = LIFE.replace("Suo padre era un marinaio", "Veniva da una famiglia di naviganti liguri")
        found = anchor(quoting("Suo padre era un marinaio"), text)
        assert (found.anchor, words_at(text, found)) == (Anchor.CHANGED, "Veniva da una famiglia di naviganti liguri")

    def test_a_sentence_that_was_taken_out_is_lost(self) -> None:
        citation = quoting("Suo padre era un marinaio.")
        found = anchor(citation, LIFE.replace("Suo padre era un marinaio.", ""))
        assert found == Anchored(Anchor.LOST, citation.start, citation.end)

    @pytest.mark.parametrize("text", ["", "...", "Tutt'altro argomento: la fotosintesi clorofilliana."])
    def test_in_another_text_it_is_lost(self, text: str) -> None:
        assert anchor(quoting("la spedizione dei Mille"), text).anchor is Anchor.LOST

    @given(quoted(), st.integers(1, 40))
    def test_words_that_were_taken_out_are_never_the_same(self, quoted: tuple[str, Citation], size: int) -> None:
        text, _ = quoted
        middle = len(text) // 2
        whole = f"{text[:middle]}{'#' * size}{text[middle:]}"
        assert anchor(cited(whole, middle, middle + size), text).anchor in {Anchor.CHANGED, Anchor.LOST}

    @given(quoted(), TEXTS)
    def test_offsets_lie_in_the_text_unless_it_is_lost(self, quoted: tuple[str, Citation], text: str) -> None:
        found = anchor(quoted[1], text)
        if found.anchor is Anchor.LOST:
            assert (found.start, found.end) == (quoted[1].start, quoted[1].end)
        else:
            assert 0 <= found.start < found.end <= len(text)
        if found.anchor in {Anchor.SAME, Anchor.MOVED}:
            assert words_at(text, found) == quoted[1].quote
        assert (found.anchor is Anchor.SAME) <= (found.start == quoted[1].start)


class TestAskedAgain:
    @given(quoted(), TEXTS)
    def test_it_is_the_same_however_often_the_citation_went_astray_before(
        self, quoted: tuple[str, Citation], text: str
    ) -> None:
        original, citation = quoted
        astray = replace(citation, start=citation.start + 7, end=citation.end + 9, quoted_at=citation.start)
        assert anchor(astray, text) == anchor(citation, text)
        assert anchor(astray, original).anchor is Anchor.SAME


class TestLongTexts:
    def test_a_megabyte_with_500_citations_takes_seconds_at_worst(self) -> None:
        size = 1_000_000
        same, other = "ab " * (size // 3), "ab c " * (size // 5)
        citations = [cited(same, start, start + 150) for start in range(0, 150_000, 300)]
        for text in (same, same[4:], other, "b" * size):
            began = time.process_time()
            assert len(anchor_all(citations, text)) == 500
            assert time.process_time() - began < 10
