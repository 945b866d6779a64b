"""Tell a turn again that ended before: the same outcome, without asking the model and without a charge."""

from __future__ import annotations

from datetime import datetime

from application.chat.ports import UnitOfWork
from domain.chat import (
    INTERNAL_FAILURE,
    ChatEvent,
    CitationAdded,
    TextDelta,
    Turn,
    TurnCompleted,
    TurnFailed,
    TurnKeyTaken,
    TurnStarted,
    TurnStatus,
)


async def replayed(uow: UnitOfWork, turn: Turn, *, question: str, at: datetime) -> tuple[ChatEvent, ...]:
    """Its events: the text in one delta, citations, the end. A turn whose process died is put down as lost.

    Errors: TurnKeyTaken when the turn asked something else, TurnRunning while it has not ended.
    """
    asked = await uow.messages.get(owner=turn.owner, id=turn.question_id)
    if asked.content != question:
        raise TurnKeyTaken
    ended = turn.seen(at=at)
    if ended is not turn:
        await uow.turns.save(ended)
    conversation = await uow.conversations.get(owner=turn.owner, id=turn.conversation_id)
    started = TurnStarted(turn_id=turn.id, seq=1, conversation=conversation)
    if ended.status is not TurnStatus.COMPLETED or ended.answer_id is None:
        failure = ended.failure or INTERNAL_FAILURE
        return started, TurnFailed(turn_id=turn.id, seq=2, failure=failure, credits_charged=ended.credits_charged)
    answer = await uow.messages.get(owner=turn.owner, id=ended.answer_id)
    citations = [
        CitationAdded(turn_id=turn.id, seq=seq, citation=citation) for seq, citation in enumerate(answer.citations, 3)
    ]
    completed = TurnCompleted(
        turn_id=turn.id,
        seq=3 + len(citations),
        message=answer,
        tokens_used=ended.tokens_used,
        credits_charged=ended.credits_charged,
        balance=ended.balance or 0,
    )
    return started, TextDelta(turn_id=turn.id, seq=2, text=answer.content), *citations, completed
