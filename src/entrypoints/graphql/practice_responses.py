"""Answers with their grades, and how the viewer is doing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

import strawberry

from domain import practice
from domain.shared import ChunkId, ExerciseId
from entrypoints.graphql.connections import After, Connection, First, connect
from entrypoints.graphql.context import Info
from entrypoints.graphql.fields import resolver
from entrypoints.graphql.ids import Node, global_id, visible
from entrypoints.graphql.library import Chunk
from entrypoints.graphql.parts import Part
from entrypoints.graphql.practice import Exercise
from entrypoints.graphql.scalars import described_enum

if TYPE_CHECKING:
    from entrypoints.graphql.context import Context

Grader = described_enum(
    practice.Grader,
    description="Who graded.",
    values={"RULES": "Rules: the same answer always gets the same grade.", "MODEL": "A language model."},
)
Fault = described_enum(
    practice.Fault,
    description="What is wrong with an answer.",
    values={
        "ACCENT": "An accent is missing, wrong or too much.",
        "TYPO": "A slip of the keyboard.",
        "APOSTROPHE": "An apostrophe is missing or too much.",
        "CAPITAL": "A capital is missing.",
        "GENDER": "Masculine for feminine, or the reverse.",
        "NUMBER": "Singular for plural, or the reverse.",
        "PERSON": "Another person of the verb.",
        "TENSE": "Another tense of the same mood.",
        "MOOD": "Another mood.",
        "AUXILIARY": "The other auxiliary verb.",
        "ARTICLE": "Another article.",
        "PREPOSITION": "Another preposition.",
        "PRONOUN": "Another pronoun.",
        "WORD_ORDER": "The right words in another order.",
        "MISSING_WORD": "A word is missing.",
        "EXTRA_WORD": "A word is too much.",
        "WRONG_WORD": "Another word.",
        "OFF_TOPIC": "It does not answer the question.",
        "EMPTY": "Nothing was written.",
    },
)


@strawberry.type(description="One criterion of a grade.")
class RubricLine:
    criterion: str = strawberry.field(description="In the study language.")
    score: int = strawberry.field(description="Points given; those of all lines add up to the score.")
    max_score: int = strawberry.field(description="Points to be had.")
    comment: str = strawberry.field(description="May be empty.")


@strawberry.type(description="What became of the appeal against a grade. There is one for each response.")
class Appeal:
    upheld: bool = strawberry.field(
        description="True: the appeal was granted, and the response has its new grade. False: the old grade stands."
    )
    decided_at: datetime = strawberry.field(description="When.")
    reason: str = strawberry.field(description="As the viewer gave it; may be empty.")
    score_before: int = strawberry.field(description="The score that was appealed against, 0 to 100.")
    credits_refunded: int = strawberry.field(description="What the first grading had cost; 0 for rules.")
    credits_charged: int = strawberry.field(description="For the second look; 0 when the appeal was granted.")

    @classmethod
    def of(cls, appeal: practice.Appeal) -> Self:
        return cls(
            upheld=appeal.upheld,
            decided_at=appeal.decided_at,
            reason=appeal.reason,
            score_before=appeal.score_before,
            credits_refunded=appeal.credits_refunded,
            credits_charged=appeal.credits_charged,
        )


@strawberry.type(description="An answer with its grade.")
class Response(Node):
    answer: str = strawberry.field(description="As it was sent.")
    score: int = strawberry.field(description="0 to 100.")
    rubric: list[RubricLine] = strawberry.field(description="What the score is made of.")
    overall_feedback: str = strawberry.field(description="One or two sentences, in the study language.")
    faults: list[practice.Fault] = strawberry.field(description="What is wrong with it, by name.")
    graded_by: practice.Grader = strawberry.field(description="Rules or a model.")
    confidence: float = strawberry.field(description="0 to 1: how sure the grader is.")
    response_time_ms: int | None = strawberry.field(description="As the client measured it.")
    next_review_at: datetime | None = strawberry.field(description="When to see the exercise again, as of this answer.")
    created_at: datetime = strawberry.field(description="When it was graded.")
    credits_charged: int = strawberry.field(description="What grading it cost; 0 for rules.")
    appeal: Appeal | None = strawberry.field(description="Null until there was one.")
    exercise_id: strawberry.Private[ExerciseId]
    review_ids: strawberry.Private[tuple[ChunkId, ...]]

    @resolver("What was answered.")
    async def exercise(self, info: Info) -> Exercise:
        context = info.context
        many = context.app.practice.exercises.many
        return Exercise.of(await context.loaders.load(many, self.exercise_id, owner=context.owner, kind="exercise"))

    @resolver("Passages to read again, best first.")
    async def suggested_review(self, info: Info) -> list[Chunk]:
        context = info.context
        many = context.app.library.chunks.many
        return [
            Chunk.of(chunk) for chunk in await context.loaders.load_many(many, self.review_ids, owner=context.owner)
        ]

    @classmethod
    def of(cls, response: practice.Response) -> Self:
        grade = response.grade
        return cls(
            id=global_id("Response", response.id),
            answer=response.answer,
            score=grade.score,
            rubric=[
                RubricLine(criterion=line.criterion, score=line.score, max_score=line.max_score, comment=line.comment)
                for line in grade.rubric
            ],
            overall_feedback=grade.feedback,
            faults=list(grade.faults),
            graded_by=grade.grader,
            confidence=grade.confidence,
            response_time_ms=response.response_time_ms,
            next_review_at=response.next_review_at,
            created_at=response.created_at,
            credits_charged=0 if response.charge is None else response.charge.credits,
            appeal=None if response.appeal is None else Appeal.of(response.appeal),
            exercise_id=response.exercise_id,
            review_ids=response.suggested_review,
        )

    @classmethod
    async def get(cls, context: Context, key: UUID) -> Self:
        return cls.of(await context.app.practice.responses.get(owner=context.owner, id=key))

    @classmethod
    async def many(cls, context: Context, keys: Sequence[UUID]) -> Mapping[UUID, Self]:
        return await visible(cls, context, keys)


@strawberry.type(description="How one grammar focus is going.")
class FocusProgress:
    focus: str = strawberry.field(description="Its key.")
    answered: int = strawberry.field(description="How many answers.")
    average_score: float = strawberry.field(description="0 to 100.")


@strawberry.type(description="How the viewer is doing. Days are of UTC.")
class StudyProgress:
    answered: int = strawberry.field(description="How many answers there are.")
    average_score: float | None = strawberry.field(description="0 to 100; null without answers.")
    due_now: int = strawberry.field(description="Exercises to see again now.")
    due_today: int = strawberry.field(description="Those, and what comes up until midnight.")
    streak_days: int = strawberry.field(description="Days in a row with an answer, today or until yesterday.")
    by_grammar_focus: list[FocusProgress] = strawberry.field(description="For each focus that was practised.")

    @classmethod
    def of(cls, progress: practice.StudyProgress) -> Self:
        return cls(
            answered=progress.answered,
            average_score=progress.average_score,
            due_now=progress.due_now,
            due_today=progress.due_today,
            streak_days=progress.streak_days,
            by_grammar_focus=[
                FocusProgress(focus=one.focus, answered=one.answered, average_score=one.average_score)
                for one in progress.by_focus
            ],
        )


@strawberry.type
class ViewerFields:
    @resolver("Answers, newest first.")
    async def responses(
        self, info: Info, first: First = strawberry.UNSET, after: After = strawberry.UNSET
    ) -> Connection[Response]:
        reader, owner = info.context.app.practice.responses, info.context.owner
        return await connect(
            "User.responses",
            first=first,
            after=after,
            page=lambda window: reader.page(owner=owner, window=window),
            count=lambda: reader.count(owner=owner),
            node=Response.of,
        )

    @resolver("How the viewer is doing.")
    async def progress(self, info: Info) -> StudyProgress:
        app = info.context.app
        return StudyProgress.of(await app.practice.responses.progress(owner=info.context.owner, at=app.clock()))


PART = Part(viewer=ViewerFields, nodes=(Response,))
