"""Open answers: whether rules accept another annotator's answer, and refuse the answer to another question.

The data is no student's: it is JSON lines, gzipped or not, of a question `q`, its right answers `refs`, an answer
`ans`, `y` whether it is one to this question, and `article` where it comes from. Each goes through the product's own
`grade`, in an exercise whose evidence is the key alone. Macro-F1 is the mean of the F1 of accepting and of refusing.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from benchmarks._gap_trials import BASELINES, is_word
from domain.practice import (
    PASS_SCORE,
    Difficulty,
    Evidence,
    Exercise,
    ExerciseKind,
    Grade,
    grade,
    is_settled,
)
from domain.shared import ExerciseId, user_id_of

_OWNER = user_id_of("benchmark")
_AT = datetime(2026, 1, 1, tzinfo=UTC)
_FOLDS = 5
_BASELINE_NAMES = {"difflib_85": "difflib_macro_f1", "edit_distance_1": "edit_distance_macro_f1"}


@dataclass(frozen=True, slots=True)
class Answer:
    """`right`: whether the data has it as an answer to this question. `group`: what it shares with its like."""

    question: str
    references: tuple[str, ...]
    text: str
    right: bool
    group: str

    def graded(self) -> Grade:
        return grade(_exercise(self), self.text, is_word=is_word)


def variants(path: Path) -> dict[str, float]:
    """Shares of 0 to 1, and counts: `false_acceptances`, `false_refusals`, of so many `answers`.

    `settled_share` is what the rules do not leave to a judge, `settled_precision` how often they are then right.
    `cross_validated_macro_f1`: the pass line that is best on four fifths of the articles, applied to the last fifth.
    """
    answers = tuple(_answers(path))
    grades = tuple(answer.graded() for answer in answers)
    right = [answer.right for answer in answers]
    passed = [grade.passed for grade in grades]
    settled = [(was, grade.passed) for was, grade in zip(right, grades, strict=True) if is_settled(grade)]
    figures = {
        "macro_f1": macro_f1(right, passed),
        "cross_validated_macro_f1": _cross_validated(answers, [grade.score for grade in grades]),
        "false_acceptances": sum(did and not was for was, did in zip(right, passed, strict=True)),
        "false_refusals": sum(was and not did for was, did in zip(right, passed, strict=True)),
        "answers": len(answers),
        "settled_share": len(settled) / max(1, len(answers)),
        "settled_precision": sum(was == did for was, did in settled) / max(1, len(settled)),
    }
    for name, accepts in BASELINES.items():
        figures[_BASELINE_NAMES[name]] = macro_f1(right, [_any(accepts, answer) for answer in answers])
    return {name: round(figure, 4) for name, figure in figures.items()}


def macro_f1(right: Sequence[bool], passed: Sequence[bool]) -> float:
    """The mean of the F1 of both verdicts."""
    pairs = tuple(zip(right, passed, strict=True))
    scores = []
    for verdict in (False, True):
        agreed = sum(was is did is verdict for was, did in pairs)
        either = sum((was is verdict) + (did is verdict) for was, did in pairs)
        scores.append(2 * agreed / either if either else 0.0)
    return sum(scores) / len(scores)


def _cross_validated(answers: Sequence[Answer], scores: Sequence[int]) -> float:
    """Over articles dealt into folds: the largest first, each into the smallest fold."""
    sizes: dict[str, int] = {}
    for answer in answers:
        sizes[answer.group] = sizes.get(answer.group, 0) + 1
    folds: list[set[str]] = [set() for _ in range(_FOLDS)]
    for group in sorted(sizes, key=lambda name: (-sizes[name], name)):
        min(folds, key=lambda fold: sum(sizes[name] for name in fold)).add(group)
    passed = [False] * len(answers)
    for fold in folds:
        seen = [
            (answer.right, score) for answer, score in zip(answers, scores, strict=True) if answer.group not in fold
        ]
        line = _best_line(seen)
        for place, answer in enumerate(answers):
            if answer.group in fold:
                passed[place] = scores[place] >= line
    return macro_f1([answer.right for answer in answers], passed)


def _best_line(seen: Sequence[tuple[bool, int]]) -> int:
    """The pass mark with the best macro-F1, of several the nearest to the product's."""
    right = [was for was, _ in seen]
    return max(
        range(5, 101, 5),
        key=lambda line: (macro_f1(right, [score >= line for _, score in seen]), -abs(line - PASS_SCORE)),
    )


def _any(accepts: Callable[[str, str], bool], answer: Answer) -> bool:
    return any(accepts(answer.text, reference) for reference in answer.references)


def _answers(path: Path) -> Iterator[Answer]:
    data = path.read_bytes()
    for line in (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines():
        row = json.loads(line)
        group = str(row.get("article", row["q"]))
        yield Answer(row["q"], tuple(row["refs"]), row["ans"], bool(row["y"]), group)


def _exercise(answer: Answer) -> Exercise:
    key, *accepted = answer.references
    return Exercise(
        id=ExerciseId(UUID(int=1)),
        owner=_OWNER,
        kind=ExerciseKind.SINGLE_ANSWER,
        difficulty=Difficulty.INTERMEDIATE,
        language="it",
        question=answer.question,
        key=key,
        accepted=tuple(accepted),
        explanation="",
        evidence=Evidence(quote=key, start=0, end=len(key)),
        created_at=_AT,
    )
