"""Turns in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engine import DatabaseUnavailable, constraint_of
from adapters.postgres.rows import AnyRow, refuse, refuse_absent
from adapters.postgres.tables.chat import turns
from adapters.postgres.turn_outlines import outline_in, rows_of
from application.chat.ports import TurnRepository
from domain.chat import ConversationBusy, Turn, TurnFailure, TurnKeyInUse, TurnStatus
from domain.shared import ConversationId, HoldId, MessageId, TurnId, UserId

_TURN = select(
    turns.c.id,
    turns.c.user_id,
    turns.c.conversation_id,
    turns.c.question_id,
    turns.c.answer_id,
    turns.c.key,
    turns.c.status,
    turns.c.failure_code,
    turns.c.failure_message,
    turns.c.failure_retryable,
    turns.c.tokens_used,
    turns.c.credits_charged,
    turns.c.balance,
    turns.c.started_at,
    turns.c.finished_at,
    turns.c.hold_id,
    turns.c.outline,
    turns.c.last_seq,
)


class PostgresTurnRepository(TurnRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, turn: Turn) -> None:
        row = {
            **_turn_columns(turn),
            "id": turn.id,
            "user_id": turn.owner,
            "conversation_id": turn.conversation_id,
            "question_id": turn.question_id,
            "key": turn.key,
            "started_at": turn.started_at,
            "hold_id": turn.hold_id,
        }
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(insert(turns).values(row))
        except IntegrityError as error:
            if constraint_of(error) == "turns_user_id_key_key":
                raise TurnKeyInUse from error
            if constraint_of(error) == "turns_one_at_a_time_idx":
                await self._refuse_busy(turn, error)
            refuse_absent(error, {"turns_conversation_id_fkey": "conversation"})

    async def _refuse_busy(self, turn: Turn, error: IntegrityError) -> None:
        """Raise for the turn that runs in its place; which may have ended by now, and is then to be tried again."""
        other = await self.running_in(owner=turn.owner, conversation_id=turn.conversation_id)
        if other is None:
            raise DatabaseUnavailable from error
        if turn.key is not None and other.key == turn.key:
            raise TurnKeyInUse from error
        raise ConversationBusy(other.id) from error

    async def get(self, *, owner: UserId, id: UUID) -> Turn:
        row = (await self._connection.execute(_TURN.where(turns.c.user_id == owner, turns.c.id == id))).first()
        return await refuse(self._connection, turns, id, kind="turn") if row is None else _turn(row)

    async def running_in(self, *, owner: UserId, conversation_id: ConversationId) -> Turn | None:
        query = _TURN.where(
            turns.c.user_id == owner,
            turns.c.conversation_id == conversation_id,
            turns.c.status == TurnStatus.RUNNING,
        )
        row = (await self._connection.execute(query)).first()
        return None if row is None else _turn(row)

    async def with_key(self, *, owner: UserId, key: str) -> Turn | None:
        query = _TURN.where(turns.c.user_id == owner, turns.c.key == key)
        row = (await self._connection.execute(query)).first()
        return None if row is None else _turn(row)

    async def lock(self, *, owner: UserId, id: UUID) -> Turn:
        query = _TURN.where(turns.c.user_id == owner, turns.c.id == id).with_for_update()
        row = (await self._connection.execute(query)).first()
        return await refuse(self._connection, turns, id, kind="turn") if row is None else _turn(row)

    async def save(self, turn: Turn) -> None:
        changed = (
            update(turns)
            .where(turns.c.user_id == turn.owner, turns.c.id == turn.id)
            .values(_turn_columns(turn))
            .returning(turns.c.id)
        )
        if (await self._connection.execute(changed)).first() is None:
            await refuse(self._connection, turns, turn.id, kind="turn")


def _turn_columns(turn: Turn) -> Mapping[str, Any]:
    """All that changes while a turn runs."""
    failure = turn.failure
    return {
        "answer_id": turn.answer_id,
        "status": turn.status,
        "failure_code": failure.code if failure else None,
        "failure_message": failure.message if failure else None,
        "failure_retryable": failure.retryable if failure else None,
        "tokens_used": turn.tokens_used,
        "credits_charged": turn.credits_charged,
        "balance": turn.balance,
        "finished_at": turn.finished_at,
        "outline": rows_of(turn.outline),
        "last_seq": turn.last_seq,
    }


def _turn(row: AnyRow) -> Turn:
    failure = (
        TurnFailure(code=row.failure_code, message=row.failure_message, retryable=row.failure_retryable)
        if row.failure_code is not None
        else None
    )
    return Turn(
        id=TurnId(row.id),
        owner=UserId(row.user_id),
        conversation_id=ConversationId(row.conversation_id),
        question_id=MessageId(row.question_id),
        answer_id=None if row.answer_id is None else MessageId(row.answer_id),
        key=row.key,
        status=row.status,
        failure=failure,
        tokens_used=row.tokens_used,
        credits_charged=row.credits_charged,
        balance=row.balance,
        started_at=row.started_at,
        finished_at=row.finished_at,
        hold_id=None if row.hold_id is None else HoldId(row.hold_id),
        outline=outline_in(row.outline),
        last_seq=row.last_seq,
    )
