"""What would it cost? Asked before a generation or a chat turn, it answers with what that would hold."""

from __future__ import annotations

from typing import Self

import strawberry

from domain import accounts
from entrypoints.graphql.chat_stream import ChatInput, asked_in
from entrypoints.graphql.context import Info
from entrypoints.graphql.fields import resolver
from entrypoints.graphql.ids import keys_of
from entrypoints.graphql.parts import Part
from entrypoints.graphql.practice_changes import GenerateExercisesInput
from entrypoints.graphql.scalars import Input, or_none


@strawberry.input(one_of=True, description="What is meant to be done: one of these, as it would be sent.")
class EstimateInput:
    generate_exercises: strawberry.Maybe[GenerateExercisesInput] = strawberry.field(description="Exercises written.")
    chat: strawberry.Maybe[ChatInput] = strawberry.field(description="A question answered.")


@strawberry.type(description="What something would hold, and whether that can be had now.")
class CreditEstimate:
    credits: int = strawberry.field(description="Set aside before the work; only its true cost is charged.")
    available: int = strawberry.field(description="May be spent now.")
    affordable: bool = strawberry.field(description="Whether so much is available.")

    @classmethod
    def of(cls, credits: int, account: accounts.Account) -> Self:
        return cls(credits=credits, available=account.available, affordable=credits <= account.available)


@strawberry.type
class Query:
    @resolver("What a generation or a chat turn would hold. Itself it holds, stores and costs nothing.")
    async def estimate(self, info: Info, given: Input[EstimateInput]) -> CreditEstimate:
        app, owner = info.context.app, info.context.owner
        if given.generate_exercises:
            wanted = given.generate_exercises.value
            keys_of("Source", or_none(wanted.source_ids), field="sourceIds")
            credits = app.practice.generate_exercises.estimate(count=wanted.count, topic=or_none(wanted.topic))
        else:
            assert given.chat
            credits = await app.chat.estimate_answer(owner=owner, **asked_in(given.chat.value))
        return CreditEstimate.of(credits, await app.accounts.credits.account(owner=owner))


PART = Part(query=Query)
