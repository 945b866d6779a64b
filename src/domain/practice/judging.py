"""What gates look at: a draft, the passages that it may quote, what was asked for, and what the student has already."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from domain.practice.exercise import Difficulty, Draft, ExerciseKind, folded, gapped_sentence
from domain.shared import Passage

_SENTENCE_END = re.compile(r"(?<=[.!?…»”\"])\s+(?=[^\W\d_a-zà-ý]|[«“\"\d])|\n{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a draft is judged against.

    `passages` may be quoted; `retrieved` are all that were found, where that is more: no distractor may be right by
    any of them. `known` are fingerprints of what the student has, `batch` the drafts that passed before this one.
    What is asked for and None, or empty, asks for nothing in particular.
    """

    passages: tuple[Passage, ...]
    retrieved: tuple[Passage, ...] = ()
    known: frozenset[str] = field(default_factory=frozenset)
    batch: tuple[Draft, ...] = ()
    kinds: tuple[ExerciseKind, ...] = ()
    grammar_focus: str | None = None
    difficulty: Difficulty | None = None

    @property
    def all_passages(self) -> tuple[Passage, ...]:
        """Each once, those that may be quoted first."""
        return tuple({passage.chunk_id: passage for passage in (*self.passages, *self.retrieved)}.values())

    def quoted(self, draft: Draft) -> Passage | None:
        """The passage that the draft quotes; None when it was not given."""
        quotation = draft.evidence
        for passage in self.passages:
            if passage.chunk_id == quotation.chunk_id and passage.source_id == quotation.source_id:
                return passage
        return None


def distractors_of(draft: Draft) -> tuple[str, ...]:
    """The options that are not the key."""
    return tuple(option for option in draft.options if option != draft.key)


def asked_in(draft: Draft) -> str:
    """What the question asks: the lines before the gapped sentence; all of it where there is no gap."""
    if gapped_sentence(draft.question) is None:
        return draft.question
    lines = draft.question.rstrip().rsplit("\n", maxsplit=1)
    return lines[0] if len(lines) > 1 else ""


def is_content_question(draft: Draft) -> bool:
    """A question on what the source says, with no gap in a sentence of it."""
    return gapped_sentence(draft.question) is None


def holds(text: str, words: str) -> bool:
    """Whether these words stand in the text as words; both folded."""
    return f" {words} " in f" {text} "


@lru_cache(maxsize=512)
def folded_text(text: str) -> str:
    """As `folded`; a hundred passages are folded once, and not for each draft and gate."""
    return folded(text)


@lru_cache(maxsize=512)
def folded_sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, roughly cut, folded."""
    return tuple(filter(None, map(folded, _SENTENCE_END.split(text))))
