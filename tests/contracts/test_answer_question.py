"""A turn from question to answer, on every store: what is streamed, kept and charged, also when it goes wrong."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from adapters.system import new_uuid7
from application.chat import (
    CreateConversation,
    estimated_credits,
)
from application.library.ports import Scope
from application.shared import Window
from domain.accounts import CreditOperation, InsufficientCredits, Usage
from domain.chat import (
    UNTITLED,
    CitationAdded,
    MessageRole,
    TextDelta,
    UnsuitableMessage,
    Verdict,
)
from domain.shared import InvalidInput, NoSuch, NotYours
from tests.builders import TickingClock, signed_up
from tests.builders_chat import (
    Books,
    ScriptedModel,
    ScriptedPassages,
    a_conversation,
    a_passage,
    all_of,
    an_answerer,
    begun,
    ended,
)
from tests.builders_writing import a_book, a_document, an_attachment, stored
from tests.contracts.conftest import Store

QUESTION = "Dove nacque Garibaldi?"


class TestAnAnswer:
    async def test_streams_words_and_citations_and_is_kept_as_it_was_streamed(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        passage = a_passage()
        answer = an_answerer(store.uow, find_passages=ScriptedPassages([passage]))
        events = await all_of(answer(owner=user.id, message=f"  {QUESTION}\n"))

        conversation, completed = begun(events).conversation, ended(events)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert {event.turn_id for event in events} == {begun(events).turn_id}
        text = "".join(event.text for event in events if isinstance(event, TextDelta))
        assert text == completed.message.content == "Giuseppe Garibaldi nacque a Nizza il 4 luglio 1807. [1]"
        (citation,) = (event.citation for event in events if isinstance(event, CitationAdded))
        assert (citation.marker, citation.verdict, citation.page) == (1, Verdict.VERIFIED, 7)
        assert passage.text[citation.start - passage.start : citation.end - passage.start] == citation.quote

        question, kept = await books.said(user.id, conversation.id)
        assert (question.role, question.content, question.credits_charged) == (MessageRole.USER, QUESTION, 0)
        assert (kept.role, kept.content, kept.credits_charged) == (MessageRole.ASSISTANT, text, 1)
        assert [one.quote for one in kept.citations] == [citation.quote]
        assert conversation.title == QUESTION

    async def test_costs_a_credit_for_each_thousand_tokens_begun(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        answer = an_answerer(store.uow, model=ScriptedModel(["Sì. ", Usage(tokens=2_001)]))
        completed = ended(await all_of(answer(owner=user.id, message=QUESTION)))
        assert (completed.tokens_used, completed.credits_charged, completed.balance) == (2_001, 3, 97)
        assert await books.balance(user.id) == (97, 0)
        lines = (await books.credits.page(owner=user.id, window=Window())).items
        assert (CreditOperation.CHAT, 3, 2_001) in [(line.operation, line.cost, line.tokens_used) for line in lines]

    async def test_goes_on_in_its_conversation_with_what_was_said_before(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow)
        clock, model = TickingClock(), ScriptedModel(["Sì."])
        answer = an_answerer(store.uow, model=model, clock=clock)
        conversation = begun(await all_of(answer(owner=user.id, message="Uno?"))).conversation
        moment = clock.advance(minutes=1)
        again = await all_of(answer(owner=user.id, message="Due?", conversation_id=conversation.id))
        assert begun(again).conversation.id == conversation.id
        assert [message.content for message in model.asked[1][2]] == ["Uno?", "Sì."]
        assert [message.content for message in await books.said(user.id, conversation.id)] == [
            "Uno?",
            "Sì.",
            "Due?",
            "Sì.",
        ]
        assert (await books.conversations.get(owner=user.id, id=conversation.id)).updated_at > moment

    async def test_names_an_untitled_conversation(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow)
        create = CreateConversation(uow=store.uow, clock=TickingClock(), new_id=new_uuid7)
        conversation = await create(owner=user.id)
        assert conversation.title == UNTITLED
        await all_of(an_answerer(store.uow)(owner=user.id, message=QUESTION, conversation_id=conversation.id))
        assert (await books.conversations.get(owner=user.id, id=conversation.id)).title == QUESTION

    async def test_cites_nothing_when_the_sources_do_not_hold_it(self, store: Store) -> None:
        user = await signed_up(store.uow)
        answer = an_answerer(store.uow, find_passages=ScriptedPassages([]))
        events = await all_of(answer(owner=user.id, message=QUESTION))
        assert ended(events).message.content == "Le tue fonti non contengono la risposta a questa domanda."
        assert not any(isinstance(event, CitationAdded) for event in events)

    async def test_shows_a_claim_that_its_source_does_not_carry_and_ignores_a_marker_without_a_source(
        self, store: Store
    ) -> None:
        user = await signed_up(store.uow)
        model = ScriptedModel(["Nacque a Torino nel 1820. [1] Visse bene. [9]"])
        events = await all_of(an_answerer(store.uow, model=model)(owner=user.id, message=QUESTION))
        verdicts = [event.citation.verdict for event in events if isinstance(event, CitationAdded)]
        assert verdicts == [Verdict.UNSUPPORTED]

    async def test_a_citation_is_streamed_before_the_answer_ends_and_after_its_words(self, store: Store) -> None:
        user = await signed_up(store.uow)
        model = ScriptedModel(["Giuseppe Garibaldi nacque a Nizza. [1] ", "Poi "] + ["parole e ancora parole "] * 9)
        events = await all_of(an_answerer(store.uow, model=model)(owner=user.id, message=QUESTION))
        kinds = [type(event) for event in events]
        cited = kinds.index(CitationAdded)
        assert "[1]" in "".join(event.text for event in events[:cited] if isinstance(event, TextDelta))
        assert TextDelta in kinds[cited:]


class TestWhatIsAskedOf:
    async def test_named_sources_narrow_the_search(self, store: Store) -> None:
        user = await signed_up(store.uow)
        source = a_book(user.id)
        await stored(store.uow, source)
        found = ScriptedPassages()
        answer = an_answerer(store.uow, find_passages=found)
        await all_of(answer(owner=user.id, message=QUESTION, source_ids=[source.id, source.id]))
        assert found.scopes == [Scope(source_ids=(source.id,))]

    async def test_a_document_narrows_the_search_to_its_sources_when_it_has_some(self, store: Store) -> None:
        user = await signed_up(store.uow)
        document, bare, source = a_document(user.id), a_document(user.id), a_book(user.id)
        await stored(store.uow, document, bare, source, an_attachment(document, source))
        found = ScriptedPassages()
        answer = an_answerer(store.uow, find_passages=found)
        events = await all_of(answer(owner=user.id, message=QUESTION, document_id=document.id))
        conversation = begun(events).conversation
        assert conversation.document_id == document.id
        await all_of(answer(owner=user.id, message=QUESTION, conversation_id=conversation.id))
        await all_of(answer(owner=user.id, message=QUESTION, document_id=bare.id))
        assert found.scopes == [Scope(document_id=document.id), Scope(document_id=document.id), Scope()]


class TestWhatMayNotBeAsked:
    async def test_is_refused_before_anything_is_held_or_kept(self, store: Store, books: Books) -> None:
        user, other = await signed_up(store.uow, credits=100), await signed_up(store.uow)
        theirs, document, source = a_conversation(other.id), a_document(other.id), a_book(other.id)
        await stored(store.uow, document, source)
        async with store.uow(other.id) as uow:
            await uow.conversations.add(theirs)
            await uow.commit()
        answer = an_answerer(store.uow)
        refused: list[tuple[type[Exception], dict[str, Any]]] = [
            (UnsuitableMessage, {"message": "  "}),
            (UnsuitableMessage, {"message": "x" * 100_000}),
            (NotYours, {"conversation_id": theirs.id}),
            (NoSuch, {"conversation_id": uuid4()}),
            (NotYours, {"document_id": document.id}),
            (NotYours, {"source_ids": [source.id]}),
            (NoSuch, {"source_ids": [uuid4()]}),
            (InvalidInput, {"source_ids": [uuid4()] * 101}),
            (InvalidInput, {"turn_key": ""}),
        ]
        for refusal, asked in refused:
            with pytest.raises(refusal):
                await all_of(answer(**{"owner": user.id, "message": QUESTION, **asked}))
        assert await books.conversations.count(owner=user.id) == 0
        assert await books.balance(user.id) == (100, 0)

    async def test_without_credits_nothing_begins(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=1)
        with pytest.raises(InsufficientCredits) as refused:
            await all_of(an_answerer(store.uow)(owner=user.id, message=QUESTION))
        assert refused.value.data == {"balance": 1, "required": estimated_credits(QUESTION)}
        assert await books.conversations.count(owner=user.id) == 0


class TestConversations:
    async def test_are_called_by_their_title_or_by_their_document(self, store: Store) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        document, theirs = a_document(user.id), a_document(other.id)
        await stored(store.uow, document)
        await stored(store.uow, theirs)
        create = CreateConversation(uow=store.uow, clock=TickingClock(), new_id=new_uuid7)
        assert (await create(owner=user.id, document_id=document.id)).title == document.title
        assert (await create(owner=user.id, title="Mia", document_id=document.id)).title == "Mia"
        with pytest.raises(NotYours):
            await create(owner=user.id, document_id=theirs.id)

    async def test_ten_at_once_are_each_charged(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=1_000)
        answer = an_answerer(store.uow)
        for events in await asyncio.gather(*(all_of(answer(owner=user.id, message=QUESTION)) for _ in range(10))):
            ended(events)
        assert await books.balance(user.id) == (990, 0)
        assert await books.conversations.count(owner=user.id) == 10


def test_an_estimate_grows_with_the_question() -> None:
    assert estimated_credits("x" * 8_000) > estimated_credits("x") >= 1
