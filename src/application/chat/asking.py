"""May this be asked? Everything that a question names is looked up before anything is held or stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.chat.ports import UnitOfWork
from application.library.ports import Scope
from domain.accounts import cost_of_tokens
from domain.chat import Conversation, Message, checked_key, question_in, title_from
from domain.shared import ConversationId, DocumentId, InvalidInput, UserId, estimate_tokens

PASSAGES = 6
HISTORY = 10
SOURCES_LIMIT = 100
_PASSAGE_TOKENS = 512
_ANSWER_TOKENS = 1_000


class TooManySources(InvalidInput):
    """A question may be narrowed to at most 100 sources."""

    def __init__(self, actual: int) -> None:
        super().__init__(
            f"A question can name at most {SOURCES_LIMIT} sources.",
            field="sourceIds",
            limit=SOURCES_LIMIT,
            actual=actual,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a client asks, within its limits; the text has no spaces at its ends.

    Errors: UnsuitableMessage, UnstorableText, InvalidInput (the turn key), TooManySources.
    """

    owner: UserId
    text: str
    conversation_id: UUID | None = None
    document_id: UUID | None = None
    source_ids: tuple[UUID, ...] | None = None
    turn_key: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", question_in(self.text))
        if self.turn_key is not None:
            checked_key(self.turn_key)
        if self.source_ids is not None and len(self.source_ids) > SOURCES_LIMIT:
            raise TooManySources(len(self.source_ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A question that may be asked. `begins`: the conversation is new, and not stored yet."""

    question: Question
    conversation: Conversation
    begins: bool
    scope: Scope
    history: tuple[Message, ...]

    @property
    def estimate(self) -> int:
        """What the answer will hardly cost more than, in credits."""
        return estimated_credits(self.question.text, self.history)


def estimated_credits(question: str, history: Sequence[Message] = ()) -> int:
    """Credits for a question, what was said before, the passages, and an answer of a thousand tokens."""
    said = sum(estimate_tokens(message.content) for message in history)
    return cost_of_tokens(estimate_tokens(question) + said + PASSAGES * _PASSAGE_TOKENS + _ANSWER_TOKENS)


async def admit(uow: UnitOfWork, question: Question, *, new_id: UUID, at: datetime) -> Admitted:
    """The question with what it names. Errors: NoSuch, NotYours, for the conversation, the document or a source."""
    owner = question.owner
    if question.conversation_id is None:
        document = question.document_id and await uow.documents.get(owner=owner, id=question.document_id)
        conversation = Conversation(
            id=ConversationId(new_id),
            owner=owner,
            title=title_from(question.text),
            document_id=document.id if document else None,
            created_at=at,
            updated_at=at,
        )
        history: tuple[Message, ...] = ()
    else:
        found = await uow.conversations.get(owner=owner, id=question.conversation_id)
        conversation = found.named_by(question.text)
        history = await uow.messages.latest(owner=owner, conversation_id=conversation.id, limit=HISTORY)
    return Admitted(
        question=question,
        conversation=conversation,
        begins=question.conversation_id is None,
        scope=await _scope(uow, question, conversation),
        history=history,
    )


async def _scope(uow: UnitOfWork, question: Question, conversation: Conversation) -> Scope:
    """The sources that were named; else those attached to the document, where there are any; else the whole library."""
    owner = question.owner
    document_id: DocumentId | None = conversation.document_id
    if question.document_id is not None:
        document_id = (await uow.documents.get(owner=owner, id=question.document_id)).id
    if question.source_ids is not None:
        named = [(await uow.sources.get(owner=owner, id=id)).id for id in dict.fromkeys(question.source_ids)]
        return Scope(source_ids=tuple(named))
    if document_id is not None and await uow.attachments.of(owner=owner, document_id=document_id):
        return Scope(document_id=document_id)
    return Scope()
