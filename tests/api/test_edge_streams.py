"""Subscriptions over graphql-transport-ws and over server-sent events."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.metadata import version
from typing import Any

import orjson
import pytest
from starlette.types import ASGIApp, Message

from adapters.development_issuer import DevelopmentIssuer
from entrypoints.graphql import view
from entrypoints.graphql.schema import PARTS, build_schema
from tests.api.clients import PATIENCE, Api
from tests.api.probe_part import PROBES, waiting

VERSION = version("studiolo")
TICKS = "subscription($count: Int!, $fail: String) { ticks(count: $count, fail: $fail) { number label } }"


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0)


# --- the handshake ----------------------------------------------------------------------------------------------------


async def test_a_socket_is_acknowledged_by_token_in_the_payload_or_in_the_header(api: Api) -> None:
    for headers, payload in (
        ({"authorization": f"Bearer {api.token}"}, None),
        ({}, {"authorization": f"Bearer {api.token}"}),
    ):
        async with api.socket(**headers) as socket:
            await socket.send({"type": "connection_init", "payload": payload})
            assert await socket.receive() == {"type": "connection_ack"}


@pytest.mark.parametrize(
    "payload", [None, {}, {"authorization": "Bearer x.y.z"}, {"authorization": "Basic x"}, {"authorization": 5}]
)
async def test_a_bad_token_closes_with_4403(stranger: Api, payload: Any) -> None:
    async with stranger.socket() as socket:
        await socket.send({"type": "connection_init", "payload": payload})
        assert (await socket.close_code())[0] == 4403


async def test_a_socket_closes_with_4403_when_its_token_expires(app: ASGIApp, issuer: DevelopmentIssuer) -> None:
    api = Api(app, issuer.mint("user_brief", timedelta(seconds=1.5)))
    async with api.signed_in_socket() as socket:
        await socket.subscribe("1", 'subscription { wait(name: "expiring") }')
        assert (await socket.receive())["type"] == "next"
        code, reason = await socket.close_code()
        assert (code, "expired" in reason) == (4403, True)
    assert "expiring" not in waiting


async def test_a_socket_that_never_introduces_itself_is_closed(
    stranger: Api, monkeypatch: pytest.MonkeyPatch, application: Any, settings: Any
) -> None:
    from entrypoints.http.app import build_app

    monkeypatch.setattr(view, "_CONNECTION_INIT_WAIT", timedelta(seconds=0.05))
    async with Api(build_app(application, settings)).socket() as socket:
        assert (await socket.close_code())[0] == 4408


async def test_operations_wait_for_the_acknowledgement(api: Api) -> None:
    async with api.socket() as socket:
        await socket.subscribe("1", "{ service { version } }")
        assert (await socket.close_code())[0] == 4401


async def test_a_second_introduction_closes_with_4429(api: Api) -> None:
    async with api.signed_in_socket() as socket:
        await socket.send({"type": "connection_init"})
        assert (await socket.close_code())[0] == 4429


async def test_pages_of_other_origins_open_no_socket(api: Api) -> None:
    with pytest.raises(AssertionError, match=r"websocket\.close"):
        async with api.socket(origin="https://evil.example"):
            pass


# --- frames -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "5",
        "null",
        "[]",
        '"x"',
        "{}",
        '{"type": 5}',
        '{"type": "nothing"}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": [1], "payload": {"query": "{ a }"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ a }"}}',
        '{"type": "subscribe", "id": "1", "payload": null}',
        '{"type": "subscribe", "id": "1", "payload": []}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 5}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": []}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "operationName": {}}}',
        '{"type": "complete"}',
        '{"type": "complete", "id": {}}',
        '{"type": "connection_init", "payload": []}',
        '{"type": "start", "id": "1"}',
        "[" * 200_000,
        '{"type":' * 50_000,
        b"\x00\x01",
    ],
)
async def test_a_malformed_frame_closes_with_4400(api: Api, frame: str | bytes) -> None:
    async with api.signed_in_socket() as socket:
        await (socket.send_bytes(frame) if isinstance(frame, bytes) else socket.send_text(frame))
        assert (await socket.close_code())[0] == 4400


async def test_pings_are_answered(api: Api) -> None:
    async with api.signed_in_socket() as socket:
        await socket.send({"type": "ping", "payload": {"a": 1}})
        assert await socket.receive() == {"type": "pong"}


# --- operations on a socket -------------------------------------------------------------------------------------------


async def test_queries_mutations_and_subscriptions_share_a_socket(api: Api) -> None:
    async with api.signed_in_socket() as socket:
        await socket.subscribe("q", "{ service { version } }")
        assert await socket.receive() == {
            "id": "q",
            "type": "next",
            "payload": {"data": {"service": {"version": VERSION}}},
        }
        assert await socket.receive() == {"id": "q", "type": "complete"}
        await socket.subscribe(
            "m", 'mutation { updatePreferences(input: {studyLanguage: "fr"}) { preferences { studyLanguage } } }'
        )
        assert (await socket.receive())["payload"]["data"]["updatePreferences"]["preferences"] == {
            "studyLanguage": "fr"
        }
        assert (await socket.receive())["type"] == "complete"
        await socket.subscribe("q", "{ viewer { preferences { studyLanguage } } }")
        assert (await socket.receive())["payload"]["data"]["viewer"]["preferences"] == {"studyLanguage": "fr"}
        assert (await socket.receive())["type"] == "complete"
        await socket.subscribe("s", TICKS, count=2)
        for number in range(2):
            tick = {"number": number, "label": f"tick {number}"}
            assert await socket.receive() == {"id": "s", "type": "next", "payload": {"data": {"ticks": tick}}}
        assert await socket.receive() == {"id": "s", "type": "complete"}


@pytest.mark.parametrize(
    "query", ["{", "{ nothing }", "query A { service { version } } query B { service { version } }", ""]
)
async def test_a_bad_document_ends_its_operation_and_not_the_socket(api: Api, query: str) -> None:
    async with api.signed_in_socket() as socket:
        await socket.subscribe("1", query)
        refused = await socket.receive()
        assert (refused["id"], refused["type"]) == ("1", "error")
        assert refused["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        await socket.subscribe("1", "{ service { version } }")
        assert (await socket.receive())["type"] == "next"


@pytest.mark.parametrize(("fail", "code"), [("NOT_FOUND", "NOT_FOUND"), ("CRASH", "INTERNAL")])
async def test_a_failure_in_mid_stream_keeps_its_code_and_is_masked_like_any_other(
    api: Api, fail: str, code: str
) -> None:
    async with api.signed_in_socket() as socket:
        await socket.subscribe("1", TICKS, count=1, fail=fail)
        over_socket = [await socket.receive() for _ in range(3)]
    over_events = await api.events(TICKS, count=1, fail=fail)
    assert [message["type"] for message in over_socket] == ["next", "next", "complete"]
    for first, last in ((over_socket[0]["payload"], over_socket[1]["payload"]), over_events):
        assert first["data"]["ticks"]["number"] == 0
        assert last["data"] is None
        assert last["errors"][0]["extensions"]["code"] == code
        assert "hunter2" not in str(last)


async def test_complete_stops_the_generator_and_frees_the_id(api: Api) -> None:
    async with api.signed_in_socket() as socket:
        for _ in range(2):
            await socket.subscribe("1", 'subscription { wait(name: "completed") }')
            assert (await socket.receive())["payload"] == {"data": {"wait": "open"}}
            await socket.send({"type": "complete", "id": "1"})
            await until(lambda: "completed" not in waiting)


async def test_leaving_stops_the_generators(api: Api) -> None:
    async with api.signed_in_socket() as socket:
        await socket.subscribe("1", 'subscription { wait(name: "left") }')
        await socket.receive()
        assert "left" in waiting
    assert "left" not in waiting


async def test_one_operation_too_many_is_refused_and_the_others_go_on(api: Api) -> None:
    async with api.signed_in_socket() as socket:
        for number in range(50):
            await socket.subscribe(str(number), f'subscription {{ wait(name: "crowd{number}") }}')
            assert (await socket.receive())["type"] == "next"
        await socket.subscribe("50", "{ service { version } }")
        refused = await socket.receive()
        assert (refused["id"], refused["type"]) == ("50", "error")
        assert refused["payload"][0]["extensions"] == {"code": "RATE_LIMITED", "limit": 50, "retryAfter": 1}
        await socket.send({"id": "7", "type": "complete"})
        await until(lambda: "crowd7" not in waiting)
        await socket.subscribe("51", "{ service { version } }")
        assert (await socket.receive())["type"] == "next"


async def test_an_id_in_use_closes_with_4409(api: Api) -> None:
    async with api.signed_in_socket() as socket:
        for _ in range(2):
            await socket.subscribe("1", 'subscription { wait(name: "twice") }')
        assert (await socket.close_code())[0] == 4409


# --- server-sent events -----------------------------------------------------------------------------------------------


async def test_any_operation_runs_over_events(api: Api) -> None:
    assert await api.events("{ service { version } }") == [{"data": {"service": {"version": VERSION}}}]
    ticks = await api.events(TICKS, count=3)
    assert [event["data"]["ticks"]["number"] for event in ticks] == [0, 1, 2]


async def test_a_bad_document_is_one_event(api: Api) -> None:
    (event,) = await api.events("{")
    assert event["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_events_without_a_token_are_401(stranger: Api) -> None:
    answer = await stranger.post({"query": "{ service { version } }"}, accept="text/event-stream")
    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")


@asynccontextmanager
async def event_stream(api: Api, query: str) -> Any:
    """An event stream that a client may leave: yields the chunks and a function to go away."""
    sent: asyncio.Queue[Message] = asyncio.Queue()
    to_app: asyncio.Queue[Message] = asyncio.Queue()
    headers = {
        "authorization": f"Bearer {api.token}",
        "content-type": "application/json",
        "accept": "text/event-stream",
    }
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "http_version": "1.1",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await to_app.put({"type": "http.request", "body": orjson.dumps({"query": query}), "more_body": False})
    running: asyncio.Task[None] = asyncio.create_task(api.app(scope, to_app.get, sent.put))  # type: ignore[arg-type]
    yield sent
    await to_app.put({"type": "http.disconnect"})
    await asyncio.wait_for(running, PATIENCE)


async def test_a_client_of_events_that_leaves_stops_the_generator(api: Api) -> None:
    async with event_stream(api, 'subscription { wait(name: "event client") }') as sent:
        assert (await sent.get())["status"] == 200
        assert b'"open"' in (await sent.get())["body"]
        assert "event client" in waiting
    assert "event client" not in waiting


# --- memory -----------------------------------------------------------------------------------------------------------


async def test_a_long_subscription_does_not_grow() -> None:
    """graphql-core 3.3.2 alone keeps about 1.3 kB for each event of an object type."""
    schema = build_schema(parts=(*PARTS, PROBES))
    results = await schema.stream(TICKS, variable_values={"count": 3_000})
    before = 0
    async for result in results:
        number = result.data["ticks"]["number"]
        if number == 500:
            gc.collect()
            tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
        elif number == 2_500:
            gc.collect()
            assert tracemalloc.get_traced_memory()[0] - before < 200_000
            tracemalloc.stop()
