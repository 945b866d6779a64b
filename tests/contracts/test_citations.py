"""The contract of citations whose source is read again: they wait, are looked for, and say where they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.memory.chat import MemoryMessageReader
from adapters.memory.chunks import MemoryChunkReader
from adapters.memory.citations import MemoryWaitingCitations
from adapters.memory.jobs import MemoryJobQueue
from adapters.memory.sources import MemorySourceReader
from adapters.postgres.chat import PostgresMessageReader
from adapters.postgres.chunks import PostgresChunkReader
from adapters.postgres.citations import PostgresWaitingCitations
from adapters.postgres.sources import PostgresSourceReader
from application.chat import (
    REANCHOR,
    MessageReader,
    PlacedCitation,
    ReanchorCitations,
    SweepCitations,
    WaitingCitations,
)
from domain.chat import Anchor, Citation, Message
from domain.library import ExtractedText, Heading, PageSpan, Source, chunked
from domain.shared import ChunkId, MessageId, SourceId, UserId
from tests.builders import NOON, signed_up
from tests.builders_chat import a_citation, a_conversation, a_message
from tests.builders_writing import a_book, stored
from tests.contracts.conftest import Store

FIRST = ("Giuseppe Garibaldi nacque a Nizza.\f", "Guidò la spedizione dei Mille. ", "Morì a Caprera nel 1882.")
LATER = ("Prefazione.\f", "Giuseppe Garibaldi nacque a Nizza.\f", "Guidò l'impresa dei Mille. ", "Scrisse le memorie.")


@pytest.fixture
def messages(store: Store) -> MessageReader:
    return store.reader(memory=MemoryMessageReader, postgres=PostgresMessageReader)


@pytest.fixture
def waiting(store: Store) -> WaitingCitations:
    return store.worker_reader(memory=MemoryWaitingCitations, postgres=PostgresWaitingCitations)


@pytest.fixture
def reanchor(store: Store) -> ReanchorCitations:
    sources = store.worker_reader(memory=MemorySourceReader, postgres=PostgresSourceReader)
    chunks = store.worker_reader(memory=MemoryChunkReader, postgres=PostgresChunkReader)
    return ReanchorCitations(uow=store.worker_uow, sources=sources, chunks=chunks)


async def read_as(store: Store, source: Source, *pages: str) -> list[ChunkId]:
    """The source's text is these pages now, a chunk each."""
    spans = [sum(map(len, pages[:number])) for number in range(len(pages) + 1)]
    extracted = ExtractedText(
        text="".join(pages),
        language="it",
        pages=tuple(PageSpan(number, spans[number - 1], spans[number]) for number in range(1, len(spans))),
        headings=tuple(Heading(start=start, level=1, text=f"{start}") for start in spans[:-1]),
    )
    chunks = chunked(extracted, source_id=source.id)
    assert len(chunks) == len(pages)
    async with store.worker_uow(source.owner) as uow:
        now = await uow.sources.get(owner=source.owner, id=source.id)
        await uow.sources.save(replace(now, processed_at=(now.processed_at or NOON) + timedelta(hours=1)))
        await uow.chunks.replace(owner=source.owner, source=source, text=extracted, chunks=chunks)
        await uow.commit()
    return [chunk.id for chunk in chunks]


def quoting(source: Source, quote: str, chunk_id: ChunkId, *, page: int) -> Citation:
    text = "".join(FIRST)
    start = text.index(quote)
    return a_citation(
        source_id=source.id,
        chunk_id=chunk_id,
        quote=quote,
        start=start,
        end=start + len(quote),
        page=page,
        prefix=text[max(0, start - 32) : start],
        suffix=text[start + len(quote) :][:32],
    )


async def a_cited_book(store: Store) -> tuple[Source, Message]:
    """Read once, and cited in one answer from each of its pages."""
    user = await signed_up(store.uow)
    source = a_book(user.id)
    await stored(store.uow, source)
    chunk_ids = await read_as(store, source, *FIRST)
    quotes = ("nacque a Nizza", "la spedizione dei Mille", "Morì a Caprera nel 1882")
    cited = [quoting(source, quote, chunk_ids[index], page=index + 1) for index, quote in enumerate(quotes)]
    conversation = a_conversation(user.id)
    answer = a_message(conversation, citations=tuple(cited))
    async with store.uow(user.id) as uow:
        await uow.conversations.add(conversation)
        await uow.messages.add(answer)
        await uow.commit()
    return source, answer


