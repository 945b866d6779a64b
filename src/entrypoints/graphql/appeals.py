"""A grade looked at a second time."""

from __future__ import annotations

import strawberry

from domain.shared import ResponseId
from entrypoints.graphql.context import Info
from entrypoints.graphql.fields import mutation
from entrypoints.graphql.ids import key_of
from entrypoints.graphql.parts import Part
from entrypoints.graphql.practice_responses import Response
from entrypoints.graphql.scalars import Input, or_none


@strawberry.input(description="Which grade to look at again.")
class AppealGradeInput:
    response_id: strawberry.ID = strawberry.field(description="Of the response.")
    reason: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Up to 1,000 characters, kept with the response. No grader reads it: the answer is judged.",
    )


@strawberry.type(description="How the appeal was decided.")
class AppealGradePayload:
    response: Response = strawberry.field(description="With the grade that holds now, and its `appeal`.")
    upheld: bool = strawberry.field(
        description="True: the appeal was granted, and the grade is a new, better one. False: the old grade stands."
    )
    credits_refunded: int = strawberry.field(description="What the first grading had cost, given back.")


@strawberry.type
class Mutation:
    @mutation(
        "Grades an answer again: by the rules, then by another judge where there is one. Once for each response; the "
        "same again returns what was decided. Charged only when the appeal fails."
    )
    async def appeal_grade(self, info: Info, given: Input[AppealGradeInput]) -> AppealGradePayload:
        response = await info.context.app.practice.appeal_grade(
            owner=info.context.owner,
            response_id=ResponseId(key_of("Response", given.response_id, field="responseId")),
            reason=or_none(given.reason),
        )
        appeal = response.appeal
        return AppealGradePayload(
            response=Response.of(response),
            upheld=appeal is not None and appeal.upheld,
            credits_refunded=0 if appeal is None else appeal.credits_refunded,
        )


PART = Part(mutation=Mutation)
