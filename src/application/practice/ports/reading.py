"""Exercises and answers to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.shared import Page, Window
from domain.practice import Difficulty, Exercise, ExerciseKind, Response, StudyProgress
from domain.shared import ExerciseId, SourceId, UserId, checked_text


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
