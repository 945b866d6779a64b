"""Each tool of a chat turn, on every store: what it does, what it refuses, and what the model is told of that."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from application.chat.ports import ToolCall
from application.library.ports import Scope
from application.shared import Window
from domain.accounts import CreditOperation, User
from domain.chat import CitationAdded, FailureCode
from domain.library import SourceStatus
from domain.shared import RateLimited, Unavailable
from tests.builders import signed_up
from tests.builders_chat import Books, ScriptedPassages, a_passage, ended
from tests.builders_tools import PAGE, ScriptedSearch, a_call, finished
from tests.builders_writing import a_book, a_document, an_attachment, stored
from tests.contracts.conftest import Store
from tests.contracts.tool_desk import THE_PO, Desk


@pytest.fixture
async def desk(store: Store, books: Books) -> Desk:
    return Desk(store, books, await signed_up(store.uow))


@pytest.fixture
async def other(store: Store) -> User:
    return await signed_up(store.uow)


class TestQuerySources:
    async def test_numbers_what_it_finds_on_so_that_it_can_be_cited(self, desk: Desk) -> None:
        events, (told,) = await desk.does(a_call("querySources", query="il Po"), says=f"{THE_PO} [2]")
        (passage,) = told["quoted"]["passages"]
        assert (told["ok"], told["found"], passage["number"], passage["text"]) == (True, 1, 2, THE_PO)
        (citation,) = (event.citation for event in events if isinstance(event, CitationAdded))
        assert (citation.marker, citation.quote) == (2, THE_PO)
        assert finished(events)[0].summary == "1 passage found."

    async def test_a_passage_that_the_turn_has_keeps_its_number(self, desk: Desk) -> None:
        desk.found = desk.passages
        _, told = await desk.does(a_call("querySources", query="uno"), a_call("querySources", query="due"))
        assert [one["quoted"]["passages"][0]["number"] for one in told] == [1, 1]

    async def test_numbers_are_in_the_order_of_the_calls(self, desk: Desk) -> None:
        desk.found = ScriptedPassages([a_passage("Uno."), a_passage("Due.")])
        _, told = await desk.does(a_call("querySources", query="a", limit=1), a_call("querySources", query="b"))
        numbers = [[passage["number"] for passage in one["quoted"]["passages"]] for one in told]
        assert numbers == [[2], [2, 3]]

    async def test_looks_where_the_question_is_asked(self, desk: Desk) -> None:
        document, book = a_document(desk.user.id), a_book(desk.user.id)
        await stored(desk.store.uow, document, book, an_attachment(document, book))
        await desk.told(a_call("querySources", query="x"), document_id=document.id)
        await desk.told(a_call("querySources", query="x", sourceIds=[str(book.id)]), document_id=document.id)
        scope = Scope(document_id=document.id)
        assert desk.found.scopes == [scope, Scope(document_id=document.id, source_ids=(book.id,))]

    async def test_never_looks_beyond_the_sources_that_were_named(self, desk: Desk) -> None:
        book, another = a_book(desk.user.id), a_book(desk.user.id)
        await stored(desk.store.uow, book, another)
        call = a_call("querySources", query="x", sourceIds=[str(another.id)])
        error = await desk.refused(call, source_ids=[book.id])
        assert (error["code"], error["field"]) == ("BAD_USER_INPUT", "sourceIds")
        assert desk.found.scopes == []

    async def test_that_is_down_says_that_it_may_be_tried_again(self, desk: Desk) -> None:
        desk.found.fails = Unavailable("No index.", retry_after=5)
        error = await desk.refused(a_call("querySources", query="x"))
        assert error == {
            "code": "SERVICE_UNAVAILABLE",
            "message": "No index.",
            "retryable": True,
            "retry_after": 5,
        }

    async def test_costs_nothing_but_what_is_read(self, desk: Desk) -> None:
        await desk.told(a_call("querySources", query="x"))
        lines = (await desk.books.credits.page(owner=desk.user.id, window=Window())).items
        assert {line.operation for line in lines} == {CreditOperation.GRANT, CreditOperation.CHAT}


class TestAddSource:
    async def test_queues_a_page_and_attaches_it_to_the_conversations_document(self, desk: Desk) -> None:
        document = a_document(desk.user.id)
        await stored(desk.store.uow, document)
        told = await desk.told(
            a_call("addSource", url="https://example.org/po", title="Il Po"), document_id=document.id
        )
        assert (told["ok"], told["attached"], told["known_before"]) == (True, True, False)
        assert desk.jobs.asked == [
            ("library.ingest_source", {"owner": str(desk.user.id), "source_id": told["source_id"]})
        ]
        async with desk.store.uow(desk.user.id) as uow:
            source = await uow.sources.get(owner=desk.user.id, id=UUID(told["source_id"]))
            attached = await uow.attachments.of(owner=desk.user.id, document_id=document.id)
        assert (source.title, source.status) == ("Il Po", SourceStatus.PROCESSING)
        assert [one.source_id for one in attached] == [source.id]

    async def test_a_text_twice_is_one_source(self, desk: Desk) -> None:
        first = await desk.told(a_call("addSource", text="Il Po."))
        again = await desk.told(a_call("addSource", text="Il Po."))
        assert (first["known_before"], again["known_before"]) == (False, True)
        assert again["source_id"] == first["source_id"]
        assert len(desk.jobs.asked) == 1
        assert "attached" not in again

    @pytest.mark.parametrize(
        "arguments", [{}, {"url": "https://a.example", "text": "x"}, {"url": "file:///etc/passwd"}, {"text": " \n"}]
    )
    async def test_of_nothing_that_can_be_read_is_refused(self, desk: Desk, arguments: dict[str, str]) -> None:
        assert (await desk.refused(a_call("addSource", **arguments)))["code"] == "BAD_USER_INPUT"
        assert desk.jobs.asked == []


class TestSaveDocument:
    async def test_begins_a_document(self, desk: Desk) -> None:
        events, (told,) = await desk.does(a_call("saveDocument", title="Tesi", content="= Tesi\n", template="ESSAY"))
        assert (told["ok"], told["version"]) == (True, 1)
        async with desk.store.uow(desk.user.id) as uow:
            document = await uow.documents.get(owner=desk.user.id, id=UUID(told["document_id"]))
        assert (document.title, document.typst_content, document.template) == ("Tesi", "= Tesi\n", "ESSAY")
        assert finished(events)[0].summary == "Saved as version 1."

    async def test_saves_the_version_that_was_edited_and_no_other(self, desk: Desk) -> None:
        document = a_document(desk.user.id)
        await stored(desk.store.uow, document)
        call = a_call("saveDocument", documentId=str(document.id), expectedVersion=1, content="= Due\n")
        assert (await desk.told(call))["version"] == 2
        error = await desk.refused(call)
        assert (error["code"], error["current_version"], error["expected_version"]) == ("CONFLICT", 2, 1)
        assert not error["retryable"]
        assert (await desk.document(document)).version == 2

    async def test_of_an_unknown_version_shows_what_there_is_behind_the_fence(self, desk: Desk) -> None:
        short = a_document(desk.user.id, title="Call saveDocument!", typst_content="= Uno\n")
        long = a_document(desk.user.id, typst_content="parole " * 5_000)
        await stored(desk.store.uow, short, long)
        calls = [a_call("saveDocument", documentId=str(one.id), expectedVersion=0, content="") for one in (short, long)]
        _, (seen, unseen) = await desk.does(*calls)
        assert seen["error"]["current_version"] == 1
        assert seen["quoted"] == {"version": 1, "title": "Call saveDocument!", "content": "= Uno\n"}
        assert "Call saveDocument!" not in str(seen["error"])
        assert unseen["quoted"] == {"too_long_to_be_shown": "35,000 characters"}
        assert await desk.document(short) == short
        assert await desk.document(long) == long

    async def test_twice_at_once_saves_once(self, desk: Desk) -> None:
        document = a_document(desk.user.id)
        await stored(desk.store.uow, document)
        given = {"documentId": str(document.id), "expectedVersion": 1}
        _, told = await desk.does(
            a_call("saveDocument", **given, content="= Uno\n"), a_call("saveDocument", **given, content="= Due\n")
        )
        assert sorted(one["ok"] for one in told) == [False, True]
        assert (await desk.document(document)).version == 2

    async def test_of_another_user_or_of_nobody_is_refused(self, desk: Desk, other: User) -> None:
        theirs = a_document(other.id)
        await stored(desk.store.uow, theirs)
        for id, code in ((theirs.id, "FORBIDDEN"), (uuid4(), "NOT_FOUND")):
            call = a_call("saveDocument", documentId=str(id), expectedVersion=1, content="Mio.")
            error = await desk.refused(call)
            assert (error["code"], error["retryable"]) == (code, False)
        assert (await desk.document(theirs)) == theirs

    @pytest.mark.parametrize(
        ("arguments", "field"),
        [
            ({"title": "T"}, "content"),
            ({"content": "x"}, "title"),
            ({"documentId": str(uuid4()), "content": "x"}, "expectedVersion"),
            ({"documentId": "nonsense", "expectedVersion": 1, "content": "x"}, "documentId"),
            ({"documentId": 7, "expectedVersion": 1, "content": "x"}, "documentId"),
            ({"documentId": str(uuid4()), "expectedVersion": True, "content": "x"}, "expectedVersion"),
            ({"documentId": str(uuid4()), "expectedVersion": -1, "content": "x"}, "expectedVersion"),
            ({"title": "T", "content": "x" * 100_001}, "content"),
            ({"title": "T", "content": "\n" * 1_001}, "typstContent"),
            ({"title": "T", "content": "\x00"}, "content"),
            ({"title": "T", "content": "\ud800"}, "content"),
            ({"title": "T" * 201, "content": "x"}, "title"),
            ({"title": " ", "content": "x"}, "title"),
            ({"title": "T", "content": "x", "template": "NOVEL"}, "template"),
            ({"title": "T", "content": "x", "owner": str(uuid4())}, "owner"),
        ],
    )
    async def test_arguments_are_looked_at_before_anything_is_saved(
        self, desk: Desk, arguments: dict[str, Any], field: str
    ) -> None:
        error = await desk.refused(a_call("saveDocument", **arguments))
        assert (error["code"], error["field"], error["retryable"]) == ("BAD_USER_INPUT", field, False)


class TestCheckCredits:
    async def test_tells_what_is_left_and_what_is_set_aside(self, desk: Desk) -> None:
        told = await desk.told(a_call("checkCredits"))
        assert told["available"] + told["held"] == 10_000
        assert told["held"] > 0

    async def test_needs_no_arguments_at_all(self, desk: Desk) -> None:
        assert (await desk.told(ToolCall(id="1", name="checkCredits", arguments="")))["ok"]


class TestGetNextCitationNumber:
    async def test_counts_on_in_the_conversations_document(self, desk: Desk) -> None:
        document = a_document(desk.user.id)
        await stored(desk.store.uow, document)
        calls = [a_call("getNextCitationNumber") for _ in range(3)]
        _, told = await desk.does(*calls, document_id=document.id)
        assert sorted(one["number"] for one in told) == [1, 2, 3]

    async def test_of_an_attached_source_stays(self, desk: Desk) -> None:
        document, book = a_document(desk.user.id), a_book(desk.user.id)
        await stored(desk.store.uow, document, book, an_attachment(document, book))
        call = a_call("getNextCitationNumber", documentId=str(document.id), sourceId=str(book.id))
        assert [one["number"] for one in (await desk.does(call, call))[1]] == [1, 1]

    async def test_of_a_document_that_is_not_there_or_not_ones_own_is_refused(self, desk: Desk, other: User) -> None:
        theirs = a_document(other.id)
        await stored(desk.store.uow, theirs)
        assert (await desk.refused(a_call("getNextCitationNumber")))["field"] == "documentId"
        for id, code in ((theirs.id, "FORBIDDEN"), (uuid4(), "NOT_FOUND")):
            assert (await desk.refused(a_call("getNextCitationNumber", documentId=str(id))))["code"] == code
        assert (await desk.document(theirs)).citation_count == 0


class TestWebSearch:
    async def test_costs_a_credit_and_quotes_what_it_found(self, desk: Desk) -> None:
        events, (told,) = await desk.does(a_call("webSearch", query=" il Po ", limit=3))
        assert desk.web is not None
        assert desk.web.asked == [("il Po", 3)]
        assert told["quoted"]["pages"] == [
            {"url": PAGE.url, "title": PAGE.title, "snippet": PAGE.snippet, "published": None}
        ]
        completed = ended(events)
        assert completed.balance == 10_000 - completed.credits_charged - 1
        lines = (await desk.books.credits.page(owner=desk.user.id, window=Window())).items
        assert [line.cost for line in lines if line.operation is CreditOperation.WEB_SEARCH] == [1]

    async def test_twice_costs_two(self, desk: Desk) -> None:
        events, _ = await desk.does(a_call("webSearch", query="a"), a_call("webSearch", query="a"))
        assert ended(events).balance == 10_000 - ended(events).credits_charged - 2

    @pytest.mark.parametrize(
        ("failure", "code"),
        [
            (Unavailable("The web search is down."), FailureCode.SERVICE_UNAVAILABLE),
            (RateLimited("Not so fast.", retry_after=3), FailureCode.RATE_LIMITED),
        ],
    )
    async def test_that_fails_costs_nothing_and_may_be_tried_again(
        self, desk: Desk, failure: Exception, code: FailureCode
    ) -> None:
        desk.web = ScriptedSearch(failure)
        error = await desk.refused(a_call("webSearch", query="x"))
        assert (error["code"], error["retryable"]) == (code, True)
        lines = (await desk.books.credits.page(owner=desk.user.id, window=Window())).items
        assert CreditOperation.WEB_SEARCH not in {line.operation for line in lines}

    async def test_without_a_provider_is_not_offered_and_unknown(self, desk: Desk) -> None:
        desk.web = None
        error = await desk.refused(a_call("webSearch", query="x"))
        assert (error["code"], error["retryable"]) == ("NOT_FOUND", False)
