"""The library through GraphQL: real requests, real reading processes, memory below."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from adapters.extraction.pool import ProcessExtractor
from adapters.memory.database import MemoryDatabase
from adapters.system import utc_now
from application.app import Application
from entrypoints.graphql.ids import global_id
from entrypoints.settings import Settings
from tests.api.clients import Answer, Api
from tests.builders_pdf import a_pdf
from tests.desk import TEXT, Desk

FIELDS = """
    id title kind status errorMessage url originalFilename author publicationDate accessDate language metadata
    isAvailable pageCount chunkCount embeddedChunkCount etaSeconds createdAt processedAt
"""
ADD = f"mutation Add($input: AddSourceInput!) {{ addSource(input: $input) {{ duplicate source {{ {FIELDS} }} }} }}"
LIST = f"""
    query List($first: Int, $after: String, $filter: SourceFilter) {{
      viewer {{ sources(first: $first, after: $after, filter: $filter) {{
        totalCount pageInfo {{ hasNextPage hasPreviousPage endCursor }} nodes {{ {FIELDS} }}
      }} }}
    }}
"""
READ = f"""
    query Read($id: ID!) {{ node(id: $id) {{ ... on Source {{ {FIELDS}
      chunks {{ totalCount nodes {{ id content position tokenCount page heading start end source {{ id }} }} }}
    }} }} }}
"""
WATCH = """
    subscription Watch($source: ID!) {
      sourceProgress(id: $source) { status chunkCount embeddedChunkCount etaSeconds }
    }
