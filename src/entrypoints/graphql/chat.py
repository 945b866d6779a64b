"""Conversations: begun, read, deleted; their messages, with citations. The answers themselves are in `chat_stream`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

import strawberry

from domain import chat
from domain.shared import ChunkId, ConversationId, DocumentId, MessageId
from entrypoints.graphql.connections import After, Connection, First, connect
from entrypoints.graphql.context import Info
from entrypoints.graphql.fields import mutation, resolver
from entrypoints.graphql.ids import Node, global_id, key_of
from entrypoints.graphql.library import Chunk
from entrypoints.graphql.parts import Part
from entrypoints.graphql.scalars import Input, described_enum, or_none
from entrypoints.graphql.writing import Document

if TYPE_CHECKING:
    from entrypoints.graphql.context import Context

MessageRole = described_enum(
    chat.MessageRole,
    description="Who says it.",
    values={"USER": "The viewer.", "ASSISTANT": "The language model."},
)
Verdict = described_enum(
    chat.Verdict,
    description="Whether the quotation carries what was said. Computed by comparing the words, not by the model.",
    values={
        "VERIFIED": "The source has these words.",
        "FUZZY": "The source has most of these words, and every number.",
        "UNSUPPORTED": "The source does not have them; the quotation is the nearest that there is.",
    },
)

CitationAnchor = described_enum(
    chat.Anchor,
    name="CitationAnchor",
    description="Where the quoted words stand in the source as it was last read.",
    values={
        "SAME": "Where they stood when they were quoted.",
        "MOVED": "To the letter, at another place: `start`, `end`, `page` and `chunk` are the new ones.",
        "CHANGED": "Not to the letter: `start` to `end` is what the source says at their place now.",
        "LOST": "Nowhere: `start` and `end` are those of when they were quoted, and there is no chunk.",
    },
)


@strawberry.type(description="Where an answer has something from.")
class Citation:
    marker: int = strawberry.field(description="The number printed in the text as [n].")
    quote: str = strawberry.field(description="The source's own words, as they were quoted.")
    start: int = strawberry.field(description="Where they begin in the source's extracted text, in characters.")
    end: int = strawberry.field(description="Where they end in the source's extracted text, in characters.")
    page: int | None = strawberry.field(description="The page where their chunk begins, counted from 1.")
    verdict: chat.Verdict = strawberry.field(description="Whether they carry what was said.")
    anchor: chat.Anchor = strawberry.field(
        description="Whether the source still has them there. Looked for anew within seconds when it was read again."
    )
    chunk_id: strawberry.Private[ChunkId | None]

    @resolver("What they stand in; null once the source was deleted, or read again without them.")
    async def chunk(self, info: Info) -> Chunk | None:
        return await Chunk.quoted(info.context, self.chunk_id)

    @classmethod
    def of(cls, citation: chat.Citation) -> Self:
        return cls(
            marker=citation.marker,
            quote=citation.quote,
            start=citation.start,
            end=citation.end,
            page=citation.page,
            verdict=citation.verdict,
            anchor=citation.anchor,
            chunk_id=citation.chunk_id,
        )


@strawberry.type(description="What was said.")
class Message(Node):
    role: chat.MessageRole = strawberry.field(description="By whom.")
    content: str = strawberry.field(description="Markdown, with markers such as [1] where it cites.")
    citations: list[Citation] = strawberry.field(description="In the order in which they stand in the content.")
    credits_charged: int = strawberry.field(description="0 for the viewer's own.")
    created_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, message: chat.Message) -> Self:
        return cls(
            id=global_id("Message", message.id),
            role=message.role,
            content=message.content,
            citations=[Citation.of(citation) for citation in message.citations],
            credits_charged=message.credits_charged,
            created_at=message.created_at,
        )

    @classmethod
    async def get(cls, context: Context, key: UUID) -> Self:
        return cls.of(await context.app.chat.messages.get(owner=context.owner, id=key))

    @classmethod
    async def many(cls, context: Context, keys: Sequence[UUID]) -> Mapping[UUID, Self]:
        found = await context.app.chat.messages.many(owner=context.owner, ids=[MessageId(key) for key in keys])
        return {id: cls.of(message) for id, message in found.items()}


@strawberry.type(description="Questions and answers in a row.")
class Conversation(Node):
    title: str = strawberry.field(description="Given, or the beginning of the first question.")
    created_at: datetime = strawberry.field(description="When it was begun.")
    updated_at: datetime = strawberry.field(description="When something was last said.")
    key: strawberry.Private[ConversationId]
    document_id: strawberry.Private[DocumentId | None]

    @resolver("What it is about; null for the whole library, or once the document was deleted.")
    async def document(self, info: Info) -> Document | None:
        if self.document_id is None:
            return None
        context = info.context
        found = await context.loaders.find(context.app.writing.documents.many, self.document_id, owner=context.owner)
        return None if found is None else Document.of(found)

    @resolver("What was said, from the beginning.")
    async def messages(
        self, info: Info, first: First = strawberry.UNSET, after: After = strawberry.UNSET
    ) -> Connection[Message]:
        reader, owner, key = info.context.app.chat.messages, info.context.owner, self.key
        return await connect(
            f"Conversation.messages:{key}",
            first=first,
            after=after,
            page=lambda window: reader.page(owner=owner, conversation_id=key, window=window),
            count=lambda: reader.count(owner=owner, conversation_id=key),
            node=Message.of,
        )

    @classmethod
    def of(cls, conversation: chat.Conversation) -> Self:
        return cls(
            id=global_id("Conversation", conversation.id),
            title=conversation.title,
            created_at=conversation.created_at,
            updated_at=conversation.updated_at,
            key=conversation.id,
            document_id=conversation.document_id,
        )

    @classmethod
    async def get(cls, context: Context, key: UUID) -> Self:
        return cls.of(await context.app.chat.conversations.get(owner=context.owner, id=key))

    @classmethod
    async def many(cls, context: Context, keys: Sequence[UUID]) -> Mapping[UUID, Self]:
        ids = [ConversationId(key) for key in keys]
        found = await context.app.chat.conversations.many(owner=context.owner, ids=ids)
        return {id: cls.of(conversation) for id, conversation in found.items()}


@strawberry.input(description="A new conversation.")
class CreateConversationInput:
    title: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="1 to 200 characters; else the document's, else the beginning of the first question.",
    )
    document_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="What it is about: answers then come from the document's sources."
    )


@strawberry.type(description="The new conversation.")
class CreateConversationPayload:
    conversation: Conversation = strawberry.field(description="Without messages.")


@strawberry.input(description="Which conversation to delete, for good.")
class DeleteConversationInput:
    id: strawberry.ID = strawberry.field(description="Of the conversation.")


@strawberry.type(description="What was deleted.")
class DeleteConversationPayload:
    deleted_id: strawberry.ID = strawberry.field(description="The id that is no more.")


@strawberry.type
class ViewerFields:
    @resolver("What the viewer asked, newest conversation first.")
    async def conversations(
        self, info: Info, first: First = strawberry.UNSET, after: After = strawberry.UNSET
    ) -> Connection[Conversation]:
        reader, owner = info.context.app.chat.conversations, info.context.owner
        return await connect(
            "User.conversations",
            first=first,
            after=after,
            page=lambda window: reader.page(owner=owner, window=window),
            count=lambda: reader.count(owner=owner),
            node=Conversation.of,
        )


@strawberry.type
class Mutation:
    @mutation("Begins a conversation without a question; `chat` begins one by itself.")
    async def create_conversation(self, info: Info, given: Input[CreateConversationInput]) -> CreateConversationPayload:
        document_id = or_none(given.document_id)
        conversation = await info.context.app.chat.create_conversation(
            owner=info.context.owner,
            title=or_none(given.title),
            document_id=None if document_id is None else key_of("Document", document_id, field="documentId"),
        )
        return CreateConversationPayload(conversation=Conversation.of(conversation))

    @mutation("Deletes a conversation with its messages, for good; what was charged stays in the ledger.")
    async def delete_conversation(self, info: Info, given: Input[DeleteConversationInput]) -> DeleteConversationPayload:
        key = key_of("Conversation", given.id)
        await info.context.app.chat.delete_conversation(owner=info.context.owner, id=key)
        return DeleteConversationPayload(deleted_id=given.id)


PART = Part(mutation=Mutation, viewer=ViewerFields, nodes=(Conversation, Message))
