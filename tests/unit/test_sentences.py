"""Sentences end where a reader of Italian says that they do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.library import sentence_spans


def sentences(text: str, language: str = "it") -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, language)]


@pytest.mark.parametrize(
    "sentence",
    [
        "L'art. 3 della Costituzione tutela l'uguaglianza.",
        "Lo prevede l’Art. 117, all'art. 2 si legge altro.",
        "Il Dott. Rossi arrivò alle 15.30.",
        "La Sig.ra Bianchi vive a S. Marino.",
        "Mele, pere, ecc., sono frutti.",
        "Si veda p. es. il cap. IV a pag. 12 del vol. II.",
        "G. Verdi e G.B. Vico non si conobbero.",
        "Il d.lgs. 165 e il d.P.R. 445 sono norme.",
        "3. La sovranità appartiene al popolo.",
        "«Perché no?», disse.",
        "Che bello... davvero!",
        "Costa 3,50 euro (cfr. Tab. 2).",
    ],
)
def test_a_sentence_is_not_broken_inside(sentence: str) -> None:
    assert sentences(f"Prima frase. {sentence} Ultima frase.") == ["Prima frase.", sentence, "Ultima frase."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("È vero? Sì! Certo.", ["È vero?", "Sì!", "Certo."]),
        ("«Vieni!» «Vengo.» Tacque.", ["«Vieni!»", "«Vengo.»", "Tacque."]),
        ("Nacque nel 44 a.C. Morì presto.", ["Nacque nel 44 a.C.", "Morì presto."]),
        ("Pere, mele, ecc. Poi basta.", ["Pere, mele, ecc.", "Poi basta."]),
        ("Nel campo K. Il vettore esiste.", ["Nel campo K.", "Il vettore esiste."]),
        ("Alle 15.30. Disse poco.", ["Alle 15.30.", "Disse poco."]),
        ("Un titolo\n\nUna frase\nche continua.", ["Un titolo", "Una frase\nche continua."]),
        ("Tre cose:\n• una\n• due", ["Tre cose:", "• una", "• due"]),
        ("C'era una volta...\n—Un re!—diranno.", ["C'era una volta...", "—Un re!—diranno."]),
        ("Vedi art.\n\nNuovo paragrafo.", ["Vedi art.", "Nuovo paragrafo."]),
        ("Senza punto", ["Senza punto"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_end_where_they_should(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Mr. Brown met Dr. Green at No. 10, i.e. at home."),
        ("de", "Am 3. Oktober kam z.B. Herr Prof. Klein."),
        ("fr", "M. Dupont habite p. 3."),
        ("es", "El Sr. García vive aquí."),
        ("pt", "A Sra. Silva mora aqui."),
    ],
)
def test_other_languages_have_their_own_abbreviations(language: str, sentence: str) -> None:
    assert sentences(f"{sentence} X.", language)[0] == sentence


@given(st.text(alphabet=st.sampled_from("aB.!?… \n\t'’«»(•-1é\u00a0"), max_size=300) | st.text(max_size=200))
def test_spans_are_in_order_tight_and_lose_nothing(text: str) -> None:
    end = 0
    for start, stop in sentence_spans(text, "it"):
        assert end <= start < stop
        assert not text[end:start].strip()
        assert text[start:stop].strip() == text[start:stop]
        end = stop
    assert not text[end:].strip()


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text", ["." * 300_000, " " * 300_000, "\n " * 150_000, "'" * 300_000 + ". A", "A. " * 100_000]
)
def test_hostile_text_takes_no_longer_than_other_text(text: str) -> None:
    sentence_spans(text, "it")
