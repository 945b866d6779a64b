"""A conversation and its messages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.chat.citation import Citation
from domain.shared import ConversationId, DocumentId, InvalidInput, MessageId, UserId, checked_text, checked_title

MESSAGE_LIMIT = 8_000
UNTITLED = "…"
"""The title of a conversation that was begun without one, until its first question."""
_TITLE_FROM_MESSAGE = 80


class UnsuitableMessage(InvalidInput):
    """A message is 1 to 8,000 characters, spaces at its ends not counted."""

    def __init__(self, actual: int) -> None:
        super().__init__(
            f"A message has 1 to {MESSAGE_LIMIT:,} characters; this one has {actual:,}.",
            field="message",
            limit=MESSAGE_LIMIT,
            actual=actual,
        )


def question_in(message: str) -> str:
    """The message without spaces at its ends. Errors: UnsuitableMessage, UnstorableText."""
    question = checked_text(message, field="message").strip()
    if not 1 <= len(question) <= MESSAGE_LIMIT:
        raise UnsuitableMessage(len(question))
    return question


def title_from(question: str) -> str:
    """The beginning of a question, on one line, cut between words where it is long."""
    line = " ".join(question.split())
    if len(line) <= _TITLE_FROM_MESSAGE:
        return line
    beginning = line[: _TITLE_FROM_MESSAGE - 1]
    words, space, _ = beginning.rpartition(" ")
    return f"{words if space else beginning}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Messages in a row. `updated_at` moves with every turn; `document_id` is the document that it is about."""

    id: ConversationId
    owner: UserId
    title: str
    created_at: datetime
    updated_at: datetime
    document_id: DocumentId | None = None

    def __post_init__(self) -> None:
        checked_title(self.title)

    def about(self, document_id: DocumentId, *, title: str) -> Conversation:
        """Of a document, by this title. Errors: UnsuitableTitle, UnstorableText."""
        return replace(self, document_id=document_id, title=title)

    def named_by(self, question: str) -> Conversation:
        """With a title from its first question, when it has none of its own."""
        return replace(self, title=title_from(question)) if self.title == UNTITLED else self

    def continued(self, *, at: datetime) -> Conversation:
        return replace(self, updated_at=max(at, self.updated_at))


class MessageRole(StrEnum):
    USER = "USER"
    ASSISTANT = "ASSISTANT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What was said. Citations are in the order in which they stand in the content, which is Markdown."""

    id: MessageId
    conversation_id: ConversationId
    owner: UserId
    role: MessageRole
    content: str
    created_at: datetime
    citations: tuple[Citation, ...] = ()
    credits_charged: int = 0
