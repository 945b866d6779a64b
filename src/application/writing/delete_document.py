"""Delete a document for good."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.writing.ports import OpenUnitOfWork
from domain.shared import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteDocument:
    """Its sources are detached and stay in the library."""

    uow: OpenUnitOfWork

    async def __call__(self, *, owner: UserId, id: UUID) -> None:
        """Errors: NoSuch, NotYours."""
        async with self.uow(owner) as uow:
            await uow.documents.delete(owner=owner, id=id)
            await uow.commit()
