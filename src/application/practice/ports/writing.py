"""Who writes exercises, and who tries to solve them without being told the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from domain.accounts import Usage
from domain.practice import Difficulty, Draft, ExerciseKind, Rejection
from domain.shared import Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedDraft:
    """A draft of an earlier try, and the gate that it failed."""

    draft: Draft
    rejection: Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseBrief:
    """What is wanted. `kinds` is not empty; `avoid` are fingerprints of questions that are there or were refused.

    `failed` are drafts of the first try: each is to be mended, or replaced where it can't be.
    """

    count: int
    kinds: tuple[ExerciseKind, ...]
    difficulty: Difficulty
    grammar_focus: str | None = None
    topic: str | None = None
    avoid: frozenset[str] = field(default_factory=frozenset)
    failed: tuple[FailedDraft, ...] = ()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsolvedItem:
    """An exercise as one sees it who does not know its key; without its passage where that is None."""

    language: str
    question: str
    options: tuple[str, ...] = ()
    passage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SolvedItems:
    """An answer for each item, in order; empty where none was found."""

    answers: tuple[str, ...]
    usage: Usage | None = None


class ItemSolver(Protocol):
    """Answers exercises blind, so that an item which needs no passage, or has another answer, is found out."""

    async def solve(self, items: Sequence[UnsolvedItem]) -> SolvedItems:
        """Errors: Unavailable, RateLimited."""
        ...
