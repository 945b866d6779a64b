"""Open answers, by the words that carry meaning: agreement and function words are not what was asked."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from domain.practice import feedback
from domain.practice.diagnosis import Fault, IsWord, diagnose
from domain.practice.exercise import Exercise
from domain.practice.function_words import ARTICLES, ARTICULATED, SIMPLE_PREPOSITIONS
from domain.practice.grades import PASS_SCORE, TYPO_SCORE, WRONG_FORM_SCORE, Finding
from domain.practice.wordlists import words
from domain.shared import without_accents

LEAST_PART = 0.3
"""An open answer passes when it says at least this share of the key's words and nothing else."""

_LEADING = frozenset(chain(ARTICLES, ARTICULATED, SIMPLE_PREPOSITIONS, ("dell'", "all'", "nell'", "d'")))
_EMPTY_WORDS = _LEADING | frozenset(words("e ed o che è era fu sono si ad circa anche the a an of in"))
_NEGATIONS = frozenset(words("non né senza nessun nessuno nessuna mai not no"))


def without_leading(words: tuple[str, ...]) -> tuple[str, ...]:
    """`la macchina` and `macchina`, `nel 1321` and `1321` answer alike."""
    start = 0
    while start < len(words) - 1 and words[start] in _LEADING:
        start += 1
    return words[start:]


def lost_capital(exercise: Exercise, answer: str, wanted: str) -> bool:
    """A name that the source writes with a capital inside the sentence, and the student without any."""
    place = exercise.evidence.quote.find(wanted)
    return place > 0 and wanted[:1].isupper() and not any(letter.isupper() for letter in answer)


def by_content(mine: tuple[str, ...], keys: tuple[str, ...], wanted: str, is_word: IsWord, language: str) -> Finding:
    """Open answers by the words that carry meaning: all of them passes, some of them is partly right."""
    given, right = _content(mine), _content(keys)
    left = list(given)
    faults: list[Fault] = []
    matched = 0
    for key in right:
        hit = next((word for word in left if _same_content(word, key, is_word, language)), None)
        if hit is not None:
            left.remove(hit)
            matched += 1
            faults.extend(diagnose(hit, key, is_word=is_word, language=language).faults)
    recall, precision = matched / len(right), matched / max(1, len(given))
    turned = bool(_NEGATIONS & set(mine)) != bool(_NEGATIONS & set(keys))
    if not matched or turned:
        sentence = feedback.told("wrong", wanted=wanted, language=language)
        return Finding(score=0, sentence=sentence, faults=(Fault.WRONG_WORD,), confidence=0.6)
    overlap = 2 * recall * precision / (recall + precision)
    if recall == 1:
        score = TYPO_SCORE if precision >= 0.5 else PASS_SCORE if precision >= 0.2 else WRONG_FORM_SCORE
        faults.extend((Fault.EXTRA_WORD,) if left else ())
        key = "extra" if left else "form"
    else:
        score = round(TYPO_SCORE * overlap)
        if precision == 1 and recall >= LEAST_PART:
            score = max(score, PASS_SCORE)  # nothing wrong was said, and the heart of it was
        faults.append(Fault.MISSING_WORD)
        key = "partial"
    sentence = feedback.told(key, wanted=wanted, language=language)
    return Finding(score=score, sentence=sentence, faults=distinct(faults), confidence=0.7)


def _content(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in _EMPTY_WORDS) or words


def _same_content(word: str, key: str, is_word: IsWord, language: str) -> bool:
    """The same word, in whatever form: in an open answer agreement is not what was asked."""
    if word == key:
        return True
    if any(character.isdigit() for character in word + key):
        return False
    if diagnose(word, key, is_word=is_word, language=language).forgiven:
        return True
    shorter = min(len(word), len(key))
    return (
        shorter >= 4
        and without_accents(word)[: shorter - 1] == without_accents(key)[: shorter - 1]
        and (abs(len(word) - len(key)) <= 2)
    )


def distinct(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Each once, in order."""
    return tuple(dict.fromkeys(faults))
