"""What gates look at: a draft, the passages that it may quote, and what the student has already."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.practice.exercise import Draft
from domain.shared import Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a draft is judged against: the passages it may quote, and fingerprints of what the student has already."""

    passages: tuple[Passage, ...]
    known: frozenset[str] = field(default_factory=frozenset)


def distractors_of(draft: Draft) -> tuple[str, ...]:
    """The options that are not the key."""
    return tuple(option for option in draft.options if option != draft.key)


def holds(text: str, words: str) -> bool:
    """Whether these words stand in the text as words; both folded."""
    return f" {words} " in f" {text} "
