"""A turn's events, told again from what is stored: the same ones, with the same numbers."""

from __future__ import annotations

from collections.abc import Iterator

from domain.chat.conversation import Conversation, Message
from domain.chat.events import (
    ChatEvent,
    CitationAdded,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
)
from domain.chat.failure import INTERNAL_FAILURE
from domain.chat.outline import CallBegun, CallEnded, Cited, Outline, Words
from domain.chat.turn import Turn, TurnStatus


def outlined(event: ChatEvent) -> Outline:
    """What an outline keeps of an event; nothing of the first and the last, which every turn has."""
    match event:
        case TextDelta():
            return (Words(len(event.text)),)
        case CitationAdded():
            return (Cited(),)
        case ToolCallStarted():
            return (CallBegun(call_id=event.call_id, tool=event.tool, arguments=event.arguments),)
        case ToolCallFinished():
            ended = CallEnded(
                call_id=event.call_id,
                tool=event.tool,
                summary=event.summary,
                duration_ms=event.duration_ms,
                failure=event.failure,
            )
            return (ended,)
        case _:
            return ()


def retold(turn: Turn, *, conversation: Conversation, answer: Message | None) -> tuple[ChatEvent, ...]:
    """The events of a turn that has ended. Of one that failed only the first and the last: its words were not kept.

    `answer` is the message of a completed turn.
    """
    started = TurnStarted(turn_id=turn.id, seq=1, conversation=conversation)
    if turn.status is not TurnStatus.COMPLETED or answer is None:
        failure = turn.failure or INTERNAL_FAILURE
        last = max(turn.last_seq, 2)
        return started, TurnFailed(turn_id=turn.id, seq=last, failure=failure, credits_charged=turn.credits_charged)
    events = tuple(_parts(turn, answer))
    completed = TurnCompleted(
        turn_id=turn.id,
        seq=2 + len(events),
        message=answer,
        tokens_used=turn.tokens_used,
        credits_charged=turn.credits_charged,
        balance=turn.balance or 0,
        out_of_credits=turn.out_of_credits,
    )
    return started, *events, completed


def _parts(turn: Turn, answer: Message) -> Iterator[ChatEvent]:
    # Turns that were stored before they had outlines are told in one piece.
    outline = turn.outline or (Words(len(answer.content)), *(Cited() for _ in answer.citations))
    citations, at = iter(answer.citations), 0
    for seq, entry in enumerate(outline, start=2):
        match entry:
            case Words(length):
                yield TextDelta(turn_id=turn.id, seq=seq, text=answer.content[at : at + length])
                at += length
            case Cited():
                yield CitationAdded(turn_id=turn.id, seq=seq, citation=next(citations))
            case CallBegun():
                yield ToolCallStarted(
                    turn_id=turn.id, seq=seq, call_id=entry.call_id, tool=entry.tool, arguments=entry.arguments
                )
            case CallEnded():
                yield ToolCallFinished(
                    turn_id=turn.id,
                    seq=seq,
                    call_id=entry.call_id,
                    tool=entry.tool,
                    summary=entry.summary,
                    duration_ms=entry.duration_ms,
                    failure=entry.failure,
                )
