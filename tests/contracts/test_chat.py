"""The contract of the chat stores: conversations, messages with citations, turns."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from adapters.memory.chat import MemoryConversationReader, MemoryMessageReader
from adapters.postgres.chat import PostgresConversationReader, PostgresMessageReader
from application.chat import ConversationReader, MessageReader
from application.shared import Window
from domain.chat import (
    Conversation,
    ConversationBusy,
    Message,
    MessageRole,
    TurnKeyInUse,
    TurnStatus,
    Verdict,
    failure_of,
)
from domain.library import ExtractedText, Heading, Source, chunked
from domain.shared import ChunkId, ConversationId, MessageId, NoSuch, NotYours, SourceId, TurnId, Unavailable
from tests.builders import NOON, signed_up
from tests.builders_chat import a_citation, a_conversation, a_message, a_turn
from tests.builders_writing import a_book, a_document, stored
from tests.contracts.conftest import Store


@pytest.fixture
def conversations(store: Store) -> ConversationReader:
    return store.reader(memory=MemoryConversationReader, postgres=PostgresConversationReader)


@pytest.fixture
def messages(store: Store) -> MessageReader:
    return store.reader(memory=MemoryMessageReader, postgres=PostgresMessageReader)


async def kept(store: Store, conversation: Conversation, *said: Message) -> None:
    async with store.uow(conversation.owner) as uow:
        await uow.conversations.add(conversation)
        for message in said:
            await uow.messages.add(message)
        await uow.commit()


async def read_as(store: Store, source: Source, *pages: str) -> list[ChunkId]:
    """The source's text is these pages now, a chunk each."""
    spans = [sum(map(len, pages[:number])) for number in range(len(pages) + 1)]
    extracted = ExtractedText(
        text="".join(pages),
        language="it",
        headings=tuple(Heading(start=start, level=1, text=f"{start}") for start in spans[:-1]),
    )
    chunks = chunked(extracted, source_id=source.id)
    assert len(chunks) == len(pages)
    async with store.uow(source.owner) as uow:
        await uow.chunks.replace(owner=source.owner, source=source, text=extracted, chunks=chunks)
        await uow.commit()
    return [chunk.id for chunk in chunks]


