"""Grading by rules: every accepted alternative, slips forgiven where they make no other word, faults named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

from domain.practice import feedback
from domain.practice.diagnosis import diagnose
from domain.practice.exercise import Exercise, ExerciseKind
from domain.practice.faults import Diagnosis, Fault, IsWord
from domain.practice.function_words import EQUIVALENT
from domain.practice.grades import ACCENT_SCORE, TYPO_SCORE, WRONG_FORM_SCORE, Finding, Grade, RubricLine
from domain.practice.normalising import has_typed_accents, normalised, tokens
from domain.practice.open_answers import best, by_content, contradicted, distinct, lost_capital, without_leading
from domain.practice.reading import around, readings
from domain.practice.wrong_words import spacing, wrong_words
from domain.shared import InvalidInput

ANSWER_LIMIT = 10_000
ANSWER_TOKENS = 300
"""Words beyond these are not read: no key is that long."""


class AnswerTooLong(InvalidInput):
    def __init__(self, actual: int) -> None:
        super().__init__(
            f"An answer has at most {ANSWER_LIMIT:,} characters.", field="answer", limit=ANSWER_LIMIT, actual=actual
        )


def grade(exercise: Exercise, answer: str, *, is_word: IsWord) -> Grade:
    """The best that any accepted answer makes of it. Errors: AnswerTooLong."""
    if len(answer) > ANSWER_LIMIT:
        raise AnswerTooLong(len(answer))
    language = exercise.language
    given = normalised(answer, language=language)
    if not tokens(given):
        sentence = feedback.told("empty", wanted=exercise.key, language=language)
        return _graded(exercise, Finding(score=0, sentence=sentence, faults=(Fault.EMPTY,)))
    if exercise.kind is ExerciseKind.MULTIPLE_CHOICE:
        chosen = _chosen(exercise, given)
        if chosen is not None and chosen != exercise.key:
            return _graded(exercise, _wrong_choice(exercise, chosen, is_word))
    given = _inside_the_gap(exercise, given)
    findings = [_compare(exercise, answer, given, wanted, is_word) for wanted in (exercise.key, *exercise.accepted)]
    return _graded(exercise, best(findings))


def _graded(exercise: Exercise, finding: Finding) -> Grade:
    return Grade(
        score=finding.score,
        rubric=_rubric(exercise, finding),
        feedback=finding.sentence,
        faults=finding.faults,
        confidence=finding.confidence,
    )


def _rubric(exercise: Exercise, finding: Finding) -> tuple[RubricLine, ...]:
    italian = exercise.language == "it"
    if exercise.kind is ExerciseKind.MULTIPLE_CHOICE:
        return (RubricLine("Scelta" if italian else "Choice", finding.score, 100),)
    spelling = max(0, finding.score - TYPO_SCORE)
    rest = finding.score - spelling
    form = "Ortografia" if italian else "Spelling"
    if exercise.kind is ExerciseKind.SINGLE_ANSWER:
        return (
            RubricLine("Contenuto" if italian else "Content", rest, TYPO_SCORE),
            RubricLine(form, spelling, 100 - TYPO_SCORE),
        )
    word = min(rest, WRONG_FORM_SCORE)
    return (
        RubricLine("Parola" if italian else "Word", word, WRONG_FORM_SCORE),
        RubricLine("Forma" if italian else "Form", rest - word, TYPO_SCORE - WRONG_FORM_SCORE),
        RubricLine(form, spelling, 100 - TYPO_SCORE),
    )


# --- choices and gaps -------------------------------------------------------------------------------------------------


def _chosen(exercise: Exercise, given: str) -> str | None:
    for option in exercise.options:
        if normalised(option, language=exercise.language) == given:
            return option
    return None


def _wrong_choice(exercise: Exercise, chosen: str, is_word: IsWord) -> Finding:
    """A distractor was chosen. Its fault is named where key and distractor are single words."""
    language = exercise.language
    pair = (tokens(normalised(chosen, language=language)), tokens(normalised(exercise.key, language=language)))
    faults: tuple[Fault, ...] = (Fault.WRONG_WORD,)
    sentence = feedback.told("wrong", wanted=exercise.key, language=language, lesson=exercise.explanation)
    if exercise.grammar_focus and len(pair[0]) == len(pair[1]) == 1:
        (reading,) = readings(exercise, pair[1], is_word=is_word)
        diagnosis = diagnose(pair[0][0], pair[1][0], is_word=is_word, language=language, reading=reading)
        faults = diagnosis.faults or faults
        sentence = feedback.told_of_word(diagnosis, language=language, lesson=exercise.explanation)
    return Finding(score=0, sentence=sentence, faults=faults)


def _inside_the_gap(exercise: Exercise, given: str) -> str:
    """Only what belongs in the gap, from an answer that repeats the sentence around it, or the word after it."""
    before, after = around(exercise)
    if not (before or after):
        return given
    words = tokens(given)
    longest = max(
        len(tokens(normalised(key, language=exercise.language))) for key in (exercise.key, *exercise.accepted)
    )
    if len(words) <= longest:
        return given
    for start, end in ((len(before), len(words) - len(after)), (0, len(words) - 1)):
        head, inner, tail = words[:start], words[start:end], words[end:]
        if 0 <= start < end and len(inner) <= longest and head == before[:start] and tail == after[: len(tail)]:
            return " ".join(inner).replace("' ", "'")
    return given


# --- words ------------------------------------------------------------------------------------------------------------


def _compare(exercise: Exercise, answer: str, given: str, wanted: str, is_word: IsWord) -> Finding:
    language = exercise.language
    right = normalised(wanted, language=language)
    open_answer = exercise.kind is ExerciseKind.SINGLE_ANSWER
    mine, keys = tokens(given)[:ANSWER_TOKENS], tokens(right)
    misplaced = mine != keys and (open_answer or len(mine) != len(keys))
    spaces = spacing(exercise, mine, keys, wanted) if misplaced else None
    if open_answer:
        mine, keys = without_leading(mine), without_leading(keys)
        if turned := contradicted(exercise, answer, wanted, is_word=is_word):
            return turned
    if given == right or _alike(mine, language) == _alike(keys, language):
        return _right(exercise, answer, wanted)
    if len(mine) == len(keys):
        asked = readings(exercise, keys, is_word=is_word)
        by_word = [
            diagnose(one, key, is_word=is_word, language=language, reading=reading)
            for one, key, reading in zip(mine, keys, asked, strict=True)
        ]
        if all(diagnosis.forgiven for diagnosis in by_word):
            return _forgiven(by_word, wanted, language)
    if spaces:
        return spaces
    if open_answer:
        return by_content(exercise, answer, wanted, is_word=is_word)
    if Counter(mine) == Counter(keys):
        sentence = feedback.told("order", wanted=wanted, language=language)
        return Finding(score=WRONG_FORM_SCORE, sentence=sentence, faults=(Fault.WORD_ORDER,))
    return wrong_words(exercise, mine, keys, wanted, is_word)


def _alike(words: tuple[str, ...], language: str) -> tuple[str, ...]:
    return tuple(EQUIVALENT.get(word, word) for word in words) if language == "it" else words


def _right(exercise: Exercise, answer: str, wanted: str) -> Finding:
    """Right to the letter; a name's capital, and accents written as apostrophes, are mentioned."""
    language = exercise.language
    if lost_capital(exercise, answer, wanted) and not _may_start_a_sentence(exercise, wanted):
        sentence = feedback.told("capital", wanted=wanted, language=language)
        return Finding(score=95, sentence=sentence, faults=(Fault.CAPITAL,))
    if language == "it" and has_typed_accents(answer) and not has_typed_accents(wanted):
        sentence = feedback.told("typed_accent", wanted=wanted, language=language)
        return Finding(score=100, sentence=sentence, faults=(Fault.ACCENT,))
    return Finding(score=100, sentence=feedback.told("right", wanted=wanted, language=language))


def _may_start_a_sentence(exercise: Exercise, wanted: str) -> bool:
    """Whether what asks for the capital may be the place, and not the word."""
    before = exercise.evidence.quote.partition(wanted)[0].rstrip(' \t\n«“"(—–-')
    return before == "" or before[-1] in ".!?…"


def _forgiven(by_word: Sequence[Diagnosis], wanted: str, language: str) -> Finding:
    faults = distinct(chain.from_iterable(diagnosis.faults for diagnosis in by_word))
    typo = Fault.TYPO in faults
    return Finding(
        score=TYPO_SCORE if typo else ACCENT_SCORE,
        sentence=feedback.told("typo" if typo else "accent", wanted=wanted, language=language),
        faults=faults,
        confidence=0.95,
    )
