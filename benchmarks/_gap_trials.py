"""Gaps to be filled, and answers typed into them: what the benchmark of grading is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher
from uuid import UUID

from rapidfuzz.distance import OSA

from adapters.offline.lexicon import OfflineLexicon
from benchmarks._gold_morphology import GoldSentence, GoldWord
from domain.practice import GAP, Difficulty, Evidence, Exercise, ExerciseKind, Grade, grade
from domain.shared import ExerciseId, user_id_of

_OWNER = user_id_of("benchmark")
_LEXICON = OfflineLexicon()
_AT = datetime(2026, 1, 1, tzinfo=UTC)


def is_word(word: str) -> bool:
    """The product's own word lists."""
    return _LEXICON.is_word(word, "it")


@dataclass(frozen=True, slots=True)
class Trial:
    """`sentence` holds the gap; `about` is what the answer has that the key has not (`strip`, `insertion`, ...)."""

    key: str
    answer: str
    sentence: str = GAP
    about: str = ""

    def graded(self) -> Grade:
        """As the product grades it."""
        return grade(a_gap(self.key, self.sentence), self.answer, is_word=is_word)


def a_gap(key: str, sentence: str = GAP) -> Exercise:
    """An exercise that asks for the word missing in a sentence of the evaluation data."""
    quote = sentence.replace(GAP, key, 1)
    return Exercise(
        id=ExerciseId(UUID(int=1)),
        owner=_OWNER,
        kind=ExerciseKind.FILL_GAP,
        difficulty=Difficulty.BEGINNER,
        language="it",
        question=f"Completa la frase.\n{sentence}",
        key=key,
        explanation="",
        evidence=Evidence(quote=quote, start=0, end=len(quote)),
        created_at=_AT,
    )


def gapped(sentence: GoldSentence, word: GoldWord) -> str:
    return sentence.text[: word.start] + GAP + sentence.text[word.start + len(word.text) :]


BASELINES: dict[str, Callable[[str, str], bool]] = {
    "difflib_85": lambda answer, key: SequenceMatcher(None, answer.lower(), key.lower()).ratio() >= 0.85,
    "edit_distance_1": lambda answer, key: OSA.distance(answer.lower(), key.lower()) <= 1,
}
"""What most quiz programs do: accept what looks alike. Neither names a fault."""