class TestConversationRepository:
    async def test_a_conversation_is_found_as_it_was_added(
        self, store: Store, conversations: ConversationReader
    ) -> None:
        user = await signed_up(store.uow)
        document = a_document(user.id)
        await stored(store.uow, document)
        conversation = a_conversation(user.id, document_id=document.id)
        await kept(store, conversation)
        async with store.uow(user.id) as uow:
            assert await uow.conversations.get(owner=user.id, id=conversation.id) == conversation
        assert await conversations.get(owner=user.id, id=conversation.id) == conversation

    async def test_a_conversation_outlives_its_document(self, store: Store, conversations: ConversationReader) -> None:
        user = await signed_up(store.uow)
        document = a_document(user.id)
        await stored(store.uow, document)
        conversation = a_conversation(user.id, document_id=document.id)
        await kept(store, conversation)
        async with store.uow(user.id) as uow:
            await uow.documents.delete(owner=user.id, id=document.id)
            await uow.commit()
        assert (await conversations.get(owner=user.id, id=conversation.id)).document_id is None

    async def test_a_conversation_about_a_document_that_went_away_is_refused(self, store: Store) -> None:
        user = await signed_up(store.uow)
        async with store.uow(user.id) as uow:
            with pytest.raises(NoSuch):
                await uow.conversations.add(a_conversation(user.id, document_id=a_document(user.id).id))

    async def test_a_deleted_conversation_takes_messages_and_turns_along(
        self, store: Store, messages: MessageReader
    ) -> None:
        user = await signed_up(store.uow)
        conversation = a_conversation(user.id)
        question = a_message(conversation, citations=(a_citation(),))
        await kept(store, conversation, question)
        async with store.uow(user.id) as uow:
            await uow.turns.add(a_turn(question, key="k"))
            await uow.commit()
        async with store.uow(user.id) as uow:
            await uow.conversations.delete(owner=user.id, id=conversation.id)
            await uow.commit()
        with pytest.raises(NoSuch):
            await messages.get(owner=user.id, id=question.id)
        async with store.uow(user.id) as uow:
            assert await uow.turns.with_key(owner=user.id, key="k") is None

    async def test_what_is_not_there_and_what_is_anothers_differ(
        self, store: Store, conversations: ConversationReader
    ) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        theirs = a_conversation(other.id)
        await kept(store, theirs)
        for id, refusal in ((ConversationId(uuid4()), NoSuch), (theirs.id, NotYours)):
            async with store.uow(user.id) as uow:
                for attempt in (
                    uow.conversations.get(owner=user.id, id=id),
                    uow.conversations.save(a_conversation(user.id, id=id)),
                    uow.conversations.delete(owner=user.id, id=id),
                    conversations.get(owner=user.id, id=id),
                ):
                    with pytest.raises(refusal):
                        await attempt
        assert await conversations.many(owner=user.id, ids=[theirs.id]) == {}

    async def test_without_commit_nothing_happens(self, store: Store, conversations: ConversationReader) -> None:
        user = await signed_up(store.uow)
        conversation = a_conversation(user.id)
        await kept(store, conversation)
        async with store.uow(user.id) as uow:
            await uow.conversations.save(conversation.continued(at=NOON + timedelta(days=1)))
            await uow.messages.add(a_message(conversation))
            await uow.conversations.add(a_conversation(user.id))
        assert await conversations.get(owner=user.id, id=conversation.id) == conversation
        assert await conversations.count(owner=user.id) == 1

    async def test_pages_are_newest_first_without_gap_or_repeat(
        self, store: Store, conversations: ConversationReader
    ) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        made = [a_conversation(user.id, created_at=NOON + timedelta(minutes=number // 2)) for number in range(5)]
        for conversation in made:
            await kept(store, conversation)
        await kept(store, a_conversation(other.id))
        first = await conversations.page(owner=user.id, window=Window(first=3))
        rest = await conversations.page(owner=user.id, window=Window(first=3, after=first.positions[-1]))
        expected = sorted(made, key=lambda one: (one.created_at, one.id), reverse=True)
        assert [*first.items, *rest.items] == expected
        assert (first.has_next, rest.has_next) == (True, False)
        assert await conversations.count(owner=user.id) == 5


class TestMessageRepository:
    async def test_a_message_is_found_with_its_citations_in_order(self, store: Store, messages: MessageReader) -> None:
        user = await signed_up(store.uow)
        source = a_book(user.id)
        await stored(store.uow, source)
        conversation = a_conversation(user.id)
        cited = (
            a_citation(marker=2, source_id=source.id),
            a_citation(marker=1, verdict=Verdict.FUZZY, page=None, prefix="", suffix=""),
            a_citation(marker=2, verdict=Verdict.UNSUPPORTED, source_id=source.id),
        )
        answer = a_message(conversation, role=MessageRole.ASSISTANT, citations=cited, credits_charged=3)
        await kept(store, conversation, a_message(conversation), answer)
        async with store.uow(user.id) as uow:
            assert await uow.messages.get(owner=user.id, id=answer.id) == answer
        assert await messages.get(owner=user.id, id=answer.id) == answer
        assert await messages.many(owner=user.id, ids=[answer.id]) == {answer.id: answer}

    async def test_the_words_of_a_deleted_source_are_kept(self, store: Store, messages: MessageReader) -> None:
        user = await signed_up(store.uow)
        source = a_book(user.id)
        await stored(store.uow, source)
        conversation = a_conversation(user.id)
        answer = a_message(conversation, citations=(a_citation(source_id=source.id),))
        await kept(store, conversation, answer)
        async with store.uow(user.id) as uow:
            await uow.sources.delete(owner=user.id, id=source.id)
            await uow.commit()
        assert (await messages.get(owner=user.id, id=answer.id)).citations == (a_citation(),)

    async def test_a_citation_keeps_its_chunk_until_the_source_is_read_again_without_it(
        self, store: Store, messages: MessageReader
    ) -> None:
        user = await signed_up(store.uow)
        source = a_book(user.id)
        await stored(store.uow, source)
        kept_id, lost_id = await read_as(store, source, "Nacque a Nizza.\f", "Morì a Caprera.")
        conversation = a_conversation(user.id)
        cited = [a_citation(source_id=source.id, chunk_id=chunk_id) for chunk_id in (kept_id, lost_id)]
        answer = a_message(conversation, citations=tuple(cited))
        await kept(store, conversation, answer)
        assert (await messages.get(owner=user.id, id=answer.id)).citations == tuple(cited)
        await read_as(store, source, "Nacque a Nizza.\f")
        assert [one.chunk_id for one in (await messages.get(owner=user.id, id=answer.id)).citations] == [kept_id, None]

    async def test_a_source_or_chunk_that_went_away_meanwhile_does_not_lose_the_answer(
        self, store: Store, messages: MessageReader
    ) -> None:
        user = await signed_up(store.uow)
        conversation = a_conversation(user.id)
        gone = a_citation(source_id=SourceId(uuid4()), chunk_id=ChunkId(uuid4()))
        answer = a_message(conversation, citations=(gone,))
        await kept(store, conversation, answer)
        assert (await messages.get(owner=user.id, id=answer.id)).citations == (a_citation(),)

    async def test_a_message_needs_its_conversation(self, store: Store) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        theirs = a_conversation(other.id)
        await kept(store, theirs)
        for conversation in (a_conversation(user.id), a_conversation(user.id, id=theirs.id)):
            async with store.uow(user.id) as uow:
                with pytest.raises(NoSuch):
                    await uow.messages.add(a_message(conversation))

    async def test_messages_come_in_the_order_in_which_they_were_said(
        self, store: Store, messages: MessageReader
    ) -> None:
        user = await signed_up(store.uow)
        conversation, elsewhere = a_conversation(user.id), a_conversation(user.id)
        said = [
            a_message(conversation, content=str(number), created_at=NOON + timedelta(minutes=number // 2))
            for number in range(5)
        ]
        said.sort(key=lambda message: (message.created_at, message.id))
        await kept(store, conversation, *reversed(said))
        await kept(store, elsewhere, a_message(elsewhere))
        async with store.uow(user.id) as uow:
            latest = await uow.messages.latest(owner=user.id, conversation_id=conversation.id, limit=3)
        assert latest == tuple(said[-3:])
        where: dict[str, Any] = {"owner": user.id, "conversation_id": conversation.id}
        first = await messages.page(**where, window=Window(first=3))
        rest = await messages.page(**where, window=Window(first=3, after=first.positions[-1]))
        assert [*first.items, *rest.items] == said
        assert await messages.count(**where) == 5

    async def test_another_users_messages_are_not_shown(self, store: Store, messages: MessageReader) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        conversation = a_conversation(other.id)
        theirs = a_message(conversation)
        await kept(store, conversation, theirs)
        with pytest.raises(NotYours):
            await messages.get(owner=user.id, id=theirs.id)
        with pytest.raises(NoSuch):
            await messages.get(owner=user.id, id=MessageId(uuid4()))
        assert await messages.many(owner=user.id, ids=[theirs.id]) == {}
        where: dict[str, Any] = {"owner": user.id, "conversation_id": conversation.id}
        assert (await messages.page(**where, window=Window())).items == ()
        assert await messages.count(**where) == 0


class TestTurnRepository:
    async def test_a_turn_is_found_by_its_key_as_it_was_saved(self, store: Store) -> None:
        user = await signed_up(store.uow)
        conversation = a_conversation(user.id)
        question, answer = a_message(conversation), a_message(conversation, credits_charged=2)
        await kept(store, conversation, question, answer)
        other = a_conversation(user.id)
        also_asked = a_message(other)
        await kept(store, other, also_asked)
        answered, failed = a_turn(question, key="a"), a_turn(also_asked, key="b")
        later = NOON + timedelta(seconds=5)
        done = answered.completed(answer, tokens_used=1_500, balance=42, at=later)
        broken = failed.failed(failure_of(Unavailable("down")), at=later, last_seq=2, tokens_used=10, credits_charged=1)
        async with store.uow(user.id) as uow:
            await uow.turns.add(answered)
            await uow.turns.add(failed)
            assert await uow.turns.lock(owner=user.id, id=answered.id) == answered
            await uow.turns.save(done)
            await uow.turns.save(broken)
            await uow.commit()
        async with store.uow(user.id) as uow:
            assert await uow.turns.with_key(owner=user.id, key="a") == done
            assert await uow.turns.with_key(owner=user.id, key="b") == broken
            assert await uow.turns.with_key(owner=user.id, key="c") is None

    async def test_without_commit_nothing_happens(self, store: Store) -> None:
        user = await signed_up(store.uow)
        conversation = a_conversation(user.id)
        question = a_message(conversation)
        await kept(store, conversation, question)
        turn = a_turn(question, key="a")
        async with store.uow(user.id) as uow:
            await uow.turns.add(turn)
            await uow.commit()
        elsewhere = a_conversation(user.id)
        async with store.uow(user.id) as uow:
            await uow.conversations.add(elsewhere)
            asked = a_message(elsewhere)
            await uow.messages.add(asked)
            await uow.turns.add(a_turn(asked, key="b"))
            await uow.turns.save(turn.failed(failure_of(Unavailable("down")), at=NOON, last_seq=2))
        async with store.uow(user.id) as uow:
            assert await uow.turns.with_key(owner=user.id, key="a") == turn
            assert await uow.turns.with_key(owner=user.id, key="b") is None

    async def test_of_ten_turns_with_one_key_one_begins(self, store: Store) -> None:
        user = await signed_up(store.uow)
        conversation = a_conversation(user.id)
        question = a_message(conversation)
        await kept(store, conversation, question)

        async def begin() -> bool:
            async with store.uow(user.id) as uow:
                try:
                    await uow.turns.add(a_turn(question, key="twice"))
                except TurnKeyInUse:
                    return False
                await uow.commit()
                return True

        assert sum(await asyncio.gather(*(begin() for _ in range(10)))) == 1

    async def test_of_ten_turns_in_one_conversation_one_begins(self, store: Store) -> None:
        user = await signed_up(store.uow)
        conversation = a_conversation(user.id)
        question = a_message(conversation)
        await kept(store, conversation, question)

        async def begin() -> TurnId | None:
            turn = a_turn(question)
            async with store.uow(user.id) as uow:
                try:
                    await uow.turns.add(turn)
                except ConversationBusy:
                    return None
                await uow.commit()
                return turn.id

        begun = [id for id in await asyncio.gather(*(begin() for _ in range(10))) if id is not None]
        assert len(begun) == 1
        async with store.uow(user.id) as uow:
            running = await uow.turns.running_in(owner=user.id, conversation_id=conversation.id)
            assert running is not None
            assert running.id == begun[0]

    async def test_a_key_is_the_owners_own_and_none_is_no_key(self, store: Store) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        for owner in (user, other):
            for key in ("mine", None, None):
                conversation = a_conversation(owner.id)
                question = a_message(conversation)
                await kept(store, conversation, question)
                async with store.uow(owner.id) as uow:
                    await uow.turns.add(a_turn(question, key=key))
                    await uow.commit()
        async with store.uow(user.id) as uow:
            found = await uow.turns.with_key(owner=user.id, key="mine")
            assert (found.owner, found.status) == (user.id, TurnStatus.RUNNING)

    async def test_a_turn_that_is_not_there_and_one_that_is_anothers_differ(self, store: Store) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        conversation = a_conversation(other.id)
        question = a_message(conversation)
        theirs = a_turn(question)
        await kept(store, conversation, question)
        async with store.uow(other.id) as uow:
            await uow.turns.add(theirs)
            await uow.commit()
        for id, refusal in ((TurnId(uuid4()), NoSuch), (theirs.id, NotYours)):
            async with store.uow(user.id) as uow:
                with pytest.raises(refusal):
                    await uow.turns.lock(owner=user.id, id=id)
                with pytest.raises(refusal):
                    await uow.turns.save(a_turn(question, id=id, owner=user.id))
