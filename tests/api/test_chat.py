"""Conversations and streamed answers through GraphQL: over server-sent events and over a WebSocket, memory below."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from adapters.development_issuer import DevelopmentIssuer
from adapters.extraction.pool import ProcessExtractor
from adapters.memory.database import MemoryDatabase
from application.chat import ChatModel
from domain.shared import Unavailable, UserId
from entrypoints.graphql.ids import global_id, key_of
from entrypoints.http.app import build_app
from entrypoints.settings import Settings
from tests.api.clients import Api, SocketClient
from tests.api.shelf import Shelf
from tests.applications import memory_application
from tests.builders_chat import GARIBALDI, ScriptedModel

CHAT = """
    subscription Chat($input: ChatInput!) { chat(input: $input) {
      __typename turnId seq
      ... on TurnStarted { conversation { id title } }
      ... on TextDelta { text }
      ... on CitationAdded { citation { marker quote start end page verdict chunk { content start } } }
      ... on TurnCompleted { message { id role content creditsCharged citations { marker quote } }
                             tokensUsed creditsCharged balance }
      ... on TurnFailed { code failure: message retryable creditsCharged }
    } }
"""
RESUME = CHAT.replace(
    "Chat($input: ChatInput!) { chat(input: $input)",
    "Resume($turnId: ID!, $afterSeq: Int!) { resumeTurn(turnId: $turnId, afterSeq: $afterSeq)",
)
CANCEL = "mutation Cancel($input: CancelTurnInput!) { cancelTurn(input: $input) { cancelled } }"
LIST = """
    { viewer { conversations { totalCount nodes { id title document { title }
        messages { totalCount nodes { role content citations { marker quote verdict } creditsCharged } } } }
      credits { available held } } }
"""
CREATE = """
    mutation Create($input: CreateConversationInput!) {
      createConversation(input: $input) { conversation { id title document { id } } }
    }
"""
DELETE = "mutation Delete($input: DeleteConversationInput!) { deleteConversation(input: $input) { deletedId } }"
READ = "query Read($id: ID!) { node(id: $id) { __typename id } }"
QUESTION = "Dove nacque Garibaldi?"
ANSWER = "Giuseppe Garibaldi nacque a Nizza il 4 luglio 1807. [1]"


@pytest.fixture
def answered_by(
    database: MemoryDatabase, settings: Settings, issuer: DevelopmentIssuer, extractor: ProcessExtractor, api: Api
) -> Callable[[ChatModel], Api]:
    """The same user's API, with another model."""

    def with_model(model: ChatModel) -> Api:
        other = memory_application(settings, verifier=issuer, extractor=extractor, database=database, chat_model=model)
        return Api(build_app(other.application, settings), api.token)

    return with_model


async def owner_of(api: Api) -> UserId:
    answer = await api("{ viewer { id } }")
    return UserId(key_of("User", answer.data["viewer"]["id"]))


async def asked(api: Api, message: str = QUESTION, **changes: Any) -> list[dict[str, Any]]:
    """The events of a turn, over server-sent events."""
    events = []
    for event in await api.events(CHAT, input={"message": message, **changes}):
        assert "errors" not in event, event
        events.append(event["data"]["chat"])
    return events


async def next_event(socket: SocketClient) -> dict[str, Any]:
    """The next event of the turn that is followed there."""
    event: dict[str, Any] = (await socket.receive())["payload"]["data"]["chat"]
    return event


async def resumed(api: Api, turn_id: str, after_seq: int) -> list[dict[str, Any]]:
    """The events of a turn after that one."""
    events = await api.events(RESUME, turnId=turn_id, afterSeq=after_seq)
    return [event["data"]["resumeTurn"] for event in events]


async def refused(api: Api, **given: Any) -> dict[str, Any]:
    """The extensions of the one error that comes in place of events."""
    (event,) = await api.events(CHAT, input={"message": QUESTION, **given})
    (error,) = event["errors"]
    assert error["message"]
    extensions: dict[str, Any] = error["extensions"]
    return extensions


