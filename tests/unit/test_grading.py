"""What an answer is worth, and what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.offline.lexicon import OfflineLexicon
from domain.practice import (
    ANSWER_LIMIT,
    AnswerTooLong,
    Evidence,
    Exercise,
    ExerciseKind,
    Fault,
    Grade,
    grade,
)
from domain.shared import user_id_of
from tests.builders_practice import an_exercise

ADA = user_id_of("ada")
LEXICON = OfflineLexicon()


def is_word(word: str) -> bool:
    return LEXICON.is_word(word, "it")


def a_gap(
    key: str, sentence: str = "Ieri ____ fino a tardi.", focus: str | None = "verbs-tense", **more: Any
) -> Exercise:
    quote = sentence.replace("____", key)
    return an_exercise(
        ADA,
        question=f"Completa con la forma giusta.\n{sentence}",
        key=key,
        grammar_focus=focus,
        evidence=Evidence(quote=quote, start=0, end=len(quote)),
        **more,
    )


def an_open_question(key: str, *accepted: str, quote: str | None = None, language: str = "it") -> Exercise:
    quote = quote or f"Il testo dice: {key}."
    return an_exercise(
        ADA,
        kind=ExerciseKind.SINGLE_ANSWER,
        question="Che cosa dice il testo?",
        key=key,
        accepted=accepted,
        grammar_focus=None,
        language=language,
        evidence=Evidence(quote=quote, start=0, end=len(quote)),
    )


def graded(exercise: Exercise, answer: str) -> Grade:
    result = grade(exercise, answer, is_word=is_word)
    assert sum(line.score for line in result.rubric) == result.score
    assert sum(line.max_score for line in result.rubric) == 100
    assert result.feedback
    assert result.feedback.count(". ") <= 2
    return result


RIGHT = [
    ("mangiavamo", "mangiavamo"),
    ("mangiavamo", "  Mangiavamo. "),
    ("mangiavamo", "«mangiavamo»"),
    ("perché", "PERCHÉ"),
    ("un po'", "un po’"),
    ("l'amico", "l’ amico"),
    ("l'amico", "L' Amico"),
    ("dell'acqua", "dell' acqua"),
    ("c'è", "c' è"),
    ("è", "È"),
    ("fra due ore", "tra due ore"),
    ("sono andati", "sono  andati"),
    ("citta\u0300", "città"),
]


@pytest.mark.parametrize(("key", "answer"), RIGHT)
def test_what_is_only_written_otherwise_is_right(key: str, answer: str) -> None:
    result = graded(a_gap(key), answer)
    assert (result.score, result.faults, result.confidence) == (100, (), 1.0)


TYPED = [
    ("perché", "perche'"),
    ("città", "citta'"),
    ("città", "citta`"),
    ("è", "E'"),
    ("è", "e’"),
    ("parlò", "parlo'"),
    ("né", "ne'"),
    ("c'è", "c' e'"),
    ("perché no", "perche' no"),
]


@pytest.mark.parametrize(("key", "answer"), TYPED)
def test_an_accent_typed_as_an_apostrophe_costs_nothing_and_is_mentioned(key: str, answer: str) -> None:
    result = graded(a_gap(key), answer)
    assert (result.score, result.faults, result.confidence) == (100, (Fault.ACCENT,), 1.0)


FORGIVEN = [
    ("perché", "perche", Fault.ACCENT, 90),
    ("perché", "perchè", Fault.ACCENT, 90),
    ("città", "citta", Fault.ACCENT, 90),
    ("più", "piu", Fault.ACCENT, 90),
    ("fa", "fà", Fault.ACCENT, 90),
    ("qui", "quì", Fault.ACCENT, 90),
    ("sarà", "sara", Fault.ACCENT, 90),
    ("caffè", "caffe", Fault.ACCENT, 90),
    ("mangerò", "mangero", Fault.ACCENT, 90),
    ("università", "universitá", Fault.ACCENT, 90),
    ("e", "ed", Fault.TYPO, 80),
    ("mangiavamo", "mangivamo", Fault.TYPO, 80),
    ("biblioteca", "biblotecca", Fault.TYPO, 80),
    ("studentesse", "studentese", Fault.TYPO, 80),
    ("andranno", "andrano", Fault.TYPO, 80),
    ("sono andati", "sono anadti", Fault.TYPO, 80),
    ("ho mangiato", "ho mangito", Fault.TYPO, 80),
    ("diventò", "divnetò", Fault.TYPO, 80),
]


@pytest.mark.parametrize(("key", "answer", "fault", "score"), FORGIVEN)
def test_a_slip_that_makes_no_other_word_is_forgiven(key: str, answer: str, fault: Fault, score: int) -> None:
    result = graded(a_gap(key), answer)
    assert (result.score, result.faults, result.passed) == (score, (fault,), True)
    assert key in result.feedback


WRONG = [
    ("mangiavamo", "mangiavano", {Fault.PERSON}),
    ("mangiava", "mangiavo", {Fault.PERSON}),
    ("mangiava", "mangiavano", {Fault.NUMBER}),
    ("parlò", "parlava", {Fault.TENSE}),
    ("parlò", "parlo", {Fault.ACCENT, Fault.TENSE, Fault.PERSON}),
    ("parlo", "parlò", {Fault.ACCENT, Fault.TENSE, Fault.PERSON}),
    ("è", "e", {Fault.ACCENT}),
    ("e", "è", {Fault.ACCENT}),
    ("là", "la", {Fault.ACCENT}),
    ("la", "là", {Fault.ACCENT}),
    ("da", "dà", {Fault.ACCENT}),
    ("andrebbe", "andasse", {Fault.MOOD}),
    ("andrebbe", "andrà", {Fault.MOOD}),
    ("avesse", "aveva", {Fault.MOOD}),
    ("nacque", "nasceva", {Fault.TENSE}),
    ("prese", "presero", {Fault.NUMBER}),
    ("tradussero", "traducevano", {Fault.TENSE}),
    ("ha", "è", {Fault.AUXILIARY}),
    ("sono", "hanno", {Fault.AUXILIARY}),
    ("il", "lo", {Fault.ARTICLE}),
    ("il", "la", {Fault.ARTICLE, Fault.GENDER}),
    ("i", "il", {Fault.ARTICLE, Fault.NUMBER}),
    ("un", "il", {Fault.ARTICLE}),
    ("un'", "un", {Fault.APOSTROPHE, Fault.ARTICLE, Fault.GENDER}),
    ("della", "del", {Fault.ARTICLE, Fault.GENDER}),
    ("degli", "dei", {Fault.ARTICLE}),
    ("nella", "sulla", {Fault.PREPOSITION}),
    ("alla", "a", {Fault.ARTICLE}),
    ("alla", "di", {Fault.PREPOSITION, Fault.ARTICLE}),
    ("a", "di", {Fault.PREPOSITION}),
    ("si", "ci", {Fault.PRONOUN}),
    ("bella", "bello", {Fault.GENDER}),
    ("antiche", "antica", {Fault.NUMBER}),
    ("antichi", "antiche", {Fault.GENDER}),
    ("preziosi", "preziosa", {Fault.GENDER, Fault.NUMBER}),
    ("verde", "verdi", {Fault.NUMBER}),
    ("andata", "andati", {Fault.GENDER, Fault.NUMBER}),
    ("po'", "po", {Fault.APOSTROPHE}),
    ("gatto", "cane", {Fault.WRONG_WORD}),
    ("sono andati", "andati sono", {Fault.WORD_ORDER}),
    ("sono andati", "andati", {Fault.MISSING_WORD}),
    ("andati", "sono andati", {Fault.EXTRA_WORD}),
    ("mare", "mrae", {Fault.TYPO}),
    ("mangiavamo", "吃饭", {Fault.WRONG_WORD}),
    ("mangiavamo", "🍝", {Fault.EMPTY}),
]


@pytest.mark.parametrize(("key", "answer", "faults"), WRONG)
def test_what_is_wrong_is_named(key: str, answer: str, faults: set[Fault]) -> None:
    result = graded(a_gap(key, focus=None), answer)
    assert not result.passed
    assert set(result.faults) == faults
    assert key in result.feedback


OTHER_WORDS = [
    ("unità", "unita"),
    ("capacità", "capacita"),
    ("farò", "faro"),
    ("metà", "meta"),
    ("meta", "metà"),
    ("papa", "papà"),
    ("terra", "terrà"),
    ("si", "sì"),
    ("sé", "se"),
    ("li", "lì"),
]


@pytest.mark.parametrize(("key", "answer"), OTHER_WORDS)
def test_an_accent_that_makes_another_word_is_wrong(key: str, answer: str) -> None:
    result = graded(a_gap(key, focus=None), answer)
    assert (result.passed, result.faults[0]) == (False, Fault.ACCENT)


@pytest.mark.parametrize("answer", ["", "   ", "...", "?!", "\n\t", "____"])
def test_an_empty_answer_is_nothing_and_no_error(answer: str) -> None:
    result = graded(a_gap("mangiavamo"), answer)
    assert (result.score, result.faults) == (0, (Fault.EMPTY,))


def test_feedback_names_what_was_written_and_what_was_needed() -> None:
    assert graded(a_gap("mangiavamo"), "mangiavano").feedback == (
        "Il verbo è quello giusto, ma «mangiavano» è la terza persona plurale dell'imperfetto indicativo: "
        "qui serve la prima persona plurale dell'imperfetto indicativo, «mangiavamo»."
    )


def test_every_accepted_alternative_counts() -> None:
    exercise = a_gap("vendé", "Ieri il mercante ____ la casa.", accepted=("vendette",))
    assert graded(exercise, "vendette").score == 100
    assert graded(exercise, "vendeva").faults == (Fault.TENSE,)


@pytest.mark.parametrize(
    "answer", ["l'", "l'amico", "L'amico", "Ho visto l'amico di Paolo.", "ho visto l' amico di paolo"]
)
def test_an_answer_may_repeat_the_words_around_the_gap(answer: str) -> None:
    exercise = a_gap("l'", "Ho visto ____ amico di Paolo.", focus="articles-definite")
    assert graded(exercise, answer).score == 100


def test_the_whole_sentence_with_a_wrong_word_is_wrong() -> None:
    exercise = a_gap("il", "Ho visto ____ cane di Paolo.", focus="articles-definite")
    assert not graded(exercise, "Ho visto lo cane di Paolo.").passed


def a_choice() -> Exercise:
    return a_gap(
        "nella",
        "Dormiva ____ stanza.",
        focus="prepositions-articulated",
        kind=ExerciseKind.MULTIPLE_CHOICE,
        options=("nel", "nella", "nello", "nell'"),
    )


@pytest.mark.parametrize(
    ("answer", "score", "faults"),
    [
        ("nella", 100, set()),
        (" Nella ", 100, set()),
        ("nel", 0, {Fault.ARTICLE, Fault.GENDER}),
        ("nell’", 0, {Fault.ARTICLE}),
        ("sulla", 0, {Fault.PREPOSITION}),
    ],
)
def test_a_choice_is_right_or_wrong(answer: str, score: int, faults: set[Fault]) -> None:
    result = graded(a_choice(), answer)
    assert (100 if result.passed else 0, set(result.faults)) == (score, faults)


OPEN = [
    ("Firenze", "a Firenze", 100, set()),
    ("Firenze", "firenze", 95, {Fault.CAPITAL}),
    ("1321", "nel 1321", 100, set()),
    ("1321", "1322", 0, {Fault.WRONG_WORD}),
    ("Dante Alighieri", "Alighieri Dante", 80, {Fault.WORD_ORDER}),
    ("Dante Alighieri", "Dante Aligheri", 80, {Fault.TYPO}),
    ("Dante Alighieri", "Petrarca", 0, {Fault.WRONG_WORD}),
    ("una piccola stanza privata", "stanza privata piccola", 80, {Fault.WORD_ORDER}),
    ("una piccola stanza privata", "una stanza privata", 64, {Fault.MISSING_WORD}),
    ("una piccola stanza privata", "è una piccola stanza privata per leggere", 80, {Fault.EXTRA_WORD}),
    ("una piccola stanza privata", "non è una piccola stanza privata", 0, {Fault.WRONG_WORD}),
    ("dell'acqua", "dell acqua", 90, {Fault.APOSTROPHE}),
    ("10.000", "10000", 100, set()),
]


@pytest.mark.parametrize(("key", "answer", "score", "faults"), OPEN)
def test_open_answers_are_graded_by_what_they_say(key: str, answer: str, score: int, faults: set[Fault]) -> None:
    result = graded(an_open_question(key), answer)
    assert (result.score, set(result.faults)) == (score, faults)


def test_another_language_is_graded_without_italian_rules() -> None:
    exercise = an_open_question("the Thames", language="en")
    assert graded(exercise, "The Thames").score == 100
    assert graded(exercise, "the Seine").feedback == "That is not it: the answer is “the Thames”."


def test_ten_thousand_characters_are_read_and_one_more_is_not() -> None:
    exercise = an_open_question("Firenze")
    for long in ("a " * (ANSWER_LIMIT // 2), "'" * ANSWER_LIMIT, "l' " * (ANSWER_LIMIT // 3), "è" * ANSWER_LIMIT):
        assert not graded(exercise, long).passed
    with pytest.raises(AnswerTooLong):
        grade(exercise, "a" * (ANSWER_LIMIT + 1), is_word=is_word)
