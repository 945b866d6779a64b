"""What holds of every answer, whatever it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.practice import ANSWER_LIMIT, Tense, form_of, forms_of, grade, normalised, tokens
from tests.unit.test_grading import a_gap, graded, is_word

_ALPHABET = st.sampled_from(list("aàbceèéhilmnopstu'’`. ,«»\"?\n0.1E'"))


@given(st.one_of(st.text(max_size=40), st.text(_ALPHABET, max_size=40)))
def test_what_is_normalised_stays_as_it_is(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once
    assert normalised(text, language="en") == normalised(normalised(text, language="en"), language="en")


@given(st.text(_ALPHABET, max_size=40))
def test_tokens_keep_every_letter(text: str) -> None:
    known = normalised(text)
    assert [c for c in "".join(tokens(known)) if c.isalnum()] == [c for c in known if c.isalnum()]


VERBS = [
    "mangiare",
    "cercare",
    "studiare",
    "parlare",
    "prendere",
    "leggere",
    "vendere",
    "sapere",
    "partire",
    "finire",
    "uscire",
    "venire",
    "tenere",
    "essere",
    "avere",
    "andare",
    "fare",
    "dire",
    "stare",
    "dare",
    "potere",
    "volere",
    "dovere",
    "vedere",
    "scrivere",
    "mettere",
    "correre",
    "nascere",
    "tradurre",
    "proporre",
    "trarre",
]


@given(st.sampled_from(VERBS), st.data())
def test_no_other_form_of_the_paradigm_is_accepted(verb: str, data: st.DataObject) -> None:
    forms = sorted({form.text for form in forms_of(verb)})
    key, other = data.draw(st.sampled_from(forms)), data.draw(st.sampled_from(forms))
    result = grade(a_gap(key), other, is_word=is_word)
    assert result.passed is (key == other), (key, other, result)


@pytest.mark.parametrize("verb", VERBS)
def test_no_form_of_a_verb_is_a_slip_of_another_even_without_a_lexicon(verb: str) -> None:
    forms = [form_of(verb, tense, person=3, plural=plural) for tense in Tense for plural in (False, True)]
    present = sorted({form for form in forms if form})
    known = {form.text for form in forms_of(verb) if form.tense in (Tense.INFINITIVE, Tense.GERUND)}
    for key in present:
        for other in present:
            result = grade(a_gap(key), other, is_word=known.__contains__)
            assert result.passed is (key == other) or _differ_in_a_grave(key, other), (key, other)


def _differ_in_a_grave(key: str, other: str) -> bool:
    return key.replace("é", "è") == other.replace("é", "è")


@pytest.mark.parametrize("answer", ["è" * ANSWER_LIMIT, "aàèì" * (ANSWER_LIMIT // 4), "l'" * (ANSWER_LIMIT // 2)])
def test_an_endless_word_is_wrong_at_once(answer: str) -> None:
    assert grade(a_gap("parlò"), answer, is_word=is_word).score == 0


def test_an_accent_is_read_after_a_digit_too() -> None:
    assert normalised("il 3e' posto") == "il 3è posto"


# --- any answer -------------------------------------------------------------------------------------------------------

_TYPED = st.one_of(st.text(max_size=40), st.text(_ALPHABET, max_size=40))
_KEYS = ["mangiavamo", "è", "un po'", "l'", "perché", "nella", "sono andati", "Roma", "più", "dell'acqua", "gli"]
_WORD = st.text(st.sampled_from(list("abcdefghilmnopqrstuvzàèéìòù'")), min_size=1, max_size=12)


@given(st.sampled_from(_KEYS), _TYPED)
def test_any_answer_gets_a_grade(key: str, answer: str) -> None:
    result = graded(a_gap(key, focus=None), answer)
    assert 0 <= result.score <= 100
    assert (result.score == 100) or result.faults


@given(st.one_of(_TYPED, _WORD).filter(lambda text: bool(tokens(normalised(text)))))
def test_a_key_is_right_when_it_is_given(key: str) -> None:
    assert graded(a_gap(key, focus=None), key).score == 100


@given(st.sampled_from(_KEYS), _WORD)
def test_case_and_what_stands_around_an_answer_change_nothing(key: str, answer: str) -> None:
    exercise = a_gap(key.lower(), focus=None)
    as_typed = graded(exercise, answer)
    for other in (answer[0].upper() + answer[1:], answer.upper(), f"  {answer}. ", f"«{answer}»"):
        assert graded(exercise, other) == as_typed


@given(st.sampled_from(_KEYS), st.sampled_from(_KEYS), _WORD)
def test_one_more_accepted_answer_never_lowers_a_grade(key: str, other: str, answer: str) -> None:
    alone = graded(a_gap(key, focus=None), answer)
    assert graded(a_gap(key, focus=None, accepted=(other,)), answer).score >= alone.score


@given(st.sampled_from(VERBS), st.data())
def test_what_is_a_word_is_never_taken_for_another(verb: str, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted({form.text for form in forms_of(verb)})))
    place = data.draw(st.integers(0, len(key) - 1))
    slip = key[:place] + data.draw(st.sampled_from("aeiobcdlmnprst")) + key[place + 1 :]
    if normalised(slip) != key and is_word(slip):
        assert not graded(a_gap(key, focus=None), slip).passed
