"""Documents through GraphQL: real requests, memory below."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.shared import UserId
from entrypoints.graphql.ids import global_id, key_of
from tests.api.clients import Api
from tests.api.shelf import Shelf

FIELDS = """
    id title typstContent template citationFormat citationCount status metadata { key value } lineCount version
    sources { citationKey citationNumber source { title } } createdAt updatedAt
"""
CREATE = (
    f"mutation Create($input: CreateDocumentInput!) {{ createDocument(input: $input) {{ document {{ {FIELDS} }} }} }}"
)
UPDATE = (
    f"mutation Update($input: UpdateDocumentInput!) {{ updateDocument(input: $input) {{ document {{ {FIELDS} }} }} }}"
)
DELETE = "mutation Delete($input: DeleteDocumentInput!) { deleteDocument(input: $input) { deletedId } }"
READ = f"query Read($id: ID!) {{ node(id: $id) {{ ... on Document {{ {FIELDS} }} }} }}"
LIST = """
    query List($first: Int, $after: String, $filter: DocumentFilter) {
      viewer { documents(first: $first, after: $after, filter: $filter) {
        totalCount nodes { title } pageInfo { hasNextPage endCursor }
      } }
    }
"""
ATTACH = """
    mutation Attach($input: AttachSourceInput!) { attachSource(input: $input) {
      attached { citationKey citationNumber source { title } } document { sources { citationKey } }
    } }
"""
DETACH = """
    mutation Detach($input: DetachSourceInput!) { detachSource(input: $input) { document { sources { citationKey } } } }
"""
TAKE = """
    mutation Take($input: TakeCitationNumberInput!) {
      takeCitationNumber(input: $input) { citationNumber document { citationCount version } }
    }
