"""An application for the tests of writing and chat: real use cases on memory, with a library that is already read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

from adapters.memory.chat import MemoryConversationReader, MemoryMessageReader
from adapters.memory.chunk_index import MemoryChunkIndex
from adapters.memory.chunks import MemoryChunkReader
from adapters.memory.database import MemoryDatabase
from adapters.memory.sources import MemorySourceReader
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.memory.writing import MemoryDocumentReader
from adapters.offline import FUSION_WEIGHTS, OfflineEmbedder
from adapters.offline.chat_model import OfflineChatModel
from adapters.system import new_uuid7, utc_now
from application.accounts import HoldCredits
from application.app import Application
from application.chat import AnswerQuestion, Chat, ChatModel, CreateConversation, DeleteConversation
from application.library import Library, Retrieve, Search
from application.writing import (
    AttachSource,
    CreateDocument,
    DeleteDocument,
    DetachSource,
    TakeCitationNumber,
    UpdateDocument,
    Writing,
)
from domain.library import ExtractedText, Source, chunked
from domain.shared import UserId
from entrypoints.graphql.ids import global_id
from tests.builders_writing import a_stored_source


@dataclass(frozen=True)
class Study:
    """The application, and a shelf to put sources on."""

    application: Application
    uow: OpenMemoryUnitOfWork

    async def shelve(self, owner: UserId, text: str, **changes: object) -> str:
        """A source with this text, read and searchable; its id as a client sees it."""
        source: Source = a_stored_source(owner, **changes)
        extracted = ExtractedText(text=text, language="it")
        async with self.uow(owner) as uow:
            await uow.sources.add(source)
            chunks = chunked(extracted, source_id=source.id)
            await uow.chunks.replace(owner=owner, source=source, text=extracted, chunks=chunks)
            await uow.commit()
        return global_id("Source", source.id)


def a_study(database: MemoryDatabase, beginnings: Application, *, model: ChatModel | None = None) -> Study:
    """Writing and chat beside what `beginnings` has."""
    uow = OpenMemoryUnitOfWork(database)
    search = Search(index=MemoryChunkIndex(database), embedder=OfflineEmbedder(), weights=FUSION_WEIGHTS)
    readers = SimpleNamespace(sources=MemorySourceReader(database), chunks=MemoryChunkReader(database))
    writing = Writing(
        documents=MemoryDocumentReader(database),
        create_document=CreateDocument(uow=uow, clock=utc_now, new_id=new_uuid7),
        update_document=UpdateDocument(uow=uow, clock=utc_now),
        delete_document=DeleteDocument(uow=uow),
        attach_source=AttachSource(uow=uow, clock=utc_now),
        detach_source=DetachSource(uow=uow),
        take_citation_number=TakeCitationNumber(uow=uow),
    )
    chat = Chat(
        conversations=MemoryConversationReader(database),
        messages=MemoryMessageReader(database),
        answer_question=AnswerQuestion(
            uow=uow,
            hold=HoldCredits(uow=uow, clock=utc_now, new_id=new_uuid7, lifetime=timedelta(minutes=10)),
            find_passages=Retrieve(search=search),
            model=model or OfflineChatModel(),
            clock=utc_now,
            new_id=new_uuid7,
        ),
        create_conversation=CreateConversation(uow=uow, clock=utc_now, new_id=new_uuid7),
        delete_conversation=DeleteConversation(uow=uow),
    )
    library = cast("Library", readers)
    return Study(application=replace(beginnings, library=library, writing=writing, chat=chat), uow=uow)
