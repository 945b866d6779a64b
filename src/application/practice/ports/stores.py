"""Exercises, answers and reviews inside a transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias
from uuid import UUID

from application.library import ports as library
from domain.practice import Exercise, Response, ReviewCard, ReviewEntry
from domain.shared import ExerciseId, UserId


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
        """Attempts, average, due time and accepted answers. Errors: NoSuch, NotYours."""
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

    async def get(self, *, owner: UserId, id: UUID) -> Response:
        """As it is now. Whoever changes it holds its exercise's lock. Errors: NoSuch, NotYours."""
        ...

    async def of_exercise(self, *, owner: UserId, exercise_id: ExerciseId) -> tuple[Response, ...]:
        """All answers to one exercise, oldest first."""
        ...

    async def save(self, response: Response) -> None:
        """Grade, passages to review, next review and appeal. Errors: NoSuch, NotYours."""
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
