"""Write a fresh exercise on the same point as one that the user has: never the same question again."""

from __future__ import annotations

from dataclasses import dataclass

from application.accounts import HoldCredits
from application.practice.choose_passages import ChoosePassages
from application.practice.ports import ExerciseBrief, ExerciseReader
from application.practice.write_exercises import GeneratedExercises, WriteExercises
from domain.accounts import CreditOperation
from domain.shared import ExerciseId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewExercise:
    """Of the same kind, grammar focus and difficulty, from near where the other's proof stands; charged likewise."""

    hold: HoldCredits
    exercises: ExerciseReader
    choose: ChoosePassages
    write: WriteExercises

    async def __call__(self, *, owner: UserId, exercise_id: ExerciseId) -> GeneratedExercises:
        """One exercise, from the same source; when that is gone, from the user's others in its language.

        None, and nothing charged, where these hold no other.

        Errors: NoSuch and NotYours (exercise), NothingToPractise, LanguageNotTaught, InsufficientCredits, Unavailable,
        RateLimited.
        """
        exercise = await self.exercises.get(owner=owner, id=exercise_id)
        brief = ExerciseBrief(
            count=1, kinds=(exercise.kind,), difficulty=exercise.difficulty, grammar_focus=exercise.grammar_focus
        )
        operation = CreditOperation.GENERATION
        async with self.hold(owner=owner, operation=operation, estimate=self.write.estimate(brief)) as hold:
            passages = await self.choose.near(owner=owner, evidence=exercise.evidence, language=exercise.language)
            return await self.write(owner=owner, hold=hold, brief=brief, passages=passages)
