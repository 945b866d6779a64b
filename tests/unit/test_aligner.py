"""Where does a source say what an answer claims?"""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.chat import Verdict, align, cite
from tests.builders_chat import GARIBALDI, a_passage

WORDS = st.sampled_from(
    ["la", "Città", "è", "l'arte", "d’Italia", "perché", "1861", "3,5", "non", "né", "virtù", "naïve", "Straße", "ENEA"]
)
ENDS = st.sampled_from([".", "!", "…", ";", ""])
SENTENCES = st.builds(lambda words, end: " ".join(words) + end, st.lists(WORDS, min_size=1, max_size=12), ENDS)
TEXTS = st.builds(
    lambda sentences, space: space.join(sentences),
    st.lists(SENTENCES, min_size=1, max_size=8),
    st.sampled_from([" ", "\n", "  ", "\n\n"]),
)


class TestCopiedWords:
    @given(TEXTS, st.data(), st.integers(0, 10_000))
    def test_what_was_copied_is_verified_where_it_stands(self, text: str, data: st.DataObject, start: int) -> None:
        ends = [index for index in range(len(text) + 1) if _between_words(text, index)]
        first = data.draw(st.sampled_from(ends[:-1]))
        last = data.draw(st.sampled_from([end for end in ends if end > first]))
        claim = text[first:last]
        assume(any(character.isalnum() for character in claim))
        quotation, verdict = align(claim, a_passage(text, start=start))
        assert verdict is Verdict.VERIFIED
        assert quotation.quote == claim.strip()
        assert text[quotation.start - start : quotation.end - start] == quotation.quote

    @given(st.text(min_size=1, max_size=200), st.data())
    def test_offsets_are_exact_whatever_the_text(self, text: str, data: st.DataObject) -> None:
        claim = data.draw(st.text(max_size=60) | st.just(text))
        quotation, _ = align(claim, a_passage(text, start=50))
        assert text[quotation.start - 50 : quotation.end - 50] == quotation.quote != ""

    @given(SENTENCES, TEXTS, TEXTS)
    def test_case_accents_spaces_and_quotes_change_no_words(self, sentence: str, before: str, after: str) -> None:
        retyped = unicodedata.normalize("NFD", sentence).replace("’", "'").replace(" ", "  ").upper()
        quotation, verdict = align(retyped, a_passage(f"{before} {sentence} {after}", start=0))
        assert verdict is Verdict.VERIFIED
        assert _letters(quotation.quote) == _letters(sentence)

    @given(st.lists(WORDS, min_size=2, max_size=10), st.data())
    def test_a_changed_word_is_never_verified(self, words: list[str], data: st.DataObject) -> None:
        changed = list(words)
        changed[data.draw(st.integers(0, len(words) - 1))] = data.draw(st.sampled_from(["Torino", "1922", "mai"]))
        _, verdict = align(" ".join(changed), a_passage(" ".join(words)))
        assert verdict is not Verdict.VERIFIED


class TestVerdicts:
    @pytest.mark.parametrize(
        "claim",
        [
            "Giuseppe Garibaldi nacque a Nizza il 4 luglio 1807.",
            "giuseppe garibaldi nacque a nizza",
            "«Fu un generale e un patriota»",
            "Mori a Caprera nel 1882",
            "**Morì** a Caprera, nel 1882",
        ],
    )
    def test_the_same_words_are_verified(self, claim: str) -> None:
        quotation, verdict = align(claim, a_passage())
        assert verdict is Verdict.VERIFIED
        assert quotation.quote in GARIBALDI
        assert quotation.page == 7

    @pytest.mark.parametrize(
        "claim",
        [
            "Garibaldi nacque a Nizza il giorno 4 luglio 1807",
            "Fu un grande generale e un patriota",
            "Morì infine a Caprera nel 1882",
        ],
    )
    def test_a_word_more_or_less_is_fuzzy(self, claim: str) -> None:
        quotation, verdict = align(claim, a_passage())
        assert verdict is Verdict.FUZZY
        assert quotation.quote in GARIBALDI

    @pytest.mark.parametrize(
        "claim",
        [
            "Garibaldi nacque a Nizza il 4 luglio 1809.",
            "Giuseppe Garibaldi non nacque a Nizza il 4 luglio 1807.",
            "La fotosintesi produce ossigeno.",
            "Fu tutto.",
            "…",
            "",
            "art",
        ],
    )
    def test_another_number_a_negation_or_other_words_are_unsupported(self, claim: str) -> None:
        quotation, verdict = align(claim, a_passage())
        assert verdict is Verdict.UNSUPPORTED
        assert quotation.quote in GARIBALDI

    @pytest.mark.parametrize(
        ("source", "claim"),
        [
            ("La temperatura è di -5 gradi.", "La temperatura è di 5 gradi."),
            ("Il prezzo è 1,5 euro.", "Il prezzo è 15 euro."),
            ("Sono il 5% dei casi.", "Sono il 5 dei casi."),
            ("Ne restano 10².", "Ne restano 102."),
            ("È parte della cosa.", "arte della cosa"),
        ],
    )
    def test_signs_that_carry_meaning_are_words(self, source: str, claim: str) -> None:
        assert align(claim, a_passage(source))[1] is not Verdict.VERIFIED

    def test_note_marks_and_hyphens_at_line_ends_are_no_words(self) -> None:
        passage = a_passage("Nacque a Nizza.[3] Visse a Caprera, dove mo\u00adrì.")
        quotation, verdict = align("Nacque a Nizza. Visse a Caprera, dove morì.", passage)
        assert verdict is Verdict.VERIFIED
        assert quotation.quote == passage.text

    def test_a_long_claim_against_a_long_passage_is_quick(self) -> None:
        passage = a_passage(" ".join(f"parola{number}" for number in range(600)))
        _, verdict = align(" ".join(f"parola{number}x" for number in range(2_000)), passage)
        assert verdict is Verdict.UNSUPPORTED


def test_a_citation_remembers_the_words_around_it() -> None:
    passage = a_passage()
    quotation, verdict = align("Fu un generale e un patriota.", passage)
    citation = cite(2, quotation=quotation, verdict=verdict, passage=passage)
    assert GARIBALDI.find(citation.prefix + citation.quote + citation.suffix) >= 0
    assert (citation.prefix[-6:], citation.suffix[:6]) == ("1807. ", " Morì ")


def _between_words(text: str, index: int) -> bool:
    around = text[max(0, index - 1) : index + 1]
    return index in {0, len(text)} or not all(character.isalnum() or character in "-,." for character in around)


def _letters(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(character for character in decomposed if character.isalnum())