async def those_waiting(store: Store, owner: UserId, source_id: SourceId) -> tuple[PlacedCitation, ...]:
    async with store.worker_uow(owner) as uow:
        found: tuple[PlacedCitation, ...] = await uow.citations.waiting(owner=owner, source_id=source_id, limit=100)
        return found


class TestReadAgain:
    async def test_each_citation_says_what_became_of_its_words(
        self, store: Store, messages: MessageReader, reanchor: ReanchorCitations
    ) -> None:
        source, answer = await a_cited_book(store)
        chunk_ids = await read_as(store, source, *LATER)
        assert await reanchor(owner=source.owner, source_id=source.id) == 3
        moved, changed, lost = (await messages.get(owner=source.owner, id=answer.id)).citations
        text = "".join(LATER)
        assert (moved.anchor, moved.chunk_id, moved.page, moved.quoted_at) == (Anchor.MOVED, chunk_ids[1], 2, 19)
        assert text[moved.start : moved.end] == moved.quote == "nacque a Nizza"
        assert (changed.anchor, changed.chunk_id, changed.page) == (Anchor.CHANGED, chunk_ids[2], 3)
        assert (changed.quote, text[changed.start : changed.end]) == ("la spedizione dei Mille", "l'impresa dei Mille")
        assert lost == replace(answer.citations[2], anchor=Anchor.LOST, chunk_id=None)

    async def test_once_looked_for_they_wait_no_more(self, store: Store, reanchor: ReanchorCitations) -> None:
        source, _ = await a_cited_book(store)
        await read_as(store, source, *LATER)
        assert len(await those_waiting(store, source.owner, source.id)) == 3
        assert await reanchor(owner=source.owner, source_id=source.id) == 3
        assert await those_waiting(store, source.owner, source.id) == ()
        assert await reanchor(owner=source.owner, source_id=source.id) == 0

    async def test_what_comes_back_is_the_same_again(
        self, store: Store, messages: MessageReader, reanchor: ReanchorCitations
    ) -> None:
        source, answer = await a_cited_book(store)
        for pages in (LATER, LATER[:1], FIRST):
            await read_as(store, source, *pages)
            await reanchor(owner=source.owner, source_id=source.id)
        assert (await messages.get(owner=source.owner, id=answer.id)).citations == answer.citations

    async def test_a_source_that_nobody_cites_makes_nothing_wait(self, store: Store) -> None:
        user = await signed_up(store.uow)
        source = a_book(user.id)
        await stored(store.uow, source)
        await read_as(store, source, *FIRST)
        await read_as(store, source, *LATER)
        assert await those_waiting(store, user.id, source.id) == ()

    async def test_an_answer_that_ends_after_the_source_was_read_again_waits(
        self, store: Store, messages: MessageReader, reanchor: ReanchorCitations
    ) -> None:
        source, answer = await a_cited_book(store)
        await read_as(store, source, *LATER)
        conversation = a_conversation(source.owner)
        late = a_message(conversation, citations=answer.citations)
        async with store.uow(source.owner) as uow:
            await uow.conversations.add(conversation)
            await uow.messages.add(late)
            await uow.commit()
        await reanchor(owner=source.owner, source_id=source.id)
        anchors = [one.anchor for one in (await messages.get(owner=source.owner, id=late.id)).citations]
        assert anchors == [Anchor.MOVED, Anchor.CHANGED, Anchor.LOST]

    async def test_one_that_ends_before_does_not(self, store: Store) -> None:
        source, _ = await a_cited_book(store)
        assert await those_waiting(store, source.owner, source.id) == ()

    async def test_what_was_read_once_more_meanwhile_goes_on_waiting(
        self, store: Store, messages: MessageReader, reanchor: ReanchorCitations
    ) -> None:
        source, answer = await a_cited_book(store)
        await read_as(store, source, *LATER)

        class ReadMeanwhile:
            """The text, just before another takes its place."""

            def __getattr__(self, name: str) -> object:
                return getattr(reanchor.sources, name)

            async def text(self, *, owner: UserId, id: SourceId) -> str:
                text = await reanchor.sources.text(owner=owner, id=id)
                await read_as(store, source, *FIRST)
                return text

        overtaken = replace(reanchor, sources=ReadMeanwhile())  # type: ignore[arg-type]
        assert await overtaken(owner=source.owner, source_id=source.id) == 0
        assert len(await those_waiting(store, source.owner, source.id)) == 3
        await reanchor(owner=source.owner, source_id=source.id)
        found = (await messages.get(owner=source.owner, id=answer.id)).citations
        assert [one.anchor for one in found] == [Anchor.SAME] * 3

    async def test_a_source_that_is_gone_leaves_nothing_to_do(self, store: Store, reanchor: ReanchorCitations) -> None:
        source, _ = await a_cited_book(store)
        await read_as(store, source, *LATER)
        async with store.uow(source.owner) as uow:
            await uow.sources.delete(owner=source.owner, id=source.id)
            await uow.commit()
        assert await reanchor(owner=source.owner, source_id=source.id) == 0


