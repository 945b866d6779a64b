"""What practice needs from outside: stores, a writer of drafts, a lexicon, a scheduler of reviews."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from application.library import ports as library
from application.shared import Page, Window
from domain.accounts import Usage
from domain.practice import (
    Difficulty,
    Draft,
    Exercise,
    ExerciseKind,
    Rating,
    Response,
    ReviewCard,
    ReviewEntry,
    StudyProgress,
)
from domain.shared import ExerciseId, Passage, SourceId, UserId, checked_text

# --- stores -----------------------------------------------------------------------------------------------------------


class ExerciseRepository(Protocol):
    """Exercises inside a transaction."""

    async def add(self, new: Sequence[Exercise]) -> tuple[Exercise, ...]:
        """Store those whose question the owner does not have yet; these are returned, in order.

        Evidence from a chunk or source that is gone is kept without the reference.
        """
        ...

    async def lock(self, *, owner: UserId, id: UUID) -> Exercise:
        """Nobody else changes or deletes it until the transaction ends. Errors: NoSuch, NotYours."""
        ...

    async def save(self, exercise: Exercise) -> None:
        """Attempts, average and due time. Errors: NoSuch, NotYours."""
        ...

    async def delete(self, *, owner: UserId, id: UUID) -> None:
        """With its responses and its review. Errors: NoSuch, NotYours."""
        ...


class ResponseRepository(Protocol):
    """Responses inside a transaction."""

    async def add(self, response: Response) -> None:
        """Errors: AttemptTaken when the owner has a response with this attempt id; NoSuch when the exercise is gone."""
        ...

    async def with_attempt(self, *, owner: UserId, attempt_id: str) -> Response | None:
        """The response that this attempt already has."""
        ...


class ReviewRepository(Protocol):
    """What the scheduler remembers, and the log of all reviews, inside a transaction."""

    async def card(self, *, owner: UserId, exercise_id: ExerciseId) -> ReviewCard | None: ...
    async def save(self, card: ReviewCard, entry: ReviewEntry, *, owner: UserId) -> None:
        """The card as it is now, and one more line of the log."""
        ...


class UnitOfWork(library.UnitOfWork, Protocol):
    @property
    def exercises(self) -> ExerciseRepository: ...
    @property
    def responses(self) -> ResponseRepository: ...
    @property
    def reviews(self) -> ReviewRepository: ...


OpenUnitOfWork: TypeAlias = Callable[[UserId], AbstractAsyncContextManager[UnitOfWork]]


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseFilter:
    """What is None does not restrict. Errors: UnstorableText."""

    kind: ExerciseKind | None = None
    difficulty: Difficulty | None = None
    grammar_focus: str | None = None
    source_id: SourceId | None = None
    answered: bool | None = None

    def __post_init__(self) -> None:
        if self.grammar_focus is not None:
            checked_text(self.grammar_focus, field="grammarFocus")


class ExerciseReader(Protocol):
    """Exercises to show: newest first."""

    async def get(self, *, owner: UserId, id: UUID) -> Exercise:
        """Errors: NoSuch, NotYours."""
        ...

    async def many(self, *, owner: UserId, ids: Sequence[ExerciseId]) -> dict[ExerciseId, Exercise]: ...
    async def page(self, *, owner: UserId, window: Window, where: ExerciseFilter) -> Page[Exercise]: ...
    async def count(self, *, owner: UserId, where: ExerciseFilter) -> int: ...
    async def due(self, *, owner: UserId, at: datetime, limit: int) -> tuple[Exercise, ...]:
        """Those to review at that moment, most overdue first. One that was never answered is not due."""
        ...

    async def fingerprints(self, *, owner: UserId) -> frozenset[str]:
        """Of every question that the owner has."""
        ...


class ResponseReader(Protocol):
    """Responses to show: newest first."""

    async def get(self, *, owner: UserId, id: UUID) -> Response:
        """Errors: NoSuch, NotYours."""
        ...

    async def with_attempt(self, *, owner: UserId, attempt_id: str) -> Response | None: ...
    async def page(self, *, owner: UserId, window: Window) -> Page[Response]: ...
    async def count(self, *, owner: UserId) -> int: ...
    async def progress(self, *, owner: UserId, at: datetime) -> StudyProgress:
        """How the owner is doing at that moment. Days are of UTC."""
        ...


# --- writing and grading ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseBrief:
    """What is wanted. `kinds` is not empty; `avoid` are fingerprints of questions that are there or were refused."""

    count: int
    kinds: tuple[ExerciseKind, ...]
    difficulty: Difficulty
    grammar_focus: str | None = None
    topic: str | None = None
    avoid: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenDrafts:
    """`usage` is what the provider counted for all of them; None when it gives no figures."""

    drafts: tuple[Draft, ...]
    usage: Usage | None = None


class ExerciseWriter(Protocol):
    """Writes drafts from passages, in the passages' language. Whatever it writes is judged by the gates."""

    def knows(self, language: str) -> bool:
        """Whether it can write in this language (`it`)."""
        ...

    async def write(self, brief: ExerciseBrief, passages: Sequence[Passage]) -> WrittenDrafts:
        """Up to `brief.count` drafts; fewer when the passages do not hold so many. Errors: Unavailable, RateLimited."""
        ...


class Lexicon(Protocol):
    """Knows the words of a language."""

    def is_word(self, word: str, language: str) -> bool:
        """Whether a word in lower case is one. False for everything in a language that it does not know."""
        ...


class ReviewScheduler(Protocol):
    """Decides when to see an exercise again."""

    def review(self, card: ReviewCard | None, *, exercise_id: ExerciseId, rating: Rating, at: datetime) -> ReviewCard:
        """The card after a review at that moment; None stands for an exercise that was never reviewed."""
        ...
