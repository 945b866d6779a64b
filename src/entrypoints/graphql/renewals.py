"""A fresh exercise on the same point."""

from __future__ import annotations

import strawberry

from domain.shared import ExerciseId
from entrypoints.graphql.context import Info
from entrypoints.graphql.fields import mutation
from entrypoints.graphql.ids import key_of
from entrypoints.graphql.parts import Part
from entrypoints.graphql.practice import Exercise
from entrypoints.graphql.practice_changes import RejectedDrafts
from entrypoints.graphql.scalars import Input


@strawberry.input(description="Which exercise to have another one like.")
class RenewExerciseInput:
    exercise_id: strawberry.ID = strawberry.field(description="Of the exercise.")


@strawberry.type(description="What was written, and what it cost.")
class RenewExercisePayload:
    exercise: Exercise | None = strawberry.field(description="Null where the sources hold no other.")
    credits_charged: int = strawberry.field(description="Nothing when there is none.")
    rejected: list[RejectedDrafts] = strawberry.field(description="By gate.")


@strawberry.type
class Mutation:
    @mutation(
        "Writes another exercise of the same kind, grammar focus and difficulty, from the same source, or when that is "
        "gone from others in its language. Never the same question; the exercise itself stays."
    )
    async def renew_exercise(self, info: Info, given: Input[RenewExerciseInput]) -> RenewExercisePayload:
        made = await info.context.app.practice.renew_exercise(
            owner=info.context.owner,
            exercise_id=ExerciseId(key_of("Exercise", given.exercise_id, field="exerciseId")),
        )
        return RenewExercisePayload(
            exercise=Exercise.of(made.exercises[0]) if made.exercises else None,
            credits_charged=made.credits_charged,
            rejected=RejectedDrafts.of(made.rejected),
        )


PART = Part(mutation=Mutation)
