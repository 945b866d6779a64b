"""Tools of a chat turn through GraphQL: their events over server-sent events and over a WebSocket, memory below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adapters.development_issuer import DevelopmentIssuer
from adapters.extraction.pool import ProcessExtractor
from adapters.memory.database import MemoryDatabase
from application.chat import ChatModel
from application.chat.ports import ToolCall
from domain.shared import UserId
from entrypoints.graphql.ids import key_of
from entrypoints.http.app import build_app
from entrypoints.settings import Settings
from tests.api.clients import Api
from tests.api.shelf import Shelf
from tests.applications import memory_application
from tests.builders_chat import GARIBALDI, ScriptedModel
from tests.builders_tools import a_call

FIELDS = """
    __typename turnId seq
    ... on TextDelta { text }
    ... on ToolCallStarted { callId tool arguments }
    ... on ToolCallFinished { callId tool ok summary code durationMs }
    ... on CitationAdded { citation { marker quote } }
    ... on TurnCompleted { message { content } outOfCredits balance creditsCharged }
"""
CHAT = f"subscription Chat($input: ChatInput!) {{ chat(input: $input) {{ {FIELDS} }} }}"
RESUME = f"subscription R($id: ID!, $after: Int!) {{ resumeTurn(turnId: $id, afterSeq: $after) {{ {FIELDS} }} }}"
QUESTION = "Dove nacque Garibaldi?"


@pytest.fixture
def answered_by(
    database: MemoryDatabase, settings: Settings, issuer: DevelopmentIssuer, extractor: ProcessExtractor, api: Api
) -> Callable[[ChatModel], Api]:
    """The same user's API, with this model."""

    def with_model(model: ChatModel) -> Api:
        other = memory_application(settings, verifier=issuer, extractor=extractor, database=database, chat_model=model)
        return Api(build_app(other.application, settings), api.token)

    return with_model


async def told(api: Api, operation: str, field: str, **variables: Any) -> list[dict[str, Any]]:
    events = await api.events(operation, **variables)
    assert not any("errors" in event for event in events), events
    return [event["data"][field] for event in events]


def of(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["__typename"] == kind]


async def test_calls_are_told_as_they_begin_and_end_and_their_passages_are_cited(
    api: Api, shelf: Shelf, answered_by: Callable[[ChatModel], Api]
) -> None:
    owner = UserId(key_of("User", (await api("{ viewer { id } }")).data["viewer"]["id"]))
    await shelf.put(owner, "I cipressi di Bolgheri furono cantati da Carducci.")
    await shelf.put(owner, GARIBALDI)
    model = ScriptedModel(
        ["Cerco. ", a_call("querySources", query="Garibaldi", limit=1), ToolCall(id="", name="fly", arguments="up")],
        then=[["Giuseppe Garibaldi nacque a Nizza il 4 luglio 1807. [1]"]],
    )
    answering = answered_by(model)
    events = await told(answering, CHAT, "chat", input={"message": QUESTION, "depth": "DEEP"})
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    asked, unknown = of(events, "ToolCallStarted")
    assert (asked["callId"], asked["tool"], asked["arguments"]) == (
        "1",
        "querySources",
        {"query": "Garibaldi", "limit": 1},
    )
    assert (unknown["callId"], unknown["arguments"]) == ("2", "up")
    found, refused = sorted(of(events, "ToolCallFinished"), key=lambda event: str(event["callId"]))
    assert (found["ok"], found["code"], found["summary"]) == (True, None, "1 passage found.")
    assert (refused["ok"], refused["code"]) == (False, "NOT_FOUND")
    assert found["durationMs"] >= 0
    (citation,) = of(events, "CitationAdded")
    assert citation["citation"]["quote"] == "Giuseppe Garibaldi nacque a Nizza il 4 luglio 1807."
    assert not events[-1]["outOfCredits"]
    again = await told(answering, RESUME, "resumeTurn", id=events[0]["turnId"], after=2)
    assert again == events[2:]
    # Another process, which has nothing but what is stored.
    stored = await told(answered_by(model), RESUME, "resumeTurn", id=events[0]["turnId"], after=2)
    assert stored == events[2:]


async def test_over_a_websocket_they_are_told_alike(answered_by: Callable[[ChatModel], Api]) -> None:
    model = ScriptedModel([a_call("saveDocument", title="Tesi", content="= Tesi\n" * 500)], then=[["Salvato."]])
    answering = answered_by(model)
    events: list[dict[str, Any]] = []
    async with answering.signed_in_socket() as socket:
        await socket.subscribe("1", CHAT, input={"message": QUESTION})
        while (message := await socket.receive())["type"] == "next":
            events.append(message["payload"]["data"]["chat"])
    (started,), (finished,) = of(events, "ToolCallStarted"), of(events, "ToolCallFinished")
    assert started["arguments"]["title"] == "Tesi"
    assert len(started["arguments"]["content"]) == 500
    assert (finished["ok"], finished["summary"]) == (True, "Saved as version 1.")
    kept = (await answering("{ viewer { documents { nodes { title lineCount } } } }")).data["viewer"]["documents"]
    assert kept["nodes"] == [{"title": "Tesi", "lineCount": 500}]


async def test_a_search_of_the_web_is_not_offered_without_a_provider(answered_by: Callable[[ChatModel], Api]) -> None:
    model = ScriptedModel(["Sì."])
    await told(answered_by(model), CHAT, "chat", input={"message": QUESTION})
    assert [offer.name for offer in model.tasks[0].tools] == [
        "querySources",
        "addSource",
        "saveDocument",
        "checkCredits",
        "getNextCitationNumber",
    ]


async def test_a_conversation_about_a_document_names_it_where_a_document_is_meant(
    answered_by: Callable[[ChatModel], Api],
) -> None:
    model = ScriptedModel([a_call("getNextCitationNumber")], then=[["Uno."]])
    answering = answered_by(model)
    created = await answering(
        'mutation { createDocument(input: { title: "Tesi", template: ESSAY }) { document { id } } }'
    )
    id = created.data["createDocument"]["document"]["id"]
    events = await told(answering, CHAT, "chat", input={"message": QUESTION, "documentId": id})
    assert of(events, "ToolCallFinished")[0]["summary"] == "Citation number 1."
    named = [offer.name for offer in model.tasks[0].tools if str(key_of("Document", id)) in offer.description]
    assert named == ["saveDocument", "getNextCitationNumber"]