class TestAnAnswer:
    async def test_streams_over_server_sent_events_with_a_citation_that_can_be_found(
        self, api: Api, shelf: Shelf
    ) -> None:
        await shelf.put(await owner_of(api), GARIBALDI)
        events = await asked(api)
        kinds = [event["__typename"] for event in events]
        assert (kinds[0], kinds[-1]) == ("TurnStarted", "TurnCompleted")
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert len({event["turnId"] for event in events}) == 1
        assert "".join(event["text"] for event in events if event["__typename"] == "TextDelta") == ANSWER
        (citation,) = (event["citation"] for event in events if event["__typename"] == "CitationAdded")
        assert (citation["marker"], citation["verdict"]) == (1, "VERIFIED")
        assert GARIBALDI[citation["start"] : citation["end"]] == citation["quote"]
        assert citation["chunk"] == {"content": GARIBALDI, "start": 0}
        completed = events[-1]
        assert completed["message"]["content"] == ANSWER
        assert (completed["creditsCharged"], completed["balance"]) == (1, 9_999)
        assert completed["tokensUsed"] > 0

        viewer = (await api(LIST)).data["viewer"]
        assert viewer["credits"] == {"available": 9_999, "held": 0}
        (conversation,) = viewer["conversations"]["nodes"]
        assert conversation["title"] == QUESTION
        question, answer = conversation["messages"]["nodes"]
        assert (question["role"], question["content"]) == ("USER", QUESTION)
        assert (answer["role"], answer["content"], answer["creditsCharged"]) == ("ASSISTANT", ANSWER, 1)
        assert answer["citations"] == [{"marker": 1, "quote": citation["quote"], "verdict": "VERIFIED"}]

    async def test_streams_over_a_websocket_alike(self, api: Api, shelf: Shelf) -> None:
        await shelf.put(await owner_of(api), GARIBALDI)
        events: list[dict[str, Any]] = []
        async with api.signed_in_socket() as socket:
            await socket.subscribe("1", CHAT, input={"message": QUESTION})
            while (message := await socket.receive())["type"] == "next":
                events.append(message["payload"]["data"]["chat"])
        assert message == {"id": "1", "type": "complete"}
        assert "".join(event.get("text", "") for event in events) == ANSWER
        assert events[-1]["__typename"] == "TurnCompleted"

    async def test_goes_on_in_its_conversation(self, api: Api, shelf: Shelf) -> None:
        await shelf.put(await owner_of(api), GARIBALDI)
        conversation = (await asked(api))[0]["conversation"]
        again = await asked(api, "Quando morì Garibaldi?", conversationId=conversation["id"])
        assert again[0]["conversation"] == conversation
        (kept,) = (await api(LIST)).data["viewer"]["conversations"]["nodes"]
        assert kept["messages"]["totalCount"] == 4

    async def test_says_when_the_sources_do_not_hold_it(self, api: Api, shelf: Shelf) -> None:
        await shelf.put(await owner_of(api), GARIBALDI)
        events = await asked(api, "Who invented the telephone?")
        assert events[-1]["message"]["content"] == "Your sources do not hold the answer to this question."
        assert "CitationAdded" not in {event["__typename"] for event in events}

    async def test_comes_from_the_named_sources_alone(self, api: Api, shelf: Shelf) -> None:
        owner = await owner_of(api)
        await shelf.put(owner, GARIBALDI)
        other = await shelf.put(owner, "Garibaldi nacque, si dice, in una casa sul porto.")
        (citation,) = (event["citation"] for event in await asked(api, sourceIds=[other]) if "citation" in event)
        assert citation["quote"].startswith("Garibaldi nacque, si dice")

    async def test_of_another_users_sources_shows_nothing(self, sign_in: Callable[[], Api], shelf: Shelf) -> None:
        mine, theirs = sign_in(), sign_in()
        await shelf.put(await owner_of(theirs), GARIBALDI)
        assert "Le tue fonti non contengono" in (await asked(mine))[-1]["message"]["content"]

    async def test_is_told_again_by_its_turn_key_for_nothing(self, api: Api, shelf: Shelf) -> None:
        await shelf.put(await owner_of(api), GARIBALDI)
        first, again = await asked(api, turnKey="k"), await asked(api, turnKey="k")
        assert again == first
        assert (await api(LIST)).data["viewer"]["credits"] == {"available": 9_999, "held": 0}
        assert (await refused(api, message="Altro?", turnKey="k"))["code"] == "CONFLICT"


