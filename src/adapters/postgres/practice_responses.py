"""Responses, with what they cost and what became of an appeal, in PostgreSQL."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engine import constraint_of
from adapters.postgres.rows import AnyRow, refuse
from adapters.postgres.tables.practice import responses
from application.practice.ports import ResponseRepository
from domain.practice import Appeal, AttemptTaken, Grade, GradingCharge, Response, RubricLine
from domain.shared import ChunkId, CreditEntryId, ExerciseId, NoSuch, ResponseId, UserId

RESPONSE = select(
    responses.c.id,
    responses.c.user_id,
    responses.c.exercise_id,
    responses.c.attempt_id,
    responses.c.answer,
    responses.c.score,
    responses.c.rubric,
    responses.c.feedback,
    responses.c.faults,
    responses.c.grader,
    responses.c.confidence,
    responses.c.suggested_review,
    responses.c.response_time_ms,
    responses.c.next_review_at,
    responses.c.created_at,
    responses.c.charge_id,
    responses.c.credits_charged,
    responses.c.appeal_decided_at,
    responses.c.appeal_upheld,
    responses.c.appeal_reason,
    responses.c.appeal_score_before,
    responses.c.appeal_credits_refunded,
    responses.c.appeal_credits_charged,
)


class PostgresResponseRepository(ResponseRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, response: Response) -> None:
        charge = response.charge
        row = {
            "id": response.id,
            "user_id": response.owner,
            "exercise_id": response.exercise_id,
            "attempt_id": response.attempt_id,
            "answer": response.answer,
            "response_time_ms": response.response_time_ms,
            "created_at": response.created_at,
            "charge_id": None if charge is None else charge.entry_id,
            "credits_charged": None if charge is None else charge.credits,
            **_what_may_change(response),
        }
        try:
            await self._connection.execute(insert(responses).values(row))
        except IntegrityError as error:
            match constraint_of(error):
                case "responses_user_id_attempt_id_key":
                    raise AttemptTaken from error
                case "responses_exercise_id_fkey":
                    raise NoSuch("exercise") from error
            raise

    async def with_attempt(self, *, owner: UserId, attempt_id: str) -> Response | None:
        return await response_of(self._connection, owner=owner, attempt_id=attempt_id)

    async def get(self, *, owner: UserId, id: UUID) -> Response:
        return await one_response(self._connection, owner=owner, id=id)

    async def of_exercise(self, *, owner: UserId, exercise_id: ExerciseId) -> tuple[Response, ...]:
        query = RESPONSE.where(responses.c.user_id == owner, responses.c.exercise_id == exercise_id)
        found = await self._connection.execute(query.order_by(responses.c.created_at, responses.c.id))
        return tuple(read_response(row) for row in found)

    async def save(self, response: Response) -> None:
        changed = (
            update(responses)
            .where(responses.c.user_id == response.owner, responses.c.id == response.id)
            .values(_what_may_change(response))
            .returning(responses.c.id)
        )
        if (await self._connection.execute(changed)).first() is None:
            await refuse(self._connection, responses, response.id, kind="response")


async def one_response(connection: AsyncConnection, *, owner: UserId, id: UUID) -> Response:
    """The owner's response. Errors: NoSuch, NotYours."""
    row = (await connection.execute(RESPONSE.where(responses.c.user_id == owner, responses.c.id == id))).first()
    return await refuse(connection, responses, id, kind="response") if row is None else read_response(row)


async def response_of(connection: AsyncConnection, *, owner: UserId, attempt_id: str) -> Response | None:
    query = RESPONSE.where(responses.c.user_id == owner, responses.c.attempt_id == attempt_id)
    row = (await connection.execute(query)).first()
    return None if row is None else read_response(row)


def _what_may_change(response: Response) -> dict[str, Any]:
    grade, appeal = response.grade, response.appeal
    return {
        "score": grade.score,
        "rubric": [
            {"criterion": line.criterion, "score": line.score, "max_score": line.max_score, "comment": line.comment}
            for line in grade.rubric
        ],
        "feedback": grade.feedback,
        "faults": list(grade.faults),
        "grader": grade.grader,
        "confidence": grade.confidence,
        "suggested_review": list(response.suggested_review),
        "next_review_at": response.next_review_at,
        "appeal_decided_at": None if appeal is None else appeal.decided_at,
        "appeal_upheld": None if appeal is None else appeal.upheld,
        "appeal_reason": None if appeal is None else appeal.reason,
        "appeal_score_before": None if appeal is None else appeal.score_before,
        "appeal_credits_refunded": None if appeal is None else appeal.credits_refunded,
        "appeal_credits_charged": None if appeal is None else appeal.credits_charged,
    }


def read_response(row: AnyRow) -> Response:
    return Response(
        id=ResponseId(row.id),
        owner=UserId(row.user_id),
        exercise_id=ExerciseId(row.exercise_id),
        attempt_id=row.attempt_id,
        answer=row.answer,
        grade=Grade(
            score=row.score,
            rubric=tuple(RubricLine(**line) for line in row.rubric),
            feedback=row.feedback,
            faults=tuple(row.faults),
            grader=row.grader,
            confidence=row.confidence,
        ),
        suggested_review=tuple(ChunkId(id) for id in row.suggested_review),
        response_time_ms=row.response_time_ms,
        next_review_at=row.next_review_at,
        created_at=row.created_at,
        charge=_charge(row),
        appeal=_appeal(row),
    )


def _charge(row: AnyRow) -> GradingCharge | None:
    if row.charge_id is None:
        return None
    return GradingCharge(entry_id=CreditEntryId(row.charge_id), credits=row.credits_charged)


def _appeal(row: AnyRow) -> Appeal | None:
    if row.appeal_decided_at is None:
        return None
    return Appeal(
        upheld=row.appeal_upheld,
        decided_at=row.appeal_decided_at,
        score_before=row.appeal_score_before,
        reason=row.appeal_reason,
        credits_refunded=row.appeal_credits_refunded,
        credits_charged=row.appeal_credits_charged,
    )
