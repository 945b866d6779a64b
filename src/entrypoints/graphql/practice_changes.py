"""Exercises written, answered and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import strawberry

from domain import practice
from domain.shared import ExerciseId, SourceId
from entrypoints.graphql.context import Info
from entrypoints.graphql.fields import mutation
from entrypoints.graphql.ids import key_of, keys_of
from entrypoints.graphql.parts import Part
from entrypoints.graphql.practice import Exercise
from entrypoints.graphql.practice_responses import Response
from entrypoints.graphql.scalars import Input, or_none


@strawberry.input(description="What exercises are wanted.")
class GenerateExercisesInput:
    count: int = strawberry.field(default=5, description="1 to 50.")
    kinds: list[practice.ExerciseKind] | None = strawberry.field(
        default=strawberry.UNSET, description="Only of these kinds, in turn; of all when left out."
    )
    difficulty: practice.Difficulty = strawberry.field(
        default=practice.Difficulty.INTERMEDIATE, description="How hard they should be."
    )
    grammar_focus: str | None = strawberry.field(
        default=strawberry.UNSET, description="A key of `grammarFocuses`; mixed when left out."
    )
    topic: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="What the exercises should be about; without it, spread over the sources.",
    )
    source_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Only from these; from the whole library when left out."
    )


@strawberry.type(description="How many drafts failed a gate; they cost nothing.")
class RejectedDrafts:
    gate: str = strawberry.field(description="What a draft must pass, by name.")
    count: int = strawberry.field(description="How many did not.")

    @classmethod
    def of(cls, rejected: Mapping[str, int]) -> list[Self]:
        """A line for each gate, by name."""
        return [cls(gate=gate, count=count) for gate, count in sorted(rejected.items())]


@strawberry.type(description="What was written, and what it cost.")
class GenerateExercisesPayload:
    exercises: list[Exercise] = strawberry.field(description="Fewer than wanted where the sources hold no more.")
    credits_charged: int = strawberry.field(description="For those delivered.")
    rejected: list[RejectedDrafts] = strawberry.field(description="By gate.")


@strawberry.input(description="An answer to an exercise.")
class SubmitAnswerInput:
    exercise_id: strawberry.ID = strawberry.field(description="Of the exercise.")
    attempt_id: str = strawberry.field(
        description="Made by the client, 1 to 100 characters; the same id again returns the same response."
    )
    answer: str = strawberry.field(description="Up to 10,000 characters; of MULTIPLE_CHOICE the words of an option.")
    response_time_ms: int | None = strawberry.field(
        default=strawberry.UNSET, description="How long the viewer took, in milliseconds."
    )


@strawberry.type(description="The grade, and the exercise with its solution.")
class SubmitAnswerPayload:
    response: Response = strawberry.field(description="The answer with its grade.")
    exercise: Exercise = strawberry.field(description="As it is now.")


@strawberry.input(description="Which exercise to delete.")
class DeleteExerciseInput:
    id: strawberry.ID = strawberry.field(description="Of the exercise.")


@strawberry.type(description="What is gone.")
class DeleteExercisePayload:
    deleted_id: strawberry.ID = strawberry.field(description="Of the exercise; it names nothing any more.")


@strawberry.type
class Mutation:
    @mutation("Writes exercises from the viewer's own sources. Charged only for those delivered.")
    async def generate_exercises(self, info: Info, given: Input[GenerateExercisesInput]) -> GenerateExercisesPayload:
        source_ids = keys_of("Source", or_none(given.source_ids), field="sourceIds")
        made = await info.context.app.practice.generate_exercises(
            owner=info.context.owner,
            count=given.count,
            kinds=or_none(given.kinds),
            difficulty=given.difficulty,
            grammar_focus=or_none(given.grammar_focus),
            topic=or_none(given.topic),
            source_ids=None if source_ids is None else [SourceId(key) for key in source_ids],
        )
        return GenerateExercisesPayload(
            exercises=[Exercise.of(exercise) for exercise in made.exercises],
            credits_charged=made.credits_charged,
            rejected=RejectedDrafts.of(made.rejected),
        )

    @mutation(
        "Grades an answer. Rules are free; an open answer that they cannot settle goes to a model, where there is one "
        "and the credits cover it. Afterwards the exercise shows its solution."
    )
    async def submit_answer(self, info: Info, given: Input[SubmitAnswerInput]) -> SubmitAnswerPayload:
        response, exercise = await info.context.app.practice.submit_answer(
            owner=info.context.owner,
            exercise_id=ExerciseId(key_of("Exercise", given.exercise_id, field="exerciseId")),
            attempt_id=given.attempt_id,
            answer=given.answer,
            response_time_ms=or_none(given.response_time_ms),
        )
        return SubmitAnswerPayload(response=Response.of(response), exercise=Exercise.of(exercise))

    @mutation("Deletes an exercise with its answers.")
    async def delete_exercise(self, info: Info, given: Input[DeleteExerciseInput]) -> DeleteExercisePayload:
        id = ExerciseId(key_of("Exercise", given.id))
        await info.context.app.practice.delete_exercise(owner=info.context.owner, id=id)
        return DeleteExercisePayload(deleted_id=given.id)


PART = Part(mutation=Mutation)
