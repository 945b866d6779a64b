"""What will it cost to ask this?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.chat.asking import Question, admit
from application.chat.ports import OpenUnitOfWork
from application.shared import Clock, NewId
from domain.accounts import ResearchDepth
from domain.shared import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateAnswer:
    """Admits the question as the turn would, and neither holds nor stores anything."""

    uow: OpenUnitOfWork
    clock: Clock
    new_id: NewId

    async def __call__(
        self,
        *,
        owner: UserId,
        message: str,
        conversation_id: UUID | None = None,
        document_id: UUID | None = None,
        source_ids: Sequence[UUID] | None = None,
        turn_key: str | None = None,
        depth: ResearchDepth | None = None,
    ) -> int:
        """Credits that the turn holds at least, more while it uses tools; 0 for a key whose turn there is already.

        Errors: those of AnswerQuestion before its first event, but for InsufficientCredits and those of a used key.
        """
        question = Question(
            owner=owner,
            text=message,
            conversation_id=conversation_id,
            document_id=document_id,
            source_ids=None if source_ids is None else tuple(source_ids),
            turn_key=turn_key,
            depth=depth,
        )
        async with self.uow(owner) as uow:
            if turn_key is not None and await uow.turns.with_key(owner=owner, key=turn_key) is not None:
                return 0
            admitted = await admit(uow, question, new_id=self.new_id(), at=self.clock())
        return admitted.estimate
