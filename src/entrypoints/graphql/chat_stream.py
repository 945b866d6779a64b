"""An answer while it streams: the subscription `chat` and its events."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated, TypedDict, assert_never
from uuid import UUID

import strawberry

from domain import accounts, chat
from entrypoints.graphql.chat import Citation, Conversation, Message
from entrypoints.graphql.context import Info
from entrypoints.graphql.fields import mutation, subscription
from entrypoints.graphql.ids import global_id, key_of, keys_of
from entrypoints.graphql.parts import Part
from entrypoints.graphql.scalars import JSON, Input, or_none


@strawberry.interface(description="Something that happens in a turn. Nothing follows TurnCompleted and TurnFailed.")
class ChatEvent:
    turn_id: strawberry.ID = strawberry.field(description="The same in all events of a turn.")
    seq: int = strawberry.field(description="1, 2, 3, ... within the turn.")


@strawberry.type(description="The question is stored.")
class TurnStarted(ChatEvent):
    conversation: Conversation = strawberry.field(description="A new one when none was given.")


@strawberry.type(description="The next words of the answer.")
class TextDelta(ChatEvent):
    text: str = strawberry.field(description="To be put behind the words before.")


@strawberry.type(description="The model calls a tool. What it said before is a part of the answer.")
class ToolCallStarted(ChatEvent):
    call_id: str = strawberry.field(description="The same in the ToolCallFinished; unique in the turn.")
    tool: str = strawberry.field(description="By the name that the model used.")
    arguments: JSON = strawberry.field(
        description="As the model gave them, an object; long texts are cut. A string when they were no JSON."
    )


@strawberry.type(description="A tool has ended; the model reads what came of it.")
class ToolCallFinished(ChatEvent):
    call_id: str = strawberry.field(description="Of the call.")
    tool: str = strawberry.field(description="Of the call.")
    ok: bool = strawberry.field(description="Whether it did what it was asked for.")
    summary: str = strawberry.field(description="For a person.")
    code: str | None = strawberry.field(description="Why it did not, as in `extensions.code` of errors.")
    duration_ms: int = strawberry.field(description="How long it took, in milliseconds.")


@strawberry.type(description="A sentence that cites is complete; its words came before.")
class CitationAdded(ChatEvent):
    citation: Citation = strawberry.field(description="What it cites, and whether the source says so.")


@strawberry.type(description="The answer is stored and paid for.")
class TurnCompleted(ChatEvent):
    message: Message = strawberry.field(description="All of it.")
    tokens_used: int = strawberry.field(description="Read and written by the language model.")
    credits_charged: int = strawberry.field(description="One for each thousand tokens begun.")
    balance: int = strawberry.field(description="Credits left.")
    out_of_credits: bool = strawberry.field(
        description="Whether a tool was refused because credits ran out: the answer ended without it."
    )


@strawberry.type(description="There will be no answer.")
class TurnFailed(ChatEvent):
    code: str = strawberry.field(description="As in `extensions.code` of errors; also CANCELLED, LOST and ABANDONED.")
    message: str = strawberry.field(description="For a person.")
    retryable: bool = strawberry.field(description="Whether the same question may be asked again.")
    credits_charged: int = strawberry.field(description="For what was done until then.")


@strawberry.input(description="A question.")
class ChatInput:
    message: str = strawberry.field(description="1 to 8,000 characters.")
    conversation_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Without it a new conversation is begun; its id is in TurnStarted."
    )
    document_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Answer from its sources, when it has any."
    )
    source_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Answer from these alone, up to 100."
    )
    turn_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Made by the client, 1 to 200 characters; the same one again joins the same turn, from its first "
        "event on, instead of starting another.",
    )
    depth: accounts.ResearchDepth | None = strawberry.field(
        default=strawberry.UNSET, description="How thoroughly to look; as the viewer prefers when absent."
    )


class Asked(TypedDict):
    """A question, as the use cases take it."""

    message: str
    conversation_id: UUID | None
    document_id: UUID | None
    source_ids: Sequence[UUID] | None
    turn_key: str | None
    depth: accounts.ResearchDepth | None


def asked_in(given: ChatInput) -> Asked:
    """What the client asks. Errors: InvalidInput for an id that is none of ours."""
    conversation_id, document_id = or_none(given.conversation_id), or_none(given.document_id)
    return Asked(
        message=given.message,
        conversation_id=None
        if conversation_id is None
        else key_of("Conversation", conversation_id, field="conversationId"),
        document_id=None if document_id is None else key_of("Document", document_id, field="documentId"),
        source_ids=keys_of("Source", or_none(given.source_ids), field="sourceIds"),
        turn_key=or_none(given.turn_key),
        depth=or_none(given.depth),
    )


@strawberry.input(description="Which turn to end.")
class CancelTurnInput:
    turn_id: strawberry.ID = strawberry.field(description="From any of its events.")


@strawberry.type(description="The turn ends with a TurnFailed of code CANCELLED, within a second.")
class CancelTurnPayload:
    cancelled: bool = strawberry.field(description="False when it had ended before.")


@strawberry.type
class Mutation:
    @mutation("Stops the model; what it had done until then is charged.")
    async def cancel_turn(self, info: Info, given: Input[CancelTurnInput]) -> CancelTurnPayload:
        turn_id = key_of("Turn", given.turn_id, field="turnId")
        return CancelTurnPayload(
            cancelled=await info.context.app.chat.cancel_turn(owner=info.context.owner, turn_id=turn_id)
        )


@strawberry.type
class Subscription:
    @subscription(
        "Sends a message and streams the answer, cited from the viewer's own sources. The answer goes on when the "
        "client goes away: see `resumeTurn`."
    )
    async def chat(self, info: Info, given: Input[ChatInput]) -> AsyncGenerator[ChatEvent, None]:
        app, owner = info.context.app, info.context.owner
        try:
            turn_id = await app.chat.start_turn(owner=owner, **asked_in(given))
        except chat.ConversationBusy as busy:
            busy.data["turn_id"] = global_id("Turn", busy.turn_id)
            raise
        async for event in _followed(info, turn_id, 0):
            yield event

    @subscription("Every event of a turn after that one, in order: those that were, and those that come.")
    async def resume_turn(
        self,
        info: Info,
        turn_id: Annotated[strawberry.ID, strawberry.argument(description="From any of its events.")],
        after_seq: Annotated[
            int, strawberry.argument(description="The `seq` of the last event that was seen; 0 for all.")
        ] = 0,
    ) -> AsyncGenerator[ChatEvent, None]:
        async for event in _followed(info, key_of("Turn", turn_id, field="turnId"), after_seq):
            yield event


async def _followed(info: Info, turn_id: UUID, after_seq: int) -> AsyncGenerator[ChatEvent, None]:
    follow = info.context.app.chat.follow_turn
    async with aclosing(follow(owner=info.context.owner, turn_id=turn_id, after_seq=after_seq)) as events:
        async for event in events:
            yield _shown(event)


def _shown(event: chat.ChatEvent) -> ChatEvent:
    turn_id, seq = global_id("Turn", event.turn_id), event.seq
    match event:
        case chat.TurnStarted():
            return TurnStarted(turn_id=turn_id, seq=seq, conversation=Conversation.of(event.conversation))
        case chat.TextDelta():
            return TextDelta(turn_id=turn_id, seq=seq, text=event.text)
        case chat.ToolCallStarted():
            return ToolCallStarted(
                turn_id=turn_id,
                seq=seq,
                call_id=event.call_id,
                tool=event.tool,
                arguments=json.loads(event.arguments),
            )
        case chat.ToolCallFinished():
            return ToolCallFinished(
                turn_id=turn_id,
                seq=seq,
                call_id=event.call_id,
                tool=event.tool,
                ok=event.failure is None,
                summary=event.summary,
                code=event.failure,
                duration_ms=event.duration_ms,
            )
        case chat.CitationAdded():
            return CitationAdded(turn_id=turn_id, seq=seq, citation=Citation.of(event.citation))
        case chat.TurnCompleted():
            return TurnCompleted(
                turn_id=turn_id,
                seq=seq,
                message=Message.of(event.message),
                tokens_used=event.tokens_used,
                credits_charged=event.credits_charged,
                balance=event.balance,
                out_of_credits=event.out_of_credits,
            )
        case chat.TurnFailed():
            return TurnFailed(
                turn_id=turn_id,
                seq=seq,
                code=event.failure.code,
                message=event.failure.message,
                retryable=event.failure.retryable,
                credits_charged=event.credits_charged,
            )
        case _:
            assert_never(event)


PART = Part(
    mutation=Mutation,
    subscription=Subscription,
    types=(TurnStarted, TextDelta, ToolCallStarted, ToolCallFinished, CitationAdded, TurnCompleted, TurnFailed),
)
