"""A document is written, saved from two windows, given sources and citation numbers, and deleted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from entrypoints.cli.client import OperationFailed, StudioloClient
from tests.journeys.contexts.test_library_journey import upload

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("stack")]

CREATE = """
mutation ($input: CreateDocumentInput!) {
  createDocument(input: $input) { document { id title version lineCount citationFormat status } }
}"""
UPDATE = "mutation ($input: UpdateDocumentInput!) { updateDocument(input: $input) { document { version lineCount } } }"
TAKE = """
mutation ($input: TakeCitationNumberInput!) {
  takeCitationNumber(input: $input) { citationNumber document { citationCount } }
}"""
ATTACH = """
mutation ($input: AttachSourceInput!) {
  attachSource(input: $input) { attached { citationKey source { title } } document { sources { citationNumber } } }
}"""


async def create(client: StudioloClient, **given: Any) -> dict[str, Any]:
    made = await client.run(CREATE, {"input": {"title": "Lo studiolo", "template": "ESSAY", **given}})
    document: dict[str, Any] = made["createDocument"]["document"]
    return document


async def refused(client: StudioloClient, document: str, variables: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(OperationFailed) as failure:
        await client.run(document, variables)
    extensions: dict[str, Any] = failure.value.errors[0]["extensions"]
    return extensions


async def test_a_save_moves_the_version_and_a_stale_one_loses_nothing(client: StudioloClient) -> None:
    made = await create(client)
    assert (made["version"], made["citationFormat"], made["status"]) == (1, "APA", "DRAFT")
    saved = await client.run(UPDATE, {"input": {"id": made["id"], "expectedVersion": 1, "typstContent": "= Uno\n"}})
    assert saved["updateDocument"]["document"]["version"] == 2
    stale = await refused(client, UPDATE, {"input": {"id": made["id"], "expectedVersion": 1, "typstContent": "perso"}})
    assert (stale["code"], stale["currentVersion"]) == ("CONFLICT", 2)
    kept = await client.run(
        "query ($id: ID!) { node(id: $id) { ... on Document { typstContent } } }", {"id": made["id"]}
    )
    assert kept["node"]["typstContent"] == "= Uno\n"


async def test_a_thousand_lines_are_a_document_and_one_more_is_not(client: StudioloClient) -> None:
    made = await create(client, typstContent="\n".join(["riga"] * 1000))
    assert made["lineCount"] == 1000
    too_long = await refused(client, UPDATE, {"input": {"id": made["id"], "typstContent": "\n".join(["riga"] * 1001)}})
    assert too_long["code"] == "BAD_USER_INPUT"
    assert (too_long["limit"], too_long["actual"]) == (1000, 1001)


async def test_fifty_citation_numbers_at_once_are_one_to_fifty(client: StudioloClient) -> None:
    made = await create(client)
    taken = await asyncio.gather(*(client.run(TAKE, {"input": {"documentId": made["id"]}}) for _ in range(50)))
    assert sorted(one["takeCitationNumber"]["citationNumber"] for one in taken) == list(range(1, 51))


async def test_a_source_is_attached_and_survives_the_document(client: StudioloClient) -> None:
    made = await create(client)
    source = (await upload(client, "fonte.txt", "La prospettiva è l'arte di rappresentare lo spazio.".encode()))[
        "source"
    ]
    attached = await client.run(ATTACH, {"input": {"documentId": made["id"], "sourceId": source["id"]}})
    assert attached["attachSource"]["attached"]["source"]["title"] == source["title"]
    await client.run("mutation ($id: ID!) { deleteDocument(input: {id: $id}) { deletedId } }", {"id": made["id"]})
    gone = await refused(client, "query ($id: ID!) { node(id: $id) { id } }", {"id": made["id"]})
    assert gone["code"] == "NOT_FOUND"
    left = await client.run("query ($id: ID!) { node(id: $id) { id } }", {"id": source["id"]})
    assert left["node"]["id"] == source["id"]
