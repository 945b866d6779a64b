"""Begin a conversation without a question."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.chat.ports import OpenUnitOfWork
from application.shared import Clock, NewId
from domain.chat import UNTITLED, Conversation
from domain.shared import ConversationId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateConversation:
    """About a document, when one is given; its title is then the document's, unless another is given."""

    uow: OpenUnitOfWork
    clock: Clock
    new_id: NewId

    async def __call__(
        self, *, owner: UserId, title: str | None = None, document_id: UUID | None = None
    ) -> Conversation:
        """Errors: UnsuitableTitle, UnstorableText, NoSuch and NotYours (of the document)."""
        now = self.clock()
        conversation = Conversation(
            id=ConversationId(self.new_id()),
            owner=owner,
            title=UNTITLED if title is None else title,
            created_at=now,
            updated_at=now,
        )
        async with self.uow(owner) as uow:
            if document_id is not None:
                document = await uow.documents.get(owner=owner, id=document_id)
                conversation = conversation.about(document.id, title=title or document.title)
            await uow.conversations.add(conversation)
            await uow.commit()
        return conversation
