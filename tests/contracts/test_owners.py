"""Every query names its owner: as the worker, whom row-level security shows all rows, one still sees only one's own."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.accounts import PostgresCreditReader
from adapters.postgres.chat import PostgresConversationReader, PostgresMessageReader
from adapters.postgres.chunk_index import PostgresChunkIndex
from adapters.postgres.chunks import PostgresChunkReader
from adapters.postgres.engine import WORKER_ROLE, Transactions
from adapters.postgres.practice import PostgresExerciseReader, PostgresResponseReader
from adapters.postgres.sources import PostgresSourceReader
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from adapters.postgres.writing import PostgresDocumentReader
from application.library import Scope, SourceFilter
from application.practice import ExerciseFilter
from application.shared import Window
from application.writing import DocumentFilter
from domain.chat import Conversation, Message, Turn
from domain.library import Chunk, Source
from domain.practice import Exercise, Response
from domain.shared import NotYours, UserId
from domain.writing import Document, NotAttached
from tests.builders import NOON, a_hold, signed_up
from tests.builders_chat import a_citation, a_conversation, a_message, a_turn
from tests.builders_library import a_stored_source
from tests.builders_practice import a_card, a_response, a_review_entry, an_exercise, stored_exercises
from tests.builders_writing import a_document, an_attachment, stored

EVERYTHING = Window(first=100)


@pytest.fixture
def worker(worker_engine: AsyncEngine) -> Transactions:
    return Transactions(worker_engine, role=WORKER_ROLE)


@dataclass(frozen=True)
class Belongings:
    """One of everything."""

    owner: UserId
    source: Source
    chunk: Chunk
    document: Document
    exercise: Exercise
    response: Response
    conversation: Conversation
    message: Message
    turn: Turn


@pytest.fixture
async def theirs(worker: Transactions) -> Belongings:
    uow = OpenPostgresUnitOfWork(worker)
    owner = (await signed_up(uow)).id
    source, (chunk,) = await a_stored_source(uow, owner)
    document, conversation = a_document(owner), a_conversation(owner)
    await stored(uow, document, an_attachment(document, source))
    exercise = an_exercise(owner).attempted(50, due_at=NOON)
    await stored_exercises(uow, exercise)
    response, message = a_response(exercise), a_message(conversation, citations=(a_citation(),))
    turn, hold = a_turn(message, key="k"), a_hold(owner)
    async with uow(owner) as unit:
        await unit.responses.add(response)
        await unit.reviews.save(a_card(exercise), a_review_entry(exercise), owner=owner)
        await unit.conversations.add(conversation)
        await unit.messages.add(message)
        await unit.turns.add(turn)
        await unit.credits.save((await unit.credits.lock(owner=owner)).hold(hold), hold=hold)
        await unit.commit()
    return Belongings(owner, source, chunk, document, exercise, response, conversation, message, turn)


@pytest.fixture
async def me(worker: Transactions) -> UserId:
    return (await signed_up(OpenPostgresUnitOfWork(worker))).id


async def test_sources_and_chunks(worker: Transactions, me: UserId, theirs: Belongings) -> None:
    sources, chunks = PostgresSourceReader(worker), PostgresChunkReader(worker)
    for refused in (
        sources.get(owner=me, id=theirs.source.id),
        sources.text(owner=me, id=theirs.source.id),
        chunks.get(owner=me, id=theirs.chunk.id),
    ):
        with pytest.raises(NotYours):
            await refused
    assert await sources.many(owner=me, ids=[theirs.source.id]) == {}
    assert (await sources.page(owner=me, window=EVERYTHING, where=SourceFilter())).items == ()
    assert await sources.count(owner=me, where=SourceFilter(document_id=theirs.document.id)) == 0
    assert await chunks.many(owner=me, ids=[theirs.chunk.id]) == {}
    assert (await chunks.page(owner=me, source_id=theirs.source.id, window=EVERYTHING)).items == ()
    assert await chunks.count(owner=me, source_id=theirs.source.id) == 0
    assert await chunks.spread(owner=me, source_ids=None, limit=100) == []
    found = await PostgresChunkIndex(worker).candidates(
        owner=me, query="Po Monviso", vector=None, model="m", scope=Scope(), depth=10
    )
    assert (found.items, found.chunks_in_scope) == ((), 0)


async def test_exercises_and_responses(worker: Transactions, me: UserId, theirs: Belongings) -> None:
    exercises, responses = PostgresExerciseReader(worker), PostgresResponseReader(worker)
    for refused in (
        exercises.get(owner=me, id=theirs.exercise.id),
        responses.get(owner=me, id=theirs.response.id),
    ):
        with pytest.raises(NotYours):
            await refused
    assert await exercises.many(owner=me, ids=[theirs.exercise.id]) == {}
    assert (await exercises.page(owner=me, window=EVERYTHING, where=ExerciseFilter())).items == ()
    assert await exercises.count(owner=me, where=ExerciseFilter()) == 0
    assert await exercises.due(owner=me, at=NOON, limit=100) == ()
    assert await exercises.fingerprints(owner=me) == frozenset()
    assert await responses.with_attempt(owner=me, attempt_id=theirs.response.attempt_id) is None
    assert (await responses.page(owner=me, window=EVERYTHING)).items == ()
    assert await responses.count(owner=me) == 0
    progress = await responses.progress(owner=me, at=NOON)
    assert (progress.answered, progress.due_now, progress.streak_days, progress.by_focus) == (0, 0, 0, ())


async def test_documents(worker: Transactions, me: UserId, theirs: Belongings) -> None:
    documents = PostgresDocumentReader(worker)
    with pytest.raises(NotYours):
        await documents.get(owner=me, id=theirs.document.id)
    assert await documents.many(owner=me, ids=[theirs.document.id]) == {}
    assert (await documents.page(owner=me, window=EVERYTHING, where=DocumentFilter())).items == ()
    assert await documents.count(owner=me, where=DocumentFilter()) == 0
    assert await documents.attached(owner=me, ids=[theirs.document.id]) == {theirs.document.id: ()}


async def test_conversations_and_messages(worker: Transactions, me: UserId, theirs: Belongings) -> None:
    conversations, messages = PostgresConversationReader(worker), PostgresMessageReader(worker)
    for refused in (
        conversations.get(owner=me, id=theirs.conversation.id),
        messages.get(owner=me, id=theirs.message.id),
    ):
        with pytest.raises(NotYours):
            await refused
    assert await conversations.many(owner=me, ids=[theirs.conversation.id]) == {}
    assert (await conversations.page(owner=me, window=EVERYTHING)).items == ()
    assert await conversations.count(owner=me) == 0
    assert await messages.many(owner=me, ids=[theirs.message.id]) == {}
    said = await messages.page(owner=me, conversation_id=theirs.conversation.id, window=EVERYTHING)
    assert said.items == ()
    assert await messages.count(owner=me, conversation_id=theirs.conversation.id) == 0


async def test_credits(worker: Transactions, me: UserId, theirs: Belongings) -> None:
    credits = PostgresCreditReader(worker)
    assert (await credits.account(owner=me)).owner == me
    assert await credits.holds(owner=me) == ()
    assert {entry.owner for entry in (await credits.page(owner=me, window=EVERYTHING)).items} == {me}
    assert await credits.count(owner=me) == 1
    (grant,) = (await credits.page(owner=theirs.owner, window=EVERYTHING)).items
    with pytest.raises(NotYours):
        await credits.get(owner=me, id=grant.id)


async def test_what_a_transaction_reads_and_deletes(worker: Transactions, me: UserId, theirs: Belongings) -> None:
    async with OpenPostgresUnitOfWork(worker)(me) as uow:
        for refused in (
            uow.sources.get(owner=me, id=theirs.source.id),
            uow.sources.delete(owner=me, id=theirs.source.id),
            uow.chunks.get(owner=me, id=theirs.chunk.id),
            uow.exercises.lock(owner=me, id=theirs.exercise.id),
            uow.exercises.delete(owner=me, id=theirs.exercise.id),
            uow.documents.lock(owner=me, id=theirs.document.id),
            uow.documents.delete(owner=me, id=theirs.document.id),
            uow.documents.take_citation_number(owner=me, id=theirs.document.id),
            uow.conversations.get(owner=me, id=theirs.conversation.id),
            uow.conversations.delete(owner=me, id=theirs.conversation.id),
            uow.messages.get(owner=me, id=theirs.message.id),
            uow.turns.lock(owner=me, id=theirs.turn.id),
        ):
            with pytest.raises(NotYours):
                await refused
        with pytest.raises(NotAttached):
            await uow.attachments.delete(owner=me, document_id=theirs.document.id, source_id=theirs.source.id)
        assert await uow.sources.with_content(owner=me, content_hash=theirs.source.content_hash) is None
        assert await uow.chunks.many(owner=me, ids=[theirs.chunk.id]) == {}
        assert await uow.responses.with_attempt(owner=me, attempt_id=theirs.response.attempt_id) is None
        assert await uow.reviews.card(owner=me, exercise_id=theirs.exercise.id) is None
        assert await uow.attachments.of(owner=me, document_id=theirs.document.id) == ()
        assert await uow.messages.latest(owner=me, conversation_id=theirs.conversation.id, limit=10) == ()
        assert await uow.turns.with_key(owner=me, key="k") is None
