"""Let a solver answer exercises without their keys, with the passage and without, and say which may not stand."""

from __future__ import annotations

from collections.abc import Sequence

from application.practice.ports import ItemSolver, UnsolvedItem
from domain.accounts import Usage
from domain.practice import Exercise, Rejection, judge_blind, needs_its_passage, shown_to_solve
from domain.shared import Passage, Unavailable, estimate_tokens


async def solve_blind(
    solver: ItemSolver, exercises: Sequence[Exercise], passages: Sequence[Passage]
) -> tuple[tuple[Rejection | None, ...], Usage]:
    """For each exercise why it may not stand, None where it may; and what the solving took.

    With and without the passage are two calls, so that nothing of the one is seen in the other.

    Errors: Unavailable (also for too few answers), RateLimited.
    """
    texts = {passage.chunk_id: passage for passage in passages}
    shown = [
        _item(one, passage=shown_to_solve(one, texts[one.evidence.chunk_id], exercises))
        for one in exercises
        if one.evidence.chunk_id is not None
    ]
    answers, usage = await _solved(solver, shown)
    hidden = {one.id: _item(one) for one in exercises if needs_its_passage(one)}
    guesses, more = await _solved(solver, tuple(hidden.values())) if hidden else ((), Usage())
    guess_of = dict(zip(hidden, guesses, strict=True))
    rejections = tuple(
        judge_blind(one, with_passage=answer, without_passage=guess_of.get(one.id))
        for one, answer in zip(exercises, answers, strict=True)
    )
    return rejections, usage + more


async def _solved(solver: ItemSolver, items: Sequence[UnsolvedItem]) -> tuple[tuple[str, ...], Usage]:
    """Figures of nothing are none: then what was sent and came back is estimated."""
    solved = await solver.solve(items)
    if len(solved.answers) != len(items):
        raise Unavailable("The model did not answer every exercise; try again in a moment.")
    if solved.usage is not None and solved.usage.tokens:
        return solved.answers, solved.usage
    texts = [text for item in items for text in (item.question, *item.options, item.passage or "")]
    return solved.answers, Usage(tokens=sum(map(estimate_tokens, (*texts, *solved.answers))), estimated=True)


def _item(exercise: Exercise, *, passage: str | None = None) -> UnsolvedItem:
    return UnsolvedItem(
        language=exercise.language,
        question=exercise.question,
        options=exercise.options,
        passage=passage,
    )
