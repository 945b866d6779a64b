"""A turn: one question and its answer, from start to end, kept so that it is asked and charged once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.chat.conversation import Message
from domain.chat.failure import FailureCode, TurnFailure
from domain.chat.outline import CallEnded, Outline
from domain.shared import (
    Conflict,
    ConversationId,
    HoldId,
    InvalidInput,
    MessageId,
    TurnId,
    UserId,
    checked_text,
)

KEY_LIMIT = 200


class TurnStatus(StrEnum):
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class TurnKeyInUse(Conflict):
    """The owner has a turn with this key."""

    def __init__(self) -> None:
        super().__init__("There is a turn with this key.")


class ConversationBusy(Conflict):
    """A turn of this conversation has not ended yet. Its answer belongs to what the next question is asked after."""

    def __init__(self, turn_id: TurnId) -> None:
        super().__init__(
            "This conversation is still being answered: wait for the end, or cancel it.", turn_id=str(turn_id)
        )
        self.turn_id = turn_id


class TurnEnded(Conflict):
    """The turn was ended by somebody else, who took its process for dead."""

    def __init__(self) -> None:
        super().__init__("The turn has ended.")


class TurnKeyTaken(Conflict):
    """The key belongs to a turn that asked something else."""

    def __init__(self) -> None:
        super().__init__("This turn key was used for another question.")


def checked_key(key: str) -> str:
    """The key, when it is 1 to 200 characters. Errors: InvalidInput."""
    if not 1 <= len(key) <= KEY_LIMIT:
        raise InvalidInput(
            f"A turn key has 1 to {KEY_LIMIT} characters.", field="turnKey", limit=KEY_LIMIT, actual=len(key)
        )
    return checked_text(key, field="turnKey")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """`key` is the client's own name for it, unique among the owner's turns; `answer_id` is there once COMPLETED.

    `balance` is what the owner had left when it ended; `hold_id` is what was set aside for it. `outline` tells how the
    answer was cut into events (see `retelling`), `last_seq` is the number of the last of them, 0 while it runs.
    """

    id: TurnId
    owner: UserId
    conversation_id: ConversationId
    question_id: MessageId
    started_at: datetime
    key: str | None = None
    status: TurnStatus = TurnStatus.RUNNING
    answer_id: MessageId | None = None
    failure: TurnFailure | None = None
    tokens_used: int = 0
    credits_charged: int = 0
    balance: int | None = None
    finished_at: datetime | None = None
    hold_id: HoldId | None = None
    outline: Outline = ()
    last_seq: int = 0

    @property
    def out_of_credits(self) -> bool:
        """Whether a tool was refused because the owner's credits did not cover it, or what would have followed."""
        return any(
            isinstance(entry, CallEnded) and entry.failure is FailureCode.INSUFFICIENT_CREDITS for entry in self.outline
        )

    def completed(
        self, answer: Message, *, tokens_used: int, balance: int, at: datetime, outline: Outline = ()
    ) -> Turn:
        """Answered, and paid for with what the answer says. Errors: TurnEnded."""
        self._must_run()
        return replace(
            self,
            status=TurnStatus.COMPLETED,
            answer_id=answer.id,
            tokens_used=tokens_used,
            credits_charged=answer.credits_charged,
            balance=balance,
            finished_at=at,
            outline=outline,
            last_seq=len(outline) + 2,
        )

    def failed(
        self, failure: TurnFailure, *, at: datetime, last_seq: int, tokens_used: int = 0, credits_charged: int = 0
    ) -> Turn:
        """Ended without an answer; `last_seq` is the number of the event that says so. Errors: TurnEnded."""
        self._must_run()
        return replace(
            self,
            status=TurnStatus.FAILED,
            failure=failure,
            tokens_used=tokens_used,
            credits_charged=credits_charged,
            finished_at=at,
            last_seq=last_seq,
        )

    def _must_run(self) -> None:
        if self.status is not TurnStatus.RUNNING:
            raise TurnEnded
