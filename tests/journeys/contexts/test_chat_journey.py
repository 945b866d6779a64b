"""A question goes in and a cited answer streams out, over a socket and over server-sent events."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import Any

import httpx2
import pytest

from entrypoints.cli import demo_operations as operations
from entrypoints.cli.client import OperationFailed, StudioloClient
from entrypoints.cli.sample_library import SAMPLE
from tests.builders import a_subject
from tests.journeys.contexts.conftest import Stack
from tests.journeys.contexts.test_library_journey import all_chunks, followed, upload

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("stack")]

CHAT = """
subscription ($input: ChatInput!) {
  chat(input: $input) {
    __typename turnId seq
    ... on TurnStarted { conversation { id } }
    ... on TextDelta { text }
    ... on CitationAdded { citation { marker quote page start end verdict chunk { id start content } } }
    ... on TurnCompleted { message { content citations { marker quote } } tokensUsed creditsCharged balance }
    ... on TurnFailed { code reason: message }
  }
}"""

CONVERSATION = """
query ($id: ID!) {
  node(id: $id) { ... on Conversation { title messages(first: 10) { nodes { role content citations { quote } } } } }
}"""


async def ask(client: StudioloClient, **given: Any) -> list[dict[str, Any]]:
    async with aclosing(client.events(CHAT, {"input": given}, "chat")) as events:
        return [event async for event in events]


async def test_an_answer_streams_with_citations_that_can_be_found_again(client: StudioloClient) -> None:
    source_id = (await upload(client, "lo_studiolo.pdf", SAMPLE.read_bytes()))["source"]["id"]
    await followed(client, source_id)
    events = await ask(client, message="Che cos'è la tarsia?", sourceIds=[source_id])
    assert [event["seq"] for event in events] == list(range(events[0]["seq"], events[0]["seq"] + len(events)))
    assert events[0]["__typename"] == "TurnStarted"
    done = events[-1]
    assert done["__typename"] == "TurnCompleted", done
    deltas = [event["text"] for event in events if event["__typename"] == "TextDelta"]
    assert "".join(deltas) == done["message"]["content"]

    citations = [event["citation"] for event in events if event["__typename"] == "CitationAdded"]
    assert any("tecnica che compone un" in citation["quote"] for citation in citations)
    chunks = {chunk["id"]: chunk for chunk in await all_chunks(client, source_id)}
    for citation in citations:
        assert citation["verdict"] == "VERIFIED"
        chunk = chunks[citation["chunk"]["id"]]
        assert (
            chunk["content"][citation["start"] - chunk["start"] : citation["end"] - chunk["start"]]
            == (citation["quote"])
        )
        assert citation["page"] == chunk["page"]

    assert done["creditsCharged"] == -(-done["tokensUsed"] // 1000) > 0
    ledger = (await client.run(operations.LEDGER))["viewer"]
    assert ledger["credits"]["available"] == done["balance"] == 10_000 - done["creditsCharged"]
    assert ledger["creditEntries"]["nodes"][0]["operation"] == "CHAT"

    stored = (await client.run(CONVERSATION, {"id": events[0]["conversation"]["id"]}))["node"]["messages"]["nodes"]
    assert [message["role"] for message in stored] == ["USER", "ASSISTANT"]
    assert stored[1]["content"] == done["message"]["content"]
    assert [c["quote"] for c in stored[1]["citations"]] == [c["quote"] for c in citations]


async def test_what_the_sources_do_not_hold_is_not_answered(client: StudioloClient) -> None:
    source_id = (await upload(client, "lo_studiolo.pdf", SAMPLE.read_bytes()))["source"]["id"]
    await followed(client, source_id)
    events = await ask(client, message="Quanti megabyte occupa il kernel Linux?", sourceIds=[source_id])
    assert events[-1]["__typename"] == "TurnCompleted"
    assert not [event for event in events if event["__typename"] == "CitationAdded"]


async def test_the_same_events_come_over_server_sent_events(stack: Stack) -> None:
    token = stack.token(a_subject())
    async with StudioloClient(stack.url, token) as client:
        source_id = (await upload(client, "lo_studiolo.pdf", SAMPLE.read_bytes()))["source"]["id"]
        await followed(client, source_id)
    body = {
        "query": CHAT,
        "variables": {"input": {"message": "Dove si trova lo studiolo più famoso?", "sourceIds": [source_id]}},
    }
    headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
    kinds: list[str] = []
    text = ""
    async with (
        httpx2.AsyncClient(trust_env=False, timeout=30) as http,
        http.stream("POST", stack.url, json=body, headers=headers) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                kinds.append(line.removeprefix("event: "))
            elif line.startswith("data: ") and kinds[-1] == "next":
                event = json.loads(line.removeprefix("data: "))["data"]["chat"]
                text += event.get("text", "")
    assert kinds[-1] == "complete"
    assert "Palazzo Ducale di Urbino" in text


async def test_a_conversation_of_another_user_is_forbidden(client: StudioloClient, stack: Stack) -> None:
    made = await client.run('mutation { createConversation(input: {title: "Mia"}) { conversation { id } } }')
    async with StudioloClient(stack.url, stack.token()) as other:
        with pytest.raises(OperationFailed) as refused:
            await ask(other, message="Ciao", conversationId=made["createConversation"]["conversation"]["id"])
    assert refused.value.code == "FORBIDDEN"