"""


async def created(api: Api, **changes: Any) -> dict[str, Any]:
    given = {"title": "La città ideale", "template": "ESSAY", **changes}
    document: dict[str, Any] = (await api(CREATE, input=given)).data["createDocument"]["document"]
    return document


async def owner_of(api: Api) -> UserId:
    answer = await api("{ viewer { id } }")
    return UserId(key_of("User", answer.data["viewer"]["id"]))


class TestCreating:
    async def test_a_document_begins_with_what_was_given_and_sensible_rest(self, api: Api) -> None:
        document = await created(api, typstContent="= Uno\r\nDue\rTre", metadata=[{"key": "corso", "value": "Storia"}])
        assert document["typstContent"] == "= Uno\nDue\nTre"
        assert (document["lineCount"], document["version"], document["citationCount"]) == (3, 1, 0)
        assert (document["template"], document["citationFormat"], document["status"]) == ("ESSAY", "APA", "DRAFT")
        assert document["metadata"] == [{"key": "corso", "value": "Storia"}]
        assert document["sources"] == []
        assert document["createdAt"] == document["updatedAt"]
        assert (await api(READ, id=document["id"])).data["node"] == document

    async def test_the_viewers_citation_format_is_the_default(self, api: Api) -> None:
        await api(
            "mutation { updatePreferences(input: { citationFormat: CHICAGO }) { preferences { citationFormat } } }"
        )
        assert (await created(api))["citationFormat"] == "CHICAGO"
        assert (await created(api, citationFormat="MLA"))["citationFormat"] == "MLA"

    @pytest.mark.parametrize(
        ("changes", "failure"),
        [
            ({"title": "x" * 201}, {"field": "title", "limit": 200, "actual": 201}),
            ({"title": ""}, {"field": "title", "limit": 200, "actual": 0}),
            ({"title": " \t "}, {"field": "title", "limit": 200, "actual": 0}),
            ({"title": "a\x00b"}, {"field": "title"}),
            ({"typstContent": "x\n" * 1_001}, {"field": "typstContent", "limit": 1_000, "actual": 1_001}),
            ({"typstContent": "x\r\n" * 1_001}, {"field": "typstContent", "limit": 1_000, "actual": 1_001}),
            ({"typstContent": "\r".join("x" * 1_001)}, {"field": "typstContent", "limit": 1_000, "actual": 1_001}),
            ({"typstContent": "x" * 100_001}, {"field": "typstContent", "limit": 100_000, "actual": 100_001}),
            ({"metadata": [{"key": str(n), "value": ""} for n in range(51)]}, {"limit": 50, "actual": 51}),
            ({"metadata": [{"key": "a", "value": ""}] * 2}, {"field": "metadata"}),
            ({"metadata": [{"key": " ", "value": ""}]}, {"field": "metadata"}),
            ({"template": "POEM"}, {}),
        ],
    )
    async def test_what_is_too_long_or_empty_is_refused_with_its_figures(
        self, api: Api, changes: dict[str, Any], failure: dict[str, Any]
    ) -> None:
        answer = await api(CREATE, input={"title": "Va bene", "template": "NOTES", **changes})
        assert answer.failure["code"] == "BAD_USER_INPUT"
        assert failure.items() <= answer.failure.items()
        assert (await api(LIST)).data["viewer"]["documents"]["totalCount"] == 0

    async def test_a_thousand_lines_are_a_document(self, api: Api) -> None:
        assert (await created(api, typstContent="x\n" * 1_000))["lineCount"] == 1_000


class TestSaving:
    async def test_every_save_moves_version_and_time_and_leaves_the_rest(self, api: Api) -> None:
        before = await created(api, typstContent="= Uno")
        given = {"id": before["id"], "expectedVersion": 1, "title": "Altro", "status": "PUBLISHED"}
        after = (await api(UPDATE, input=given)).data["updateDocument"]["document"]
        assert after["updatedAt"] > before["updatedAt"]
        changed = {"title": "Altro", "status": "PUBLISHED", "version": 2, "updatedAt": after["updatedAt"]}
        assert after == {**before, **changed}

    async def test_a_stale_version_is_a_conflict_that_carries_the_current_one(self, api: Api) -> None:
        document = await created(api)
        await api(UPDATE, input={"id": document["id"], "typstContent": "uno"})
        refused = await api(UPDATE, input={"id": document["id"], "expectedVersion": 1, "typstContent": "due"})
        assert refused.failure == {"code": "CONFLICT", "currentVersion": 2, "expectedVersion": 1}
        assert (await api(READ, id=document["id"])).data["node"]["typstContent"] == "uno"

    async def test_of_two_saves_that_cross_one_wins(self, api: Api) -> None:
        document = await created(api)
        given = {"id": document["id"], "expectedVersion": 1}
        answers = await asyncio.gather(*(api(UPDATE, input={**given, "title": f"Titolo {n}"}) for n in range(2)))
        assert sorted("errors" in answer.body for answer in answers) == [False, True]

    async def test_null_leaves_a_field_as_it_is(self, api: Api) -> None:
        document = await created(api, metadata=[{"key": "a", "value": "b"}])
        given = {"id": document["id"], "title": None, "metadata": None, "status": None, "expectedVersion": None}
        after = (await api(UPDATE, input=given)).data["updateDocument"]["document"]
        assert (after["title"], after["metadata"]) == (document["title"], document["metadata"])
        emptied = (await api(UPDATE, input={"id": document["id"], "metadata": []})).data["updateDocument"]["document"]
        assert emptied["metadata"] == []

    async def test_a_refused_save_saves_nothing(self, api: Api) -> None:
        document = await created(api)
        refused = await api(UPDATE, input={"id": document["id"], "title": "Nuovo", "typstContent": "x\n" * 1_001})
        assert refused.code == "BAD_USER_INPUT"
        assert (await api(READ, id=document["id"])).data["node"] == document


class TestReading:
    async def test_documents_come_newest_first_by_pages(self, api: Api) -> None:
        for number in range(3):
            await created(api, title=f"Numero {number}")
        first = (await api(LIST, first=2)).data["viewer"]["documents"]
        rest = (await api(LIST, first=2, after=first["pageInfo"]["endCursor"])).data["viewer"]["documents"]
        titles = [node["title"] for node in first["nodes"] + rest["nodes"]]
        assert titles == ["Numero 2", "Numero 1", "Numero 0"]
        assert (first["totalCount"], first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (
            3,
            True,
            False,
        )

    async def test_a_filter_narrows_list_and_count(self, api: Api) -> None:
        await created(api, title="Città")
        await created(api, title="Appunti", template="NOTES", typstContent="sulla citta")
        for given, titles in (
            ({"text": "CITTA"}, ["Appunti", "Città"]),
            ({"template": "NOTES"}, ["Appunti"]),
            ({"status": "ARCHIVED"}, []),
        ):
            found = (await api(LIST, filter=given)).data["viewer"]["documents"]
            assert ([node["title"] for node in found["nodes"]], found["totalCount"]) == (titles, len(titles))

    async def test_what_cannot_be_looked_for_is_refused(self, api: Api) -> None:
        refused = await api(LIST, filter={"text": "a\x00"})
        assert refused.failure == {"code": "BAD_USER_INPUT", "field": "text"}

    async def test_a_deleted_document_is_not_found(self, api: Api) -> None:
        document = await created(api)
        deleted = await api(DELETE, input={"id": document["id"]})
        assert deleted.data == {"deleteDocument": {"deletedId": document["id"]}}
        assert (await api(DELETE, input={"id": document["id"]})).code == "NOT_FOUND"
        assert (await api(READ, id=document["id"])).code == "NOT_FOUND"


class TestSources:
    async def test_a_source_is_attached_cited_and_detached(self, api: Api, shelf: Shelf) -> None:
        document, source = await created(api), await shelf.put(await owner_of(api), "Stat rosa pristina nomine.")
        pair = {"documentId": document["id"], "sourceId": source}
        attached = (await api(ATTACH, input=pair)).data["attachSource"]
        assert attached["attached"] == {
            "citationKey": "eco",
            "citationNumber": None,
            "source": {"title": "Il nome della rosa"},
        }
        assert attached["document"] == {"sources": [{"citationKey": "eco"}]}
        for _ in range(2):
            taken = (await api(TAKE, input=pair)).data["takeCitationNumber"]
            assert taken == {"citationNumber": 1, "document": {"citationCount": 1, "version": 1}}
        (shown,) = (await api(READ, id=document["id"])).data["node"]["sources"]
        assert shown["citationNumber"] == 1
        assert (await api(DETACH, input=pair)).data["detachSource"]["document"]["sources"] == []
        assert (await api(DETACH, input=pair)).code == "NOT_FOUND"
        assert (await api(TAKE, input=pair)).code == "NOT_FOUND"

    async def test_fifty_numbers_taken_at_once_are_one_to_fifty(self, api: Api) -> None:
        document = await created(api)
        answers = await asyncio.gather(*(api(TAKE, input={"documentId": document["id"]}) for _ in range(50)))
        numbers = [answer.data["takeCitationNumber"]["citationNumber"] for answer in answers]
        assert sorted(numbers) == list(range(1, 51))


class TestIds:
    @pytest.mark.parametrize(
        ("id", "code"),
        [
            ("", "BAD_USER_INPUT"),
            ("not an id", "BAD_USER_INPUT"),
            ("RG9jdW1lbnQ6MQ", "BAD_USER_INPUT"),
            (global_id("Source", UUID(int=7)), "BAD_USER_INPUT"),
            (global_id("Document", UUID(int=7)), "NOT_FOUND"),
        ],
    )
    async def test_an_id_that_is_none_of_a_document_is_refused_everywhere(self, api: Api, id: str, code: str) -> None:
        source = global_id("Source", uuid4())
        for operation, given in (
            (UPDATE, {"id": id, "title": "x"}),
            (DELETE, {"id": id}),
            (TAKE, {"documentId": id}),
            (ATTACH, {"documentId": id, "sourceId": source}),
            (DETACH, {"documentId": id, "sourceId": source}),
        ):
            answer = await api(operation, input=given)
            assert answer.code == code
            if code == "BAD_USER_INPUT":
                assert answer.failure["field"] == next(iter(given))

    async def test_another_users_document_is_forbidden_everywhere(
        self, sign_in: Callable[[], Api], shelf: Shelf
    ) -> None:
        mine, theirs = sign_in(), sign_in()
        document = await created(theirs)
        source = await shelf.put(await owner_of(mine), "Testo.")
        for operation, variables in (
            (READ, {"id": document["id"]}),
            (UPDATE, {"input": {"id": document["id"], "title": "Mio"}}),
            (DELETE, {"input": {"id": document["id"]}}),
            (TAKE, {"input": {"documentId": document["id"]}}),
            (ATTACH, {"input": {"documentId": document["id"], "sourceId": source}}),
            (DETACH, {"input": {"documentId": document["id"], "sourceId": source}}),
        ):
            assert (await mine(operation, **variables)).code == "FORBIDDEN"
        assert (await theirs(READ, id=document["id"])).data["node"] == document

    async def test_another_users_source_is_not_attached(self, sign_in: Callable[[], Api], shelf: Shelf) -> None:
        mine, theirs = sign_in(), sign_in()
        document, source = await created(mine), await shelf.put(await owner_of(theirs), "Testo.")
        assert (await mine(ATTACH, input={"documentId": document["id"], "sourceId": source})).code == "FORBIDDEN"

    async def test_a_stranger_may_do_nothing(self, stranger: Api) -> None:
        answer = await stranger(CREATE, input={"title": "x", "template": "NOTES"})
        assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
