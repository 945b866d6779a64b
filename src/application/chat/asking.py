"""May this be asked? Everything that a question names is looked up before anything is held or stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.chat.ports import UnitOfWork
from application.library.ports import Scope
from domain.accounts import Preferences, ResearchDepth, cost_of_tokens
from domain.chat import Conversation, Message, checked_key, question_in, title_from
from domain.shared import ConversationId, DocumentId, InvalidInput, UserId, estimate_tokens

HISTORY = 10
SOURCES_LIMIT = 100
ANSWER_TOKENS = 1_000
LAST_WORDS = 400
"""Tokens that are kept for the end of an answer whose tools cannot be paid any more."""
_PASSAGE_TOKENS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What a question is worth: passages that a search brings, and rounds of tools before the model must answer."""

    passages: int
    rounds: int


EFFORTS: Mapping[ResearchDepth, Effort] = {
    ResearchDepth.QUICK: Effort(passages=6, rounds=3),
    ResearchDepth.DEEP: Effort(passages=12, rounds=8),
}


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
    """What a client asks, within its limits; the text has no spaces at its ends. `depth`: None for the preferred one.

    Errors: UnsuitableMessage, UnstorableText, InvalidInput (the turn key), TooManySources.
    """

    owner: UserId
    text: str
    conversation_id: UUID | None = None
    document_id: UUID | None = None
    source_ids: tuple[UUID, ...] | None = None
    turn_key: str | None = None
    depth: ResearchDepth | None = None

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
    document_id: DocumentId | None
    history: tuple[Message, ...]
    depth: ResearchDepth

    @property
    def effort(self) -> Effort:
        return EFFORTS[self.depth]

    @property
    def estimate(self) -> int:
        """What an answer without tools will hardly cost more than, in credits."""
        return estimated_credits(self.question.text, self.history, depth=self.depth)

    @property
    def estimate_with_tools(self) -> int:
        """The same, and as much again as it takes to end the answer when nothing more can be paid."""
        read = _tokens_read(self.question.text, self.history, self.depth)
        return cost_of_tokens(read + ANSWER_TOKENS + read + LAST_WORDS)


def estimated_credits(
    question: str, history: Sequence[Message] = (), *, depth: ResearchDepth = ResearchDepth.QUICK
) -> int:
    """Credits for a question, what was said before, the passages, and an answer of a thousand tokens."""
    return cost_of_tokens(_tokens_read(question, history, depth) + ANSWER_TOKENS)


def _tokens_read(question: str, history: Sequence[Message], depth: ResearchDepth) -> int:
    said = sum(estimate_tokens(message.content) for message in history)
    return estimate_tokens(question) + said + EFFORTS[depth].passages * _PASSAGE_TOKENS


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
    document_id = conversation.document_id
    if question.document_id is not None:
        document_id = (await uow.documents.get(owner=owner, id=question.document_id)).id
    return Admitted(
        question=question,
        conversation=conversation,
        begins=question.conversation_id is None,
        scope=await _scope(uow, question, document_id),
        document_id=document_id,
        history=history,
        depth=question.depth or await _preferred_depth(uow, owner),
    )


async def _preferred_depth(uow: UnitOfWork, owner: UserId) -> ResearchDepth:
    user = await uow.users.find(owner=owner)
    return (Preferences() if user is None else user.preferences).research_depth


async def _scope(uow: UnitOfWork, question: Question, document_id: DocumentId | None) -> Scope:
    """The sources that were named; else those attached to the document, where there are any; else the whole library."""
    owner = question.owner
    if question.source_ids is not None:
        named = [(await uow.sources.get(owner=owner, id=id)).id for id in dict.fromkeys(question.source_ids)]
        return Scope(source_ids=tuple(named))
    if document_id is not None and await uow.attachments.of(owner=owner, document_id=document_id):
        return Scope(document_id=document_id)
    return Scope()
