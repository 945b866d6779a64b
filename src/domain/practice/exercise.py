"""An exercise: a question whose key is proved by a quotation, and which keeps its key until it has been answered."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from domain.shared import ChunkId, ExerciseId, Quotation, SourceId, UserId, without_accents

GAP = "____"
"""Where the answer goes. The gapped sentence is the last line of a question; what is asked stands before it."""


class ExerciseKind(StrEnum):
    MULTIPLE_CHOICE = "MULTIPLE_CHOICE"
    FILL_GAP = "FILL_GAP"
    SINGLE_ANSWER = "SINGLE_ANSWER"


class Difficulty(StrEnum):
    BEGINNER = "BEGINNER"
    INTERMEDIATE = "INTERMEDIATE"
    ADVANCED = "ADVANCED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An exercise as a writer proposes it, to be judged by the gates. `accepted` are right answers beside the key."""

    kind: ExerciseKind
    difficulty: Difficulty
    language: str
    question: str
    key: str
    explanation: str
    evidence: Quotation
    accepted: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    grammar_focus: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The verbatim words that prove the key. The ids are None when the chunk, or the whole source, is gone."""

    quote: str
    start: int
    end: int
    page: int | None = None
    chunk_id: ChunkId | None = None
    source_id: SourceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What an exercise shows once it has been answered."""

    key: str
    accepted: tuple[str, ...]
    explanation: str
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """`average_score` is None until it was attempted, then 0 to 100. `due_at` is when to see it again."""

    id: ExerciseId
    owner: UserId
    kind: ExerciseKind
    difficulty: Difficulty
    language: str
    question: str
    key: str
    explanation: str
    evidence: Evidence
    created_at: datetime
    accepted: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    grammar_focus: str | None = None
    times_attempted: int = 0
    average_score: float | None = None
    due_at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.question)

    @property
    def solution(self) -> Solution | None:
        """None until it was answered: key, explanation and evidence stay sealed."""
        if self.times_attempted == 0:
            return None
        return Solution(key=self.key, accepted=self.accepted, explanation=self.explanation, evidence=self.evidence)

    def attempted(self, score: int, *, due_at: datetime | None) -> Exercise:
        """Answered once more, for `score` points of 100."""
        attempts = self.times_attempted + 1
        return replace(self, times_attempted=attempts, average_score=(self._points + score) / attempts, due_at=due_at)

    def regraded(self, *, before: int, after: int, due_at: datetime | None) -> Exercise:
        """One of its answers has `after` points now, in place of `before`."""
        average = (self._points - before + after) / self.times_attempted
        return replace(self, average_score=average, due_at=due_at)

    def accepting(self, answer: str) -> Exercise:
        """With one more right answer beside the key."""
        return replace(self, accepted=(*self.accepted, answer))

    @property
    def _points(self) -> int:
        """Of all answers together: a whole number, so that no average carries the rounding of the one before."""
        return round((self.average_score or 0.0) * self.times_attempted)


def exercise_from(draft: Draft, *, id: ExerciseId, owner: UserId, at: datetime) -> Exercise:
    """The exercise of a draft that passed the gates."""
    quotation = draft.evidence
    return Exercise(
        id=id,
        owner=owner,
        kind=draft.kind,
        difficulty=draft.difficulty,
        language=draft.language,
        question=draft.question,
        key=draft.key,
        explanation=draft.explanation,
        evidence=Evidence(
            quote=quotation.quote,
            start=quotation.start,
            end=quotation.end,
            page=quotation.page,
            chunk_id=quotation.chunk_id,
            source_id=quotation.source_id,
        ),
        created_at=at,
        accepted=draft.accepted,
        options=draft.options,
        grammar_focus=draft.grammar_focus,
    )


def folded(text: str) -> str:
    """For comparing: without case, accents and punctuation, words one space apart."""
    return " ".join(re.findall(r"_{2,}|[^\W_]+", without_accents(text.casefold())))


def fingerprint(question: str) -> str:
    """The same for questions that differ only in case, accents, punctuation and spaces; 64 hexadecimal digits.

    Of a gapped sentence only the sentence counts: the same gap is the same question, however it is asked for.
    """
    return sha256(folded(gapped_sentence(question) or question).encode()).hexdigest()


def seeded_order(question: str, options: tuple[str, ...]) -> tuple[str, ...]:
    """The options in an order that only the question decides, so that the key's place tells nothing."""
    return tuple(sorted(options, key=lambda option: sha256(f"{question}\0{option}".encode()).digest()))


def gapped_sentence(question: str) -> str | None:
    """The sentence with the gap: the last line of the question, if the gap is there."""
    last = question.rstrip().rsplit("\n", maxsplit=1)[-1]
    return last if GAP in last else None


def filled(sentence: str, filler: str) -> str:
    """The sentence with its gap filled, and spaces as print has them (none after an elision, none before a comma)."""
    text = " ".join(sentence.replace(GAP, filler, 1).replace("’", "'").split())
    return re.sub(r"(?<=[^\W\d_aeiouAEIOU])' (?=\w)", "'", text)
