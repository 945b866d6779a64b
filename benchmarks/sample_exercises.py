"""Twenty exercises of the offline writer, from a text of ours: `python -m benchmarks.sample_exercises` prints Markdown.

They are the first that the product would deliver, with no choice by hand: the writer's drafts that pass every gate.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from adapters.offline.exercise_writer import OfflineExerciseWriter
from adapters.offline.lexicon import OfflineLexicon
from application.practice import ExerciseBrief
from domain.library import sentence_spans
from domain.practice import GAP, Context, Difficulty, Draft, ExerciseKind, judge
from domain.shared import ChunkId, Passage, SourceId

SAMPLE = Path(__file__).resolve().parents[1] / "src/entrypoints/cli/samples/la_carta.txt"
_SHARES = ((Difficulty.BEGINNER, 6), (Difficulty.INTERMEDIATE, 8), (Difficulty.ADVANCED, 6))
_TITLES = {
    Difficulty.BEGINNER: "Beginner",
    Difficulty.INTERMEDIATE: "Intermediate",
    Difficulty.ADVANCED: "Advanced",
}
_LETTERS = "abcdef"
_BLANK = r"\_\_\_\_"
"""Underscores that Markdown leaves alone."""


def passages_of(text: str) -> tuple[Passage, ...]:
    """A paragraph each, as chunks of a short text are; a heading of one line is no passage."""
    found: list[Passage] = []
    start = 0
    for part in text.split("\n\n"):
        if len(sentence_spans(part, "it")) > 1:
            found.append(
                Passage(
                    chunk_id=ChunkId(UUID(int=len(found) + 1)),
                    source_id=SourceId(UUID(int=1)),
                    text=part,
                    start=start,
                    end=start + len(part),
                )
            )
        start += len(part) + 2
    return tuple(found)


def written(passages: tuple[Passage, ...]) -> Iterator[Draft]:
    """Six, eight and six by difficulty, no sentence twice."""
    writer = OfflineExerciseWriter(OfflineLexicon())
    avoided: set[int] = set()
    for difficulty, count in _SHARES:
        brief = ExerciseBrief(count=3 * count, kinds=tuple(ExerciseKind), difficulty=difficulty)
        fresh = [draft for draft in writer.drafts(brief, passages) if draft.evidence.start not in avoided]
        passed = [draft for draft in fresh if judge(draft, Context(passages=passages)) is None]
        avoided.update(draft.evidence.start for draft in passed[:count])
        yield from passed[:count]


def printed(number: int, draft: Draft) -> str:
    question, _, sentence = draft.question.partition("\n")
    lines = [f"{number}. **{question}**"]
    if sentence:
        lines.append(f"   {sentence.replace(GAP, _BLANK)}")
    if draft.options:
        lines.append(
            "   " + "; ".join(f"{letter}) {option}" for letter, option in zip(_LETTERS, draft.options, strict=False))
        )
    also = f" (anche: {', '.join(draft.accepted)})" if draft.accepted else ""
    lines.append(f"   *Chiave*: {draft.key}{also}. *Spiegazione*: {draft.explanation}")
    return "\\\n".join(lines)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--text", type=Path, default=SAMPLE, help="an Italian text, paragraphs an empty line apart")
    given = arguments.parse_args()
    drafts = tuple(written(passages_of(given.text.read_text(encoding="utf-8"))))
    number = 0
    for difficulty, _ in _SHARES:
        sys.stdout.write(f"### {_TITLES[difficulty]}\n\n")
        for draft in drafts:
            if draft.difficulty is difficulty:
                number += 1
                sys.stdout.write(printed(number, draft) + "\n\n")


if __name__ == "__main__":
    main()
