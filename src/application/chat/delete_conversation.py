"""Delete a conversation for good."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.chat.ports import OpenUnitOfWork
from domain.shared import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteConversation:
    """With its messages, citations and turns; what was charged stays in the ledger."""

    uow: OpenUnitOfWork

    async def __call__(self, *, owner: UserId, id: UUID) -> None:
        """Errors: NoSuch, NotYours."""
        async with self.uow(owner) as uow:
            await uow.conversations.delete(owner=owner, id=id)
            await uow.commit()
