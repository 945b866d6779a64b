"""Open answers, by the words that carry meaning: agreement and function words are not what was asked.

An answer passes that says something of the key, nothing against it, and little else. How sure that is depends on how
much is shared: what the rules leave open is for a judge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

from domain.practice import feedback
from domain.practice.diagnosis import diagnose
from domain.practice.exercise import Exercise
from domain.practice.faults import Fault, IsWord
from domain.practice.function_words import ARTICLES, ARTICULATED, SIMPLE_PREPOSITIONS
from domain.practice.grades import PASS_SCORE, TYPO_SCORE, Finding, Grade
from domain.practice.normalising import normalised, tokens
from domain.practice.open_answers_conflicts import Conflict
from domain.practice.open_answers_likeness import Likeness, likeness
from domain.practice.open_answers_terms import NEGATIONS, READ_LIMIT, Term, terms
from domain.practice.wordlists import words

OPEN_ANSWER_SETTLED = 0.9
"""From this confidence on an open answer is settled by rule; below it a judge is worth asking."""

LEAST_OVERLAP = 0.25
"""Where answer and key each say something that the other does not: the harmonic mean of what they share."""
LEAST_PART = 0.15
"""Of a long key this much must be said, unless by a name or a number: one word is not yet an explanation."""
LEAST_SHARE = 0.1
"""What the key has a smaller share in than this is a copied page, not an answer."""

_LEADING = frozenset(chain(ARTICLES, ARTICULATED, SIMPLE_PREPOSITIONS, ("dell'", "all'", "nell'", "d'")))
_ALTERNATIVES = frozenset(words("o od oppure or"))
_JOINING = _ALTERNATIVES | frozenset(words("e ed and"))
_ASKING = frozenset(
    words(
        "chi che cosa cos' quale quali qual quando dove dov' come com' perché quanto quanta quanti quante quant' "
        "who what which when where why how whom whose"
    )
)
_NOTHING = frozenset(
    {"boh", "non so", "non lo so", "non ricordo", "non mi ricordo", "nessuna idea", "non ne ho idea"}
    | {"i don't know", "don't know", "dunno", "idk", "no idea"}
)
_SHORT = 40
_SURE_AGAINST = (Conflict.NUMBER, Conflict.NEGATION, Conflict.OPPOSITE)


def best(findings: Iterable[Finding]) -> Finding:
    """What the accepted answers together make of an answer; of refusals the least sure one counts."""
    return max(findings, key=lambda found: (found.score, found.confidence * (1 if found.score >= PASS_SCORE else -1)))


def is_settled(grade: Grade) -> bool:
    """Whether the rules are sure enough of what an open answer is worth."""
    return grade.confidence >= OPEN_ANSWER_SETTLED


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


def contradicted(exercise: Exercise, answer: str, wanted: str, *, is_word: IsWord) -> Finding | None:
    """What an answer is worth that says another number than the key, or the contrary; None if it does not.

    Asked before spelling is forgiven: `XVII` is near `XVIII`, and another century.
    """
    *_, seen = _read(exercise, answer, wanted, is_word)
    return _wrong(wanted, exercise.language, confidence=0.95) if seen.conflict in _SURE_AGAINST else None


def by_content(exercise: Exercise, answer: str, wanted: str, *, is_word: IsWord) -> Finding:
    """What an open answer is worth beside one accepted answer, by what it says. Never raises."""
    language = exercise.language
    mine, keys, seen = _read(exercise, answer, wanted, is_word)
    if len(answer) < _SHORT and normalised(answer, language=language) in _NOTHING:
        return _wrong(wanted, language, confidence=1.0)
    if seen.conflict is not None and not (seen.conflict is Conflict.REPEATED and _offers(exercise)):
        return _wrong(wanted, language, confidence=0.95 if seen.conflict in _SURE_AGAINST else 0.75)
    if not _says_something(exercise, seen):
        return _wrong(wanted, language, confidence=0.92 if seen.clash else 0.8)
    if not seen.missing and not seen.extra:
        return _all_said(mine, keys, seen, wanted, is_word, language)
    score, confidence = _score(seen), _confidence(seen)
    joining = _joined(exercise, answer, wanted)
    if seen.names_more and _ALTERNATIVES & joining:  # `Firenze o Roma`: the student has not said which
        score, confidence = min(score, PASS_SCORE - 10), 0.7
    elif seen.names_more or (seen.extra and joining) or _first_name_only(keys, seen):
        score, confidence = min(score, PASS_SCORE), min(confidence, 0.8)
    faults = list(_slips(seen, is_word, language))
    faults.extend((Fault.MISSING_WORD,) if seen.missing else ())
    faults.extend((Fault.EXTRA_WORD,) if seen.extra else ())
    key = "partial" if seen.missing or score < PASS_SCORE else "extra"
    sentence = feedback.told(key, wanted=wanted, language=language)
    return Finding(score=score, sentence=sentence, faults=distinct(faults), confidence=confidence)


def _read(
    exercise: Exercise, answer: str, wanted: str, is_word: IsWord
) -> tuple[Sequence[Term], Sequence[Term], Likeness]:
    language = exercise.language
    mine, keys, asked = (terms(text, language=language) for text in (answer, wanted, exercise.question))
    return mine, keys, likeness(mine, keys, asked=asked, is_word=is_word, language=language)


def _wrong(wanted: str, language: str, *, confidence: float) -> Finding:
    sentence = feedback.told("wrong", wanted=wanted, language=language)
    return Finding(score=0, sentence=sentence, faults=(Fault.WRONG_WORD,), confidence=confidence)


def _says_something(exercise: Exercise, seen: Likeness) -> bool:
    """Whether a word of the key was said; `non` alone says something only where yes or no was asked."""
    said = [key for _, key in seen.matched]
    return bool(said) and (not NEGATIONS.issuperset(said) or not _ASKING & _asked(exercise))


def _asked(exercise: Exercise) -> set[str]:
    return set(tokens(normalised(exercise.question, language=exercise.language)))


def _offers(exercise: Exercise) -> bool:
    """Whether the question names what to choose from."""
    return bool(_ALTERNATIVES & _asked(exercise))


def _all_said(
    mine: Sequence[Term], keys: Sequence[Term], seen: Likeness, wanted: str, is_word: IsWord, language: str
) -> Finding:
    """All of the key and nothing else: perhaps in other forms, in another order, or with other function words."""
    said = {key for _, key in seen.matched}
    given, right = [term.text for term in mine], [term.text for term in keys if term.text in said]
    if given == right or (Counter(given) == Counter(right) and _is_list(wanted)):
        return Finding(score=100, sentence=feedback.told("right", wanted=wanted, language=language), confidence=0.95)
    if Counter(given) == Counter(right):
        sentence = feedback.told("order", wanted=wanted, language=language)
        confidence = 0.95 if len(right) <= 3 else 0.75  # who did what to whom
        return Finding(score=TYPO_SCORE, sentence=sentence, faults=(Fault.WORD_ORDER,), confidence=confidence)
    slips = _slips(seen, is_word, language)
    sentence = feedback.told("typo" if Fault.TYPO in slips else "form", wanted=wanted, language=language)
    return Finding(score=TYPO_SCORE, sentence=sentence, faults=slips, confidence=0.9)


def _is_list(text: str) -> bool:
    return any(mark in f" {text.casefold()} " for mark in (",", ";", " e ", " ed ", " and ", " & "))


def _score(seen: Likeness) -> int:
    overlap = 2 * seen.recall * seen.precision / (seen.recall + seen.precision)
    little = seen.recall < LEAST_PART and not seen.telling
    if little or seen.precision < LEAST_SHARE or (seen.missing and seen.extra and overlap < LEAST_OVERLAP):
        return min(round(TYPO_SCORE * overlap), PASS_SCORE - 1)
    if not seen.missing:
        return TYPO_SCORE if seen.precision >= 0.5 else PASS_SCORE
    return max(PASS_SCORE, round(TYPO_SCORE * overlap))


def _confidence(seen: Likeness) -> float:
    """High where one side holds all of the other and little more, low where each says what the other does not."""
    if seen.missing and seen.extra:
        return 0.7
    enough = seen.recall >= 0.5 if seen.missing else seen.precision >= 0.3
    return 0.95 if enough else 0.8


def _joined(exercise: Exercise, answer: str, wanted: str) -> frozenset[str]:
    """The conjunctions with which an answer adds something, where the key is no list."""
    texts = (answer[:READ_LIMIT], wanted)
    said, right = (frozenset(tokens(normalised(text, language=exercise.language))) for text in texts)
    return frozenset() if right & (_JOINING | NEGATIONS) else said & _JOINING


def _first_name_only(keys: Sequence[Term], seen: Likeness) -> bool:
    """`Alessandro` for `Alessandro Manzoni`."""
    said = {key for _, key in seen.matched}
    return seen.missing and all(term.name for term in keys) and keys[-1].text not in said


def _slips(seen: Likeness, is_word: IsWord, language: str) -> tuple[Fault, ...]:
    """Slips of the pen in words that were counted as said."""
    compared = [diagnose(given, key, is_word=is_word, language=language) for given, key in seen.matched if given != key]
    return distinct(chain.from_iterable(found.faults for found in compared if found.forgiven))


def distinct(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Each once, in order."""
    return tuple(dict.fromkeys(faults))
