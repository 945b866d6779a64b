"""A turn's events, told again from what is stored: the same ones, with the same numbers."""

from __future__ import annotations

from collections.abc import Iterator

from domain.chat.conversation import Conversation, Message
from domain.chat.events import ChatEvent, CitationAdded, TextDelta, TurnCompleted, TurnFailed, TurnStarted
from domain.chat.turn import INTERNAL_FAILURE, Turn, TurnStatus

CITED = -1
"""In an outline: a citation. Any other number is a delta of so many characters."""


def outlined(event: ChatEvent) -> tuple[int, ...]:
    """What an outline keeps of an event; nothing of the first and the last, which every turn has."""
    match event:
        case TextDelta():
            return (len(event.text),)
        case CitationAdded():
            return (CITED,)
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
    )
    return started, *events, completed


def _parts(turn: Turn, answer: Message) -> Iterator[ChatEvent]:
    # Turns that were stored before they had outlines are told in one piece.
    outline = turn.outline or (len(answer.content), *(CITED for _ in answer.citations))
    citations, at = iter(answer.citations), 0
    for seq, size in enumerate(outline, start=2):
        if size == CITED:
            yield CitationAdded(turn_id=turn.id, seq=seq, citation=next(citations))
        else:
            yield TextDelta(turn_id=turn.id, seq=seq, text=answer.content[at : at + size])
            at += size
