"""Exercises, to read. A key is not to be had before its exercise was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from application.practice import ExerciseFilter as Where
from application.shared import LARGEST_PAGE, Window
from domain import practice
from domain.shared import ChunkId, ExerciseId, SourceId, language_code
from entrypoints.graphql.connections import After, Connection, First, connect
from entrypoints.graphql.context import Info
from entrypoints.graphql.fields import resolver
from entrypoints.graphql.ids import Node, global_id, key_of
from entrypoints.graphql.library import Chunk, Source
from entrypoints.graphql.parts import Part
from entrypoints.graphql.scalars import described_enum, or_none

if TYPE_CHECKING:
    from entrypoints.graphql.context import Context

ExerciseKind = described_enum(
    practice.ExerciseKind,
    description="How an exercise is answered.",
    values={
        "MULTIPLE_CHOICE": "With one of its options.",
        "FILL_GAP": "With what belongs in the gap.",
        "SINGLE_ANSWER": "With a few words of one's own.",
    },
)
Difficulty = described_enum(
    practice.Difficulty,
    description="How hard an exercise is.",
    values={"BEGINNER": "About A1 to A2.", "INTERMEDIATE": "About B1.", "ADVANCED": "About B2 and above."},
)


@strawberry.type(description="Something of grammar that an exercise can be about.")
class GrammarFocus:
    key: str = strawberry.field(description="What `grammarFocus` takes.")
    label: str = strawberry.field(description="In the request's language, where we have it; else in English.")
    description: str = strawberry.field(description="What belongs to it.")


@strawberry.type(description="The verbatim words that prove the key.")
class Evidence:
    quote: str = strawberry.field(description="The words.")
    start: int = strawberry.field(description="Where they begin in the source's extracted text, in characters.")
    end: int = strawberry.field(description="Where they end in it.")
    page: int | None = strawberry.field(description="The page, counted from 1.")
    chunk_id: strawberry.Private[ChunkId | None]
    source_id: strawberry.Private[SourceId | None]

    @resolver("What they stand in; null when the source was deleted or read anew since.")
    async def chunk(self, info: Info) -> Chunk | None:
        return await Chunk.quoted(info.context, self.chunk_id)

    @resolver("Where they were found; null when that was deleted.")
    async def source(self, info: Info) -> Source | None:
        return await _source(info.context, self.source_id)

    @classmethod
    def of(cls, evidence: practice.Evidence) -> Self:
        return cls(
            quote=evidence.quote,
            start=evidence.start,
            end=evidence.end,
            page=evidence.page,
            chunk_id=evidence.chunk_id,
            source_id=evidence.source_id,
        )


@strawberry.type(description="What an exercise shows once it was answered.")
class Solution:
    key: str = strawberry.field(description="The right answer.")
    accepted: list[str] = strawberry.field(description="Other right answers.")
    explanation: str = strawberry.field(description="Why, in the study language.")
    evidence: Evidence = strawberry.field(description="Where the source proves it.")

    @classmethod
    def of(cls, solution: practice.Solution) -> Self:
        return cls(
            key=solution.key,
            accepted=list(solution.accepted),
            explanation=solution.explanation,
            evidence=Evidence.of(solution.evidence),
        )


@strawberry.type(description="A question from the viewer's own sources.")
class Exercise(Node):
    kind: practice.ExerciseKind = strawberry.field(description="How it is answered.")
    difficulty: practice.Difficulty = strawberry.field(description="As it was asked for.")
    grammar_focus: str | None = strawberry.field(description="What of grammar it is about; null for content.")
    question: str = strawberry.field(description="For FILL_GAP the gap is ____.")
    options: list[str] = strawberry.field(
        description="The options of MULTIPLE_CHOICE in their shuffled order; empty otherwise."
    )
    solution: Solution | None = strawberry.field(
        description="Null until the viewer has answered: key, explanation and evidence never leave the server before."
    )
    times_attempted: int = strawberry.field(description="How often it was answered.")
    average_score: float | None = strawberry.field(description="0 to 100; null until it was answered.")
    due_at: datetime | None = strawberry.field(description="When to see it again; null until it was answered.")
    created_at: datetime = strawberry.field(description="When it was written.")
    source_id: strawberry.Private[SourceId | None]

    @resolver("What it was written from; empty when that was deleted.")
    async def sources(self, info: Info) -> list[Source]:
        found = await _source(info.context, self.source_id)
        return [] if found is None else [found]

    @classmethod
    def of(cls, exercise: practice.Exercise) -> Self:
        return cls(
            id=global_id("Exercise", exercise.id),
            kind=exercise.kind,
            difficulty=exercise.difficulty,
            grammar_focus=exercise.grammar_focus,
            question=exercise.question,
            options=list(exercise.options),
            solution=None if exercise.solution is None else Solution.of(exercise.solution),
            times_attempted=exercise.times_attempted,
            average_score=exercise.average_score,
            due_at=exercise.due_at,
            created_at=exercise.created_at,
            source_id=exercise.evidence.source_id,
        )

    @classmethod
    async def get(cls, context: Context, key: UUID) -> Self:
        return cls.of(await context.app.practice.exercises.get(owner=context.owner, id=key))

    @classmethod
    async def many(cls, context: Context, keys: Sequence[UUID]) -> Mapping[UUID, Self]:
        ids = [ExerciseId(key) for key in keys]
        found = await context.app.practice.exercises.many(owner=context.owner, ids=ids)
        return {id: cls.of(exercise) for id, exercise in found.items()}


@strawberry.input(description="What is left out does not restrict.")
class ExerciseFilter:
    kind: practice.ExerciseKind | None = strawberry.field(default=strawberry.UNSET, description="How it is answered.")
    difficulty: practice.Difficulty | None = strawberry.field(default=strawberry.UNSET, description="How hard it is.")
    grammar_focus: str | None = strawberry.field(default=strawberry.UNSET, description="The key of a focus.")
    source_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Written from this.")
    answered: bool | None = strawberry.field(default=strawberry.UNSET, description="Answered before, or not yet.")


@strawberry.type
class Query:
    @resolver("What an exercise can be about, for a study language.")
    def grammar_focuses(
        self,
        info: Info,
        language: Annotated[str, strawberry.argument(description="A BCP 47 tag.")] = "it",
    ) -> list[GrammarFocus]:
        taught = practice.focuses_of(language)
        local = info.context.locale.partition("-")[0] == language_code(language)
        return [
            GrammarFocus(
                key=focus.key,
                label=focus.local_label if local else focus.label,
                description=focus.local_description if local else focus.description,
            )
            for focus in taught
        ]


@strawberry.type
class ViewerFields:
    @resolver("Exercises, newest first.")
    async def exercises(
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        filter: Annotated[ExerciseFilter | None, strawberry.argument(description="Only these.")] = strawberry.UNSET,
    ) -> Connection[Exercise]:
        reader, owner = info.context.app.practice.exercises, info.context.owner
        where = _where(or_none(filter))
        return await connect(
            "User.exercises",
            first=first,
            after=after,
            page=lambda window: reader.page(owner=owner, window=window, where=where),
            count=lambda: reader.count(owner=owner, where=where),
            node=Exercise.of,
        )

    @resolver("What to review now, most overdue first.")
    async def due_exercises(
        self, info: Info, first: Annotated[int, strawberry.argument(description=f"1 to {LARGEST_PAGE}.")] = 20
    ) -> list[Exercise]:
        app, limit = info.context.app, Window(first=first).first
        due = await app.practice.exercises.due(owner=info.context.owner, at=app.clock(), limit=limit)
        return [Exercise.of(exercise) for exercise in due]


async def _source(context: Context, id: SourceId | None) -> Source | None:
    """None where the source is gone, whether the exercise knows it or not."""
    if id is None:
        return None
    found = await context.loaders.find(context.app.library.sources.many, id, owner=context.owner)
    return None if found is None else Source.of(found)


def _where(given: ExerciseFilter | None) -> Where:
    if given is None:
        return Where()
    source_id = or_none(given.source_id)
    return Where(
        kind=or_none(given.kind),
        difficulty=or_none(given.difficulty),
        grammar_focus=or_none(given.grammar_focus),
        source_id=None if source_id is None else SourceId(key_of("Source", source_id, field="sourceId")),
        answered=or_none(given.answered),
    )


PART = Part(query=Query, viewer=ViewerFields, nodes=(Exercise,))