class TestATurnThatFails:
    async def test_ends_with_its_code_and_costs_nothing(
        self, api: Api, answered_by: Callable[[ChatModel], Api]
    ) -> None:
        failing = answered_by(ScriptedModel(["Nacque a ", Unavailable("The model is down.", retry_after=5)]))
        *_, failed = await asked(failing)
        assert (failed["__typename"], failed["code"], failed["failure"]) == (
            "TurnFailed",
            "SERVICE_UNAVAILABLE",
            "The model is down.",
        )
        assert (failed["retryable"], failed["creditsCharged"]) == (True, 0)
        assert (await api(LIST)).data["viewer"]["credits"] == {"available": 10_000, "held": 0}

    async def test_by_a_fault_of_ours_is_masked(self, answered_by: Callable[[ChatModel], Api]) -> None:
        faults: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, said: faults.append(said["exception"]))
        failing = answered_by(ScriptedModel([RuntimeError("password=hunter2")]))
        *_, failed = await asked(failing)
        assert (failed["code"], failed["retryable"]) == ("INTERNAL", True)
        assert "hunter2" not in str(failed)
        async with asyncio.timeout(5):
            while not faults:
                await asyncio.sleep(0)

    async def test_because_its_owner_cancelled_it_says_so(
        self, api: Api, answered_by: Callable[[ChatModel], Api]
    ) -> None:
        model = ScriptedModel(["parole e ancora parole "] * 3, waits_before=2)
        answering = answered_by(model)
        async with answering.signed_in_socket() as socket:
            await socket.subscribe("1", CHAT, input={"message": QUESTION})
            started = await next_event(socket)
            await model.waiting.wait()
            cancel = {"turnId": started["turnId"]}
            assert (await answering(CANCEL, input=cancel)).data["cancelTurn"] == {"cancelled": True}
            while (event := await next_event(socket))["__typename"] != "TurnFailed":
                assert event["__typename"] == "TextDelta"
            assert (event["code"], event["retryable"], event["creditsCharged"]) == ("CANCELLED", False, 1)
        assert model.closed
        assert (await api(LIST)).data["viewer"]["credits"] == {"available": 9_999, "held": 0}
        assert (await answering(CANCEL, input=cancel)).data["cancelTurn"] == {"cancelled": False}


class TestATurn:
    async def test_goes_on_without_its_client_and_is_resumed_event_by_event(
        self, api: Api, answered_by: Callable[[ChatModel], Api]
    ) -> None:
        model = ScriptedModel(["parole e ancora parole "] * 3, waits_before=2)
        answering = answered_by(model)
        async with answering.signed_in_socket() as socket:
            await socket.subscribe("1", CHAT, input={"message": QUESTION})
            seen = [await next_event(socket), await next_event(socket)]
            await model.waiting.wait()
        model.go_on.set()
        rest = await resumed(answering, seen[0]["turnId"], seen[-1]["seq"])
        assert [event["seq"] for event in [*seen, *rest]] == list(range(1, len(seen) + len(rest) + 1))
        assert "".join(event.get("text", "") for event in [*seen, *rest]) == "parole e ancora parole " * 3
        assert rest[-1]["message"]["content"] == "parole e ancora parole " * 3
        assert (await api(LIST)).data["viewer"]["credits"] == {"available": 9_999, "held": 0}
        assert await resumed(answering, seen[0]["turnId"], rest[-1]["seq"]) == []

    async def test_is_its_owners_alone(self, sign_in: Callable[[], Api]) -> None:
        mine, theirs = sign_in(), sign_in()
        *_, last = await asked(theirs)
        for turn_id, code in (
            (last["turnId"], "FORBIDDEN"),
            (global_id("Turn", uuid4()), "NOT_FOUND"),
            (global_id("Source", uuid4()), "BAD_USER_INPUT"),
        ):
            (event,) = await mine.events(RESUME, turnId=turn_id, afterSeq=0)
            assert event["errors"][0]["extensions"]["code"] == code
            assert (await mine(CANCEL, input={"turnId": turn_id})).code == code

    @pytest.mark.parametrize("nowhere", [-1, 1_000_000])
    async def test_has_no_event_before_the_first_or_behind_the_last(self, api: Api, nowhere: int) -> None:
        *_, last = await asked(api)
        (event,) = await api.events(RESUME, turnId=last["turnId"], afterSeq=nowhere)
        extensions = event["errors"][0]["extensions"]
        assert (extensions["code"], extensions["field"]) == ("BAD_USER_INPUT", "afterSeq")

    async def test_keeps_its_conversation_until_it_ends(self, answered_by: Callable[[ChatModel], Api]) -> None:
        model = ScriptedModel(["parole "] * 3, waits_before=1)
        answering = answered_by(model)
        async with answering.signed_in_socket() as socket:
            await socket.subscribe("1", CHAT, input={"message": QUESTION})
            started = await next_event(socket)
            busy = await refused(answering, conversationId=started["conversation"]["id"])
            assert (busy["code"], busy["turnId"]) == ("CONFLICT", started["turnId"])
            model.go_on.set()
            while (await next_event(socket))["__typename"] != "TurnCompleted":
                pass
        again = await asked(answering, conversationId=started["conversation"]["id"])
        assert again[-1]["__typename"] == "TurnCompleted"