"""


@pytest.fixture(scope="module")
def extractor() -> Iterator[ProcessExtractor]:
    extractor = ProcessExtractor(processes=1)
    yield extractor
    extractor.close()


@pytest.fixture
def desk(database: MemoryDatabase, settings: Settings, extractor: ProcessExtractor) -> Desk:
    return Desk(database=database, extractor=extractor, clock=utc_now, max_upload_bytes=settings.max_upload_bytes)


@pytest.fixture
def application(application: Application, desk: Desk) -> Application:
    return replace(application, library=desk.library)


async def add(api: Api, text: str = TEXT, **given: Any) -> dict[str, Any]:
    answer = await api(ADD, input={"origin": {"text": text}, **given})
    source: dict[str, Any] = answer.data["addSource"]["source"]
    return source


async def upload(api: Api, data: bytes, filename: str, **given: Any) -> Answer:
    return await api.upload(
        ADD, files={"variables.input.origin.file": (filename, data)}, input={"origin": {"file": None}, **given}
    )


async def read(api: Api, id: str) -> dict[str, Any]:
    source: dict[str, Any] = (await api(READ, id=id)).data["node"]
    return source


class TestAddSource:
    async def test_a_text_is_added_read_and_embedded(self, api: Api, desk: Desk) -> None:
        given: dict[str, Any] = {"author": "Ada Neri", "publicationDate": "2024-05-17", "metadata": {"corso": 2}}
        source = await add(api, **given)
        assert (source["title"], source["kind"], source["status"]) == ("Il Po", "MARKDOWN", "PROCESSING")
        assert {name: source[name] for name in given} == given
        await desk.work("library.ingest_source")
        ready = await read(api, source["id"])
        assert (ready["status"], ready["chunkCount"], ready["embeddedChunkCount"]) == ("READY", 2, 0)
        assert (ready["language"], ready["etaSeconds"]) == ("it", 30)
        await desk.work()
        done = await read(api, source["id"])
        assert (done["embeddedChunkCount"], done["etaSeconds"]) == (2, None)

    async def test_a_pdf_is_read_with_its_pages(self, api: Api, desk: Desk) -> None:
        data = a_pdf(["Il Po nasce dal Monviso."], ["Sfocia nell'Adriatico."], title="I fiumi", author="Ugo Bo")
        source = (await upload(api, data, "disp_03.pdf")).data["addSource"]["source"]
        assert (source["title"], source["originalFilename"], source["kind"]) == ("disp 03", "disp_03.pdf", "PDF")
        await desk.work()
        ready = await read(api, source["id"])
        assert (ready["title"], ready["author"], ready["pageCount"]) == ("I fiumi", "Ugo Bo", 2)
        (chunk,) = ready["chunks"]["nodes"]
        assert chunk["content"] == "Il Po nasce dal Monviso.\n\nSfocia nell'Adriatico."
        assert (chunk["page"], chunk["start"], chunk["end"]) == (1, 0, 48)

    async def test_one_file_may_stand_in_two_places(self, api: Api) -> None:
        twice = """mutation($one: Upload!, $other: Upload!) {
          one: addSource(input: {origin: {file: $one}}) { source { id } }
          other: addSource(input: {origin: {file: $other}}) { duplicate source { id } }
        }"""
        form = {
            "operations": json.dumps({"query": twice, "variables": {"one": None, "other": None}}),
            "map": json.dumps({"0": ["variables.one", "variables.other"]}),
        }
        data = (await api.multipart(form, {"0": ("po.txt", TEXT.encode())})).data
        assert data["other"] == {"duplicate": True, "source": data["one"]["source"]}

    async def test_chunks_say_where_they_stand(self, api: Api, desk: Desk) -> None:
        source = await add(api)
        await desk.work()
        chunks = (await read(api, source["id"]))["chunks"]
        assert chunks["totalCount"] == 2
        assert [chunk["heading"] for chunk in chunks["nodes"]] == ["Il Po", "La foce"]
        for position, chunk in enumerate(chunks["nodes"]):
            assert TEXT[chunk["start"] : chunk["end"]] == chunk["content"]
            assert (chunk["position"], chunk["source"]["id"]) == (position, source["id"])
            again = await api("query ($id: ID!) { node(id: $id) { ... on Chunk { content } } }", id=chunk["id"])
            assert again.data["node"]["content"] == chunk["content"]

    async def test_the_same_content_again_is_the_source_that_is_there(self, api: Api) -> None:
        source = await add(api)
        again = (await api(ADD, input={"origin": {"text": TEXT}, "title": "Altro"})).data["addSource"]
        assert (again["duplicate"], again["source"]["id"]) == (True, source["id"])

    async def test_nul_is_taken_out_of_a_text_and_the_rest_is_kept(self, api: Api, desk: Desk) -> None:
        source = await add(api, "Il Po\0 nasce dal Monviso.")
        await desk.work()
        (chunk,) = (await read(api, source["id"]))["chunks"]["nodes"]
        assert chunk["content"] == "Il Po nasce dal Monviso."

    async def test_a_file_with_nul_and_lone_surrogates_is_read(self, api: Api, desk: Desk) -> None:
        data = "Perche\u0301\0 il Po \ud800è lungo?".encode("utf-8", "surrogatepass")
        source = (await upload(api, data, "po.txt")).data["addSource"]["source"]
        await desk.work()
        (chunk,) = (await read(api, source["id"]))["chunks"]["nodes"]
        assert chunk["content"] == "Perché il Po è lungo?"

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"origin": {"text": ""}}, "text"),
            ({"origin": {"text": " \n\0"}}, "text"),
            ({"origin": {"text": "x" * 100_001}}, "text"),
            ({"origin": {"text": TEXT}, "title": "x" * 201}, "title"),
            ({"origin": {"text": TEXT}, "title": " "}, "title"),
            ({"origin": {"text": TEXT}, "language": "?"}, "language"),
            ({"origin": {"text": TEXT}, "metadata": [1]}, "metadata"),
            (
                {"origin": {"text": TEXT}, "metadata": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": 1}}}}}}}}},
                "metadata",
            ),
            ({"origin": {"text": TEXT}, "documentId": "nonsense"}, "documentId"),
            ({"origin": {"text": TEXT}, "documentId": ""}, "documentId"),
        ],
    )
    async def test_bad_input_is_refused_by_name_and_nothing_is_stored(
        self, api: Api, desk: Desk, given: dict[str, Any], field: str
    ) -> None:
        answer = await api(ADD, input=given)
        assert (answer.code, answer.failure["field"]) == ("BAD_USER_INPUT", field)
        assert await nothing_is_stored(api, desk)

    async def test_a_long_title_is_refused_with_its_length(self, api: Api) -> None:
        answer = await api(ADD, input={"origin": {"text": TEXT}, "title": "x" * 201})
        assert (answer.failure["limit"], answer.failure["actual"]) == (200, 201)
        assert answer.error["message"] == "A title has 1 to 200 characters."

    async def test_a_lone_surrogate_in_a_request_is_refused(self, api: Api) -> None:
        body = json.dumps({"query": ADD, "variables": {"input": {"origin": {"text": "a\ud800b"}}}}).encode()
        assert (await api.post(body)).code == "BAD_USER_INPUT"

    @pytest.mark.parametrize("origin", [{}, {"text": TEXT, "file": None}, {"text": TEXT, "url": "https://example.org"}])
    async def test_an_origin_is_one_of_those_there_are(self, api: Api, origin: dict[str, Any]) -> None:
        assert (await api(ADD, input={"origin": origin})).code == "BAD_USER_INPUT"

    @pytest.mark.parametrize(
        ("data", "filename", "reason"),
        [
            (b"", "vuoto.pdf", "This file is empty."),
            (b"<!DOCTYPE html><html></html>", "falso.pdf", "really a web page, not a PDF"),
            (b"PK\x03\x04....", "tema.zip", "cannot be read here"),
        ],
        ids=["0 bytes", "HTML", "zip"],
    )
    async def test_a_file_that_cannot_be_read_at_all_is_refused_at_once(
        self, api: Api, desk: Desk, data: bytes, filename: str, reason: str
    ) -> None:
        answer = await upload(api, data, filename)
        assert (answer.code, answer.failure["field"]) == ("BAD_USER_INPUT", "file")
        assert reason in answer.error["message"]
        assert await nothing_is_stored(api, desk)

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (a_pdf(["Il Po"])[:300], "damaged"),
            (a_pdf(["Il Po"], password="segreta"), "needs a password"),
            (a_pdf([]), "no text"),
        ],
        ids=["truncated", "encrypted", "no text"],
    )
    async def test_a_pdf_that_proves_unreadable_fails_with_a_sentence(
        self, api: Api, desk: Desk, data: bytes, reason: str
    ) -> None:
        source = (await upload(api, data, "a.pdf")).data["addSource"]["source"]
        await desk.work()
        failed = await read(api, source["id"])
        assert (failed["status"], failed["chunkCount"], failed["etaSeconds"]) == ("FAILED", 0, None)
        assert reason in failed["errorMessage"]
        assert failed["chunks"]["nodes"] == []

    async def test_a_file_that_is_too_large_is_refused_with_both_sizes(self, api: Api, desk: Desk) -> None:
        answer = await upload(api, b"%PDF-1.7" + bytes(101_000), "grande.pdf")
        assert answer.code == "BAD_USER_INPUT"
        assert (answer.failure["field"], answer.failure["limit"]) == ("file", 100_000)
        assert answer.failure["actual"] >= 101_000
        assert await nothing_is_stored(api, desk)

    async def test_without_a_token_nothing_is_added(self, stranger: Api) -> None:
        assert (await stranger(ADD, input={"origin": {"text": TEXT}})).status == 401


class TestSources:
    async def test_they_are_paged_newest_first(self, api: Api) -> None:
        made = [(await add(api, f"Testo numero {number}."))["id"] for number in range(5)]
        seen: list[str] = []
        after: str | None = None
        while True:
            page = (await api(LIST, first=2, after=after)).data["viewer"]["sources"]
            assert page["totalCount"] == 5
            seen += [node["id"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert seen == made[::-1]

    @pytest.mark.parametrize(
        ("where", "count"),
        [
            ({"status": "FAILED"}, 0),
            ({"status": "PROCESSING"}, 2),
            ({"kind": "MARKDOWN"}, 1),
            ({"text": "citta"}, 1),
            ({"kind": None, "text": None}, 2),
        ],
    )
    async def test_a_filter_restricts_them(self, api: Api, where: dict[str, Any], count: int) -> None:
        await add(api)
        await add(api, "Le città invisibili.")
        page = (await api(LIST, filter=where)).data["viewer"]["sources"]
        assert (page["totalCount"], len(page["nodes"])) == (count, count)

    async def test_a_filter_that_no_text_can_hold_is_refused_by_name(self, api: Api) -> None:
        refused = await api(LIST, filter={"text": "citt\0"})
        assert (refused.code, refused.failure["field"]) == ("BAD_USER_INPUT", "text")

    async def test_a_user_sees_none_of_anothers(self, sign_in: Callable[[], Api], desk: Desk) -> None:
        owner, other = sign_in(), sign_in()
        source = await add(owner)
        await desk.work()
        (chunk, *_) = (await read(owner, source["id"]))["chunks"]["nodes"]
        assert (await other(LIST)).data["viewer"]["sources"]["totalCount"] == 0
        for id in (source["id"], chunk["id"]):
            assert (await other("query ($id: ID!) { node(id: $id) { id } }", id=id)).code == "FORBIDDEN"
            answer = await other("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[id])
            assert answer.data["nodes"] == [None]


CHANGES = [
    ("updateSource", 'mutation ($id: ID!) { updateSource(input: {id: $id, title: "Mio"}) { source { title } } }'),
    ("reingestSource", "mutation ($id: ID!) { reingestSource(input: {id: $id}) { source { status } } }"),
    ("deleteSource", "mutation ($id: ID!) { deleteSource(input: {id: $id}) { deletedId } }"),
]


class TestChanges:
    @pytest.mark.parametrize(("name", "change"), CHANGES)
    async def test_bad_ids_are_told_apart(self, sign_in: Callable[[], Api], desk: Desk, name: str, change: str) -> None:
        owner, other = sign_in(), sign_in()
        source = await add(owner)
        await desk.work()
        assert (await other(change, id=source["id"])).code == "FORBIDDEN"
        assert (await owner(change, id=global_id("Source", uuid4()))).code == "NOT_FOUND"
        for malformed in ("", "1", "non un id", global_id("Chunk", uuid4()), source["id"] + "="):
            answer = await owner(change, id=malformed)
            assert (answer.code, answer.failure["field"]) == ("BAD_USER_INPUT", "id")
        after = await read(owner, source["id"])
        assert (after["title"], after["status"]) == ("Il Po", "READY")

    async def test_what_is_known_of_it_is_corrected(self, api: Api) -> None:
        source = await add(api, author="Ada Neri")
        given = {"id": source["id"], "title": "I fiumi", "metadata": {"a": [1]}, "publicationDate": "1999-12-31"}
        change = f"mutation ($input: UpdateSourceInput!) {{ updateSource(input: $input) {{ source {{ {FIELDS} }} }} }}"
        changed = (await api(change, input=given)).data["updateSource"]["source"]
        assert changed == {**source, **given}
        assert (await read(api, source["id"]))["author"] == "Ada Neri"
        refused = await api(change, input={"id": source["id"], "title": "x" * 201})
        assert (refused.code, refused.failure["actual"]) == ("BAD_USER_INPUT", 201)

    async def test_reading_again_keeps_the_chunks_and_their_ids(self, api: Api, desk: Desk) -> None:
        source = await add(api)
        await desk.work()
        before = await read(api, source["id"])
        again = (await api(CHANGES[1][1], id=source["id"])).data["reingestSource"]["source"]
        assert again["status"] == "PROCESSING"
        assert (await read(api, source["id"]))["chunks"] == before["chunks"]
        await desk.work()
        assert (await read(api, source["id"]))["chunks"] == before["chunks"]

    async def test_a_deleted_source_is_gone_with_all_that_was_made_of_it(self, api: Api, desk: Desk) -> None:
        source = await add(api)
        await desk.work()
        (chunk, *_) = (await read(api, source["id"]))["chunks"]["nodes"]
        assert (await api(CHANGES[2][1], id=source["id"])).data["deleteSource"] == {"deletedId": source["id"]}
        for id in (source["id"], chunk["id"]):
            assert (await api("query ($id: ID!) { node(id: $id) { id } }", id=id)).code == "NOT_FOUND"
        assert await nothing_is_stored(api, desk)


class TestSourceProgress:
    async def test_it_is_followed_to_the_last_vector(self, api: Api, desk: Desk) -> None:
        source = await add(api)
        seen = []
        async with api.signed_in_socket() as socket:
            await socket.subscribe("1", WATCH, source=source["id"])
            while (message := await socket.receive())["type"] == "next":
                seen.append(message["payload"]["data"]["sourceProgress"])
                await desk.work("library.ingest_source" if len(seen) == 1 else "library.embed_chunks")
        assert message == {"id": "1", "type": "complete"}
        assert [(one["status"], one["chunkCount"], one["embeddedChunkCount"]) for one in seen] == [
            ("PROCESSING", 0, 0),
            ("READY", 2, 0),
            ("READY", 2, 2),
        ]
        assert [one["etaSeconds"] is None for one in seen] == [False, False, True]

    async def test_what_is_done_is_shown_once_over_server_sent_events(self, api: Api, desk: Desk) -> None:
        source = await add(api)
        await desk.work()
        (event,) = await api.events(WATCH, source=source["id"])
        assert event["data"]["sourceProgress"]["status"] == "READY"

    async def test_a_foreign_unknown_or_malformed_id_is_refused_at_once(self, sign_in: Callable[[], Api]) -> None:
        owner, other = sign_in(), sign_in()
        source = await add(owner)
        asked = [(source["id"], "FORBIDDEN"), (global_id("Source", uuid4()), "NOT_FOUND"), ("x", "BAD_USER_INPUT")]
        for id, code in asked:
            (event,) = await other.events(WATCH, source=id)
            assert event["errors"][0]["extensions"]["code"] == code


async def nothing_is_stored(api: Api, desk: Desk) -> bool:
    listed = (await api(LIST)).data["viewer"]["sources"]["totalCount"]
    return listed == 0 and not desk.files.stored and not desk.jobs.asked
