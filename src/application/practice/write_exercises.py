"""Have drafts written, judge them, rewrite once what fails, and deliver and charge together what is left."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from application.accounts import settle
from application.practice.metered_writer import MeteredExerciseWriter
from application.practice.ports import ExerciseBrief, ExerciseReader, FailedDraft, ItemSolver, OpenUnitOfWork
from application.practice.solve_blind import solve_blind
from application.shared import Clock, NewId
from domain.accounts import Hold, Usage, cost_of_tokens
from domain.practice import (
    Context,
    Draft,
    Exercise,
    UnknownFocus,
    exercise_from,
    fingerprint,
    focuses_of,
    judge,
)
from domain.shared import ExerciseId, InvalidInput, Passage, RateLimited, Unavailable, UserId, language_code

TOKENS_PER_EXERCISE = 600
"""What is held for each; the true figure is charged."""
TOKENS_PER_BLIND_EXERCISE = 600
"""What is held beside that for solving it with its passage and without."""


class LanguageNotTaught(InvalidInput):
    """Nobody here can write exercises in the language of these sources."""

    def __init__(self, languages: Sequence[str]) -> None:
        super().__init__(
            f"Exercises cannot be written in the language of these sources ({', '.join(languages)}) at present.",
            field="sourceIds",
            language=languages[0],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedExercises:
    """`rejected` counts drafts by the gate that they failed, those that were mended too; they cost nothing."""

    exercises: tuple[Exercise, ...]
    credits_charged: int
    rejected: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Try:
    """What came of asking the writer once. `written` counts all its drafts, those too that were too many."""

    passed: tuple[tuple[Draft, Exercise], ...]
    failed: tuple[FailedDraft, ...]
    written: int
    usage: Usage

    def usage_for(self, delivered: frozenset[ExerciseId]) -> Usage:
        """The share that went into what is delivered; of a try without fruit nothing."""
        part = sum(exercise.id in delivered for _, exercise in self.passed)
        return self.usage.share(part, of=self.written)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteExercises:
    """With a `solver`, what passed the gates is also solved blind: a solver that is down is as a writer that is down.

    To deliver without the check what was to be checked would break the setting's word without a sign of it; trying
    again costs nothing.
    """

    uow: OpenUnitOfWork
    exercises: ExerciseReader
    writer: MeteredExerciseWriter
    clock: Clock
    new_id: NewId
    solver: ItemSolver | None = None
    tokens_each: int = TOKENS_PER_EXERCISE

    def estimate(self, brief: ExerciseBrief) -> int:
        """What to hold for these exercises, in credits."""
        each = self.tokens_each + (TOKENS_PER_BLIND_EXERCISE if self.solver else 0)
        return cost_of_tokens(brief.count * each)

    async def __call__(
        self, *, owner: UserId, hold: Hold, brief: ExerciseBrief, passages: Sequence[Passage]
    ) -> GeneratedExercises:
        """Up to `brief.count` exercises, stored and settled; where none is left the hold is not settled.

        Errors: UnknownFocus, LanguageNotTaught, Unavailable, RateLimited.
        """
        tries = await self._tries(owner, brief, self._taught(passages, brief))
        exercises = [exercise for one in tries for _, exercise in one.passed]
        rejected = Counter(failed.rejection.gate for one in tries for failed in one.failed)
        if not exercises:
            return GeneratedExercises(exercises=(), credits_charged=0, rejected=rejected)
        async with self.uow(owner) as uow:
            added = await uow.exercises.add(exercises)
            # Another request may have delivered the same questions meanwhile: these are dropped, and not charged.
            rejected["duplicate"] += len(exercises) - len(added)
            charged = 0
            if added:
                delivered = frozenset(exercise.id for exercise in added)
                usage = sum((one.usage_for(delivered) for one in tries), Usage())
                entry = await settle(
                    uow,
                    owner=owner,
                    hold=hold,
                    cost=usage.cost,
                    tokens_used=usage.tokens,
                    estimated=usage.estimated,
                    at=self.clock(),
                )
                charged = entry.cost
            await uow.commit()
        return GeneratedExercises(exercises=added, credits_charged=charged, rejected=+rejected)

    def _taught(self, passages: Sequence[Passage], brief: ExerciseBrief) -> tuple[Passage, ...]:
        """The passages in languages that the writer knows, and that have the grammar focus."""
        languages = tuple(dict.fromkeys(language_code(passage.language) for passage in passages))
        taught = [language for language in languages if self.writer.knows(language)]
        if not taught:
            raise LanguageNotTaught(languages)
        focus = brief.grammar_focus
        if focus is not None:
            taught = [language for language in taught if focus in {one.key for one in focuses_of(language)}]
            if not taught:
                raise UnknownFocus(languages[0])
        return tuple(passage for passage in passages if language_code(passage.language) in taught)

    async def _tries(self, owner: UserId, brief: ExerciseBrief, passages: tuple[Passage, ...]) -> tuple[_Try, ...]:
        """A first one on the best passages; for what is missing one more on all of them, with what failed and why."""
        known = await self.exercises.fingerprints(owner=owner)
        context = Context(
            passages=passages[: max(6, 2 * brief.count)],
            retrieved=passages,
            known=known,
            kinds=brief.kinds,
            grammar_focus=brief.grammar_focus,
            difficulty=brief.difficulty,
        )
        first = await self._try(owner, replace(brief, avoid=known), context)
        missing = brief.count - len(first.passed)
        if not missing:
            return (first,)
        batch = tuple(draft for draft, _ in first.passed)
        seen = (fingerprint(draft.question) for draft in (*batch, *(one.draft for one in first.failed)))
        again = replace(brief, count=missing, avoid=known | frozenset(seen), failed=first.failed)
        try:
            second = await self._try(owner, again, replace(context, passages=passages, batch=batch))
        except (Unavailable, RateLimited):
            if not first.passed:
                raise
            return (first,)  # better what is proved already than nothing
        return first, second

    async def _try(self, owner: UserId, brief: ExerciseBrief, context: Context) -> _Try:
        drafts, usage = await self.writer.write(brief, context.passages)
        # In a thread: fifty drafts against a hundred passages may take a second.
        good, failed = await asyncio.to_thread(_judged, drafts, context, count=brief.count)
        now = self.clock()
        passed = [(draft, exercise_from(draft, id=ExerciseId(self.new_id()), owner=owner, at=now)) for draft in good]
        if self.solver is not None and passed:
            rejections, more = await solve_blind(self.solver, [one for _, one in passed], context.passages)
            usage += more
            judged = list(zip(passed, rejections, strict=True))
            passed = [pair for pair, rejection in judged if rejection is None]
            failed += [FailedDraft(draft=draft, rejection=found) for (draft, _), found in judged if found is not None]
        return _Try(passed=tuple(passed), failed=tuple(failed), written=len(drafts), usage=usage)


def _judged(drafts: Sequence[Draft], context: Context, *, count: int) -> tuple[list[Draft], list[FailedDraft]]:
    """Up to `count` that pass, each judged after those before it, and those that failed; the rest is not looked at."""
    passed: list[Draft] = []
    failed: list[FailedDraft] = []
    for draft in drafts:
        if len(passed) == count:
            break
        rejection = judge(draft, replace(context, batch=(*context.batch, *passed)))
        if rejection is None:
            passed.append(draft)
        else:
            failed.append(FailedDraft(draft=draft, rejection=rejection))
    return passed, failed