class TestWhatMayNotBeAsked:
    @pytest.mark.parametrize(
        ("message", "actual"), [("", 0), ("  \n", 0), ("x" * 8_001, 8_001), ("x" * 100_000, 100_000)]
    )
    async def test_a_message_has_one_to_eight_thousand_characters(self, api: Api, message: str, actual: int) -> None:
        failure = await refused(api, message=message)
        assert failure == {"code": "BAD_USER_INPUT", "field": "message", "limit": 8_000, "actual": actual}
        assert (await api(LIST)).data["viewer"]["conversations"]["totalCount"] == 0

    @pytest.mark.parametrize(
        ("given", "failure"),
        [
            ({"conversationId": "nonsense"}, {"code": "BAD_USER_INPUT", "field": "conversationId"}),
            ({"conversationId": global_id("Source", uuid4())}, {"code": "BAD_USER_INPUT", "field": "conversationId"}),
            ({"conversationId": global_id("Conversation", uuid4())}, {"code": "NOT_FOUND"}),
            ({"documentId": "nonsense"}, {"code": "BAD_USER_INPUT", "field": "documentId"}),
            ({"documentId": global_id("Document", uuid4())}, {"code": "NOT_FOUND"}),
            ({"sourceIds": ["nonsense"]}, {"code": "BAD_USER_INPUT", "field": "sourceIds"}),
            ({"sourceIds": [global_id("Source", uuid4())]}, {"code": "NOT_FOUND"}),
            ({"turnKey": ""}, {"code": "BAD_USER_INPUT", "field": "turnKey"}),
        ],
    )
    async def test_ids_are_looked_up_before_anything_begins(
        self, api: Api, given: dict[str, Any], failure: dict[str, Any]
    ) -> None:
        assert failure.items() <= (await refused(api, **given)).items()
        viewer = (await api(LIST)).data["viewer"]
        assert (viewer["conversations"]["totalCount"], viewer["credits"]["held"]) == (0, 0)

    async def test_in_another_users_conversation_nothing_is_asked(self, sign_in: Callable[[], Api]) -> None:
        mine, theirs = sign_in(), sign_in()
        conversation = (await asked(theirs))[0]["conversation"]["id"]
        assert (await refused(mine, conversationId=conversation))["code"] == "FORBIDDEN"
        assert (await mine(READ, id=conversation)).code == "FORBIDDEN"
        assert (await mine(DELETE, input={"id": conversation})).code == "FORBIDDEN"
        (kept,) = (await theirs(LIST)).data["viewer"]["conversations"]["nodes"]
        assert kept["messages"]["totalCount"] == 2

    async def test_over_a_websocket_a_refusal_is_an_error_and_the_socket_stays(self, api: Api) -> None:
        async with api.signed_in_socket() as socket:
            for id in ("1", "2"):
                await socket.subscribe(id, CHAT, input={"message": " "})
                seen = [await socket.receive()]
                while seen[-1]["type"] not in {"complete", "error"}:
                    seen.append(await socket.receive())
                assert "BAD_USER_INPUT" in str(seen)


class TestConversations:
    async def test_one_is_begun_about_a_document_read_and_deleted(self, api: Api) -> None:
        document = (
            await api('mutation { createDocument(input: { title: "Tesi", template: ESSAY }) { document { id } } }')
        ).data["createDocument"]["document"]
        created = (await api(CREATE, input={"documentId": document["id"]})).data["createConversation"]["conversation"]
        assert (created["title"], created["document"]) == ("Tesi", document)
        assert (await api(READ, id=created["id"])).data["node"]["__typename"] == "Conversation"
        assert (await api(DELETE, input={"id": created["id"]})).data["deleteConversation"]["deletedId"] == created["id"]
        assert (await api(READ, id=created["id"])).code == "NOT_FOUND"
        assert (await api(DELETE, input={"id": created["id"]})).code == "NOT_FOUND"

    @pytest.mark.parametrize(
        ("given", "failure"),
        [
            ({"title": "x" * 201}, {"field": "title", "limit": 200, "actual": 201}),
            ({"title": "  "}, {"field": "title", "limit": 200, "actual": 0}),
            ({"documentId": "nonsense"}, {"field": "documentId"}),
        ],
    )
    async def test_what_is_malformed_is_refused(self, api: Api, given: dict[str, Any], failure: dict[str, Any]) -> None:
        refusal = (await api(CREATE, input=given)).failure
        assert {"code": "BAD_USER_INPUT", **failure}.items() <= refusal.items()

    async def test_a_message_is_read_again_by_its_id(self, sign_in: Callable[[], Api]) -> None:
        mine, theirs = sign_in(), sign_in()
        message = (await asked(mine))[-1]["message"]["id"]
        assert (await mine(READ, id=message)).data["node"] == {"__typename": "Message", "id": message}
        assert (await theirs(READ, id=message)).code == "FORBIDDEN"
