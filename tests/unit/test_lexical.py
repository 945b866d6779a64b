"""Text analysis and BM25: what makes words comparable, and the numbers made of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.lexical import (
    HASH_SPACE,
    DocumentTerms,
    analyse,
    document_terms,
    inverse_document_frequency,
    query_terms,
    searchable_text,
    terms_by_chunk,
)
from adapters.lexical.bm25 import AVERAGE_LENGTH, K1, LEAD_WEIGHT, B
from domain.shared import user_id_of
from tests.builders_library import a_source, some_chunks


def stems(text: str, language: str = "it") -> list[int]:
    return [term.stem for term in analyse(text, language)]


def terms_of(content: str, *, title: str = "", heading: str | None = None, opens: bool = True) -> DocumentTerms:
    return document_terms(title=title, heading=heading, content=content, language="it", opens=opens)


class TestAnalyse:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("l'acqua", "acqua"),
            ("l’acqua", "acqua"),
            ("l' acqua", "acqua"),
            ("L'ACQUA", "acqua"),
            ("dell'arte", "arte"),
            ("dell' arte", "arte"),
            ("un'amica", "amica"),
            ("quell'uomo", "uomo"),
            ("c'è acqua", "acqua"),
            ("città", "citta"),
            ("citta\u0300", "città"),
            ("perché, perbacco", "perbacco"),
            ("mangiavano", "mangiare"),
            ("ribosomi", "ribosoma"),
            ("libertà,", "(libertà)"),
            ("ﬁume", "fiume"),
        ],
    )
    def test_italian_words_that_are_the_same_have_the_same_stem(self, one: str, other: str) -> None:
        assert stems(one) == stems(other)
        assert stems(one)

    @pytest.mark.parametrize(
        ("language", "one", "other"),
        [
            ("en", "The children's books", "children book"),
            ("fr", "l'été qu'elle aime", "été aimer"),
            ("de", "die Häuser", "haus"),
            ("es", "las canciones", "canción"),
            ("pt", "as crianças d'água", "criança água"),
            ("it", "le opere dell'arte", "opera arte"),
            ("it-CH", "dell'arte", "arte"),
            ("pl", "Szkoła", "szkola"),
            ("simple", "Été", "ete"),
        ],
    )
    def test_each_language_has_its_own_rules(self, language: str, one: str, other: str) -> None:
        assert stems(one, language) == stems(other, language)

    def test_form_and_prefix_tell_apart_what_the_stem_joins(self) -> None:
        (one,), (other,) = analyse("ribosomi", "it"), analyse("ribosoma", "it")
        assert one.stem == other.stem
        assert one.form != other.form
        assert one.prefix == other.prefix

    def test_the_same_word_in_two_languages_is_two_terms(self) -> None:
        assert stems("radio", "it") != stems("radio", "en")

    def test_numbers_and_mixed_words_are_words(self) -> None:
        assert len(stems("18app, 1946, H2O")) == 3

    @pytest.mark.parametrize("text", ["", " \n", "il la di che", "?!—…", "🦊", "_" * 500, "a" * 500])
    def test_some_texts_have_no_term(self, text: str) -> None:
        assert stems(text) == []

    @given(st.text(max_size=200), st.sampled_from(["it", "en", "fr", "de", "es", "pt", "simple", "xx"]))
    def test_any_text_gives_terms_that_fit_the_store(self, text: str, language: str) -> None:
        assert all(0 <= number < HASH_SPACE for term in analyse(text, language) for number in term)

    def test_threads_do_not_disturb_each_other(self) -> None:
        text = "Le città italiane conservano opere dell'arte del Rinascimento e ribosomi fotosintetici. "
        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(lambda number: stems(f"{text} parola{number}ate"), range(200)))
        assert len({tuple(one[:-1]) for one in found}) == 1


class TestBm25:
    def test_an_impact_is_the_formula(self) -> None:
        terms = terms_of("acqua acqua mare")
        length = K1 * (1 - B + B * 3 / AVERAGE_LENGTH)
        assert sorted(terms.impacts.values()) == [
            pytest.approx((K1 + 1) / (1 + length)),
            pytest.approx(2 * (K1 + 1) / (2 + length)),
        ]

    @given(st.text(alphabet="acqu mre'è", max_size=2_000))
    def test_an_impact_fits_sixteen_bits(self, text: str) -> None:
        assert all(0 < impact <= K1 + 1 for impact in terms_of(text).impacts.values())

    def test_a_longer_text_gives_a_word_less_weight(self) -> None:
        (stem,) = stems("acqua")
        short, long = terms_of("acqua"), terms_of("acqua " + "pietra " * 50)
        assert long.impacts[stem] < short.impacts[stem]

    def test_a_passage_that_opens_with_a_word_is_about_it(self) -> None:
        asked = {grain for term in query_terms("acqua") for grain in term.grains}
        weight = {
            content: sum(terms_of(content).weights.get(grain, 0.0) for grain in asked)
            for content in ("acqua " + "pietra " * 20, "pietra " * 20 + "acqua")
        }
        first, last = weight.values()
        assert first == pytest.approx(last + LEAD_WEIGHT)

    def test_title_and_heading_are_words_of_a_passage_and_not_its_opening(self) -> None:
        (asked,) = analyse("acqua", "it")
        for named in (terms_of("pietra", title="Acqua"), terms_of("pietra", heading="Acqua")):
            assert asked.stem in named.impacts
            assert asked.lead not in named.weights

    def test_only_the_first_passage_of_a_source_or_a_section_opens_anything(self) -> None:
        source = a_source(user_id_of("someone"), title="Fiumi")
        _, chunks = some_chunks(source.id, ["acqua dolce"] * 5)
        headings = (None, None, "Po", "Po", "Adige")
        chunks = [replace(chunk, heading=heading) for chunk, heading in zip(chunks, headings, strict=True)]
        (asked,) = analyse("acqua", "it")
        found = list(terms_by_chunk(source, chunks))
        assert [chunk for chunk, _ in found] == chunks
        assert [asked.lead in terms.weights for _, terms in found] == [True, False, True, False, True]

    def test_a_rare_term_says_more_and_no_term_says_less_than_nothing(self) -> None:
        rare = inverse_document_frequency(documents=100, containing=1)
        common = inverse_document_frequency(documents=100, containing=100)
        assert rare == pytest.approx(log(1 + 99.5 / 1.5))
        assert 0 < common < rare

    def test_a_question_is_asked_in_every_language(self) -> None:
        asked = {term.stem for term in query_terms("children")}
        assert set(stems("children", "en")) <= asked
        assert set(stems("children", "it")) <= asked

    def test_a_word_asked_twice_counts_once(self) -> None:
        assert query_terms("acqua acqua") == query_terms("acqua")

    def test_title_and_heading_come_first(self) -> None:
        assert searchable_text(title="Fiumi", heading="Po", content="Nasce.") == "Fiumi\nPo\nNasce."
        assert searchable_text(title="Fiumi", heading=None, content="Nasce.") == "Fiumi\nNasce."