class TestCitationRepository:
    async def test_anothers_citations_neither_wait_nor_move(self, store: Store, messages: MessageReader) -> None:
        source, answer = await a_cited_book(store)
        await read_as(store, source, *LATER)
        other = await signed_up(store.uow)
        assert await those_waiting(store, other.id, source.id) == ()
        theirs = await those_waiting(store, source.owner, source.id)
        before = await messages.get(owner=source.owner, id=answer.id)
        async with store.uow(other.id) as uow:
            await uow.citations.reanchor(
                owner=other.id,
                placed=[replace(one, citation=replace(one.citation, anchor=Anchor.LOST)) for one in theirs],
            )
            await uow.commit()
        assert await messages.get(owner=source.owner, id=answer.id) == before
        assert await those_waiting(store, source.owner, source.id) == theirs

    async def test_without_commit_nothing_happens(self, store: Store) -> None:
        source, _ = await a_cited_book(store)
        await read_as(store, source, *LATER)
        waiting = await those_waiting(store, source.owner, source.id)
        async with store.worker_uow(source.owner) as uow:
            await uow.citations.reanchor(owner=source.owner, placed=waiting)
        assert await those_waiting(store, source.owner, source.id) == waiting

    async def test_they_come_in_order_and_what_went_is_passed_over(self, store: Store) -> None:
        source, _ = await a_cited_book(store)
        await read_as(store, source, *LATER)
        async with store.worker_uow(source.owner) as uow:
            first = await uow.citations.waiting(owner=source.owner, source_id=source.id, limit=2)
            assert [one.position for one in first] == [0, 1]
            gone = replace(first[0], message_id=MessageId(uuid4()))
            await uow.citations.reanchor(owner=source.owner, placed=[gone, *first])
            await uow.commit()
        assert [one.position for one in await those_waiting(store, source.owner, source.id)] == [2]


class TestSweep:
    async def test_each_source_is_asked_for_once_and_again_when_nothing_came_of_it(
        self, store: Store, waiting: WaitingCitations, reanchor: ReanchorCitations
    ) -> None:
        source, _ = await a_cited_book(store)
        await read_as(store, source, *LATER)
        jobs, now = MemoryJobQueue(), [NOON + timedelta(days=50_000)]
        sweep = SweepCitations(waiting=waiting, jobs=jobs, clock=lambda: now[0], patience=timedelta(minutes=1))
        wanted = (REANCHOR, {"owner": str(source.owner), "source_id": str(source.id)})
        for later in (timedelta(), timedelta(seconds=59), timedelta(seconds=1)):
            now[0] += later
            await sweep()
        assert jobs.asked.count(wanted) == 2
        await reanchor(owner=source.owner, source_id=source.id)
        now[0] += timedelta(days=1)
        await sweep()
        assert jobs.asked.count(wanted) == 2
