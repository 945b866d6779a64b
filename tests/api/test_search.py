"""Search through GraphQL: hits that explain themselves, scopes that are refused or kept, memory below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from adapters.memory.chunks import MemoryEmbeddingQueue
from adapters.memory.database import MemoryDatabase
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.offline import OfflineEmbedder
from domain.library import Chunk, Source
from domain.shared import UserId
from entrypoints.graphql.ids import global_id, key_of
from tests.api.clients import Api
from tests.builders_library import a_stored_source

CONTENTS = (
    "L'acqua bolle a cento gradi al livello del mare.",
    "Nei fiumi l'acqua dolce scorre verso il mare.",
    "Garibaldi partì da Quarto il 5 maggio 1860.",
)
SEARCH = """
    query Search($input: SearchInput!) { search(input: $input) {
      hits { score similarity semanticRank lexicalRank lexicalScore chunk { id content source { id title } } }
      coverage { lexical semantic degraded }
    } }
"""


@pytest.fixture
async def stored(api: Api, database: MemoryDatabase) -> tuple[Source, list[Chunk]]:
    """The viewer's source: three chunks, all embedded."""
    return await a_library(api, database)


async def a_library(api: Api, database: MemoryDatabase) -> tuple[Source, list[Chunk]]:
    viewer = (await api("{ viewer { id } }")).data["viewer"]["id"]
    owner = UserId(key_of("User", viewer))
    source, chunks = await a_stored_source(
        OpenMemoryUnitOfWork(database), owner, CONTENTS, title="Appunti", metadata={"corso": "fisica"}
    )
    embedder = OfflineEmbedder()
    vectors = await embedder.embed(CONTENTS)
    await MemoryEmbeddingQueue(database).store(
        model=embedder.model, vectors={chunk.id: vector for chunk, vector in zip(chunks, vectors, strict=True)}
    )
    return source, chunks


async def search(api: Api, query: str = "acqua", **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await api(SEARCH, input={"query": query, **given})).data["search"]
    return found


async def test_a_question_finds_its_passage_and_says_why(api: Api, stored: tuple[Source, list[Chunk]]) -> None:
    source, chunks = stored
    found = await search(api, "A quanti gradi bolle l'acqua?")
    assert found["coverage"] == {"lexical": 1.0, "semantic": 1.0, "degraded": None}
    first = found["hits"][0]
    assert first["chunk"] == {
        "id": global_id("Chunk", chunks[0].id),
        "content": CONTENTS[0],
        "source": {"id": global_id("Source", source.id), "title": "Appunti"},
    }
    assert (first["score"], first["semanticRank"], first["lexicalRank"]) == (1.0, 1, 1)
    assert 0 < first["similarity"] < 1 < first["lexicalScore"]


async def test_limit_mode_metric_and_threshold_are_obeyed(api: Api, stored: tuple[Source, list[Chunk]]) -> None:
    assert len((await search(api, limit=1))["hits"]) == 1
    assert len((await search(api, mode="LEXICAL"))["hits"]) == 2
    assert len((await search(api, mode="SEMANTIC"))["hits"]) == 3
    near = await search(api, CONTENTS[2], mode="SEMANTIC", metric="L2", threshold=0.3)
    assert [(hit["chunk"]["content"], hit["similarity"] < 0.3) for hit in near["hits"]] == [(CONTENTS[2], True)]


async def test_a_scope_narrows_what_is_found(
    api: Api, database: MemoryDatabase, stored: tuple[Source, list[Chunk]]
) -> None:
    other, _ = await a_library(api, database)
    within = await search(api, sourceIds=[global_id("Source", other.id)])
    assert {hit["chunk"]["source"]["id"] for hit in within["hits"]} == {global_id("Source", other.id)}
    both = await search(api, metadata={"corso": "fisica"})
    assert {hit["chunk"]["source"]["id"] for hit in both["hits"]} == {
        global_id("Source", source.id) for source in (stored[0], other)
    }
    assert (await search(api, metadata={"corso": "storia"}))["hits"] == []


async def test_another_users_library_is_neither_seen_nor_named(
    stored: tuple[Source, list[Chunk]], sign_in: Callable[[], Api]
) -> None:
    source, _ = stored
    stranger = sign_in()
    assert (await search(stranger))["hits"] == []
    theirs = await stranger(SEARCH, input={"query": "acqua", "sourceIds": [global_id("Source", source.id)]})
    assert theirs.code == "FORBIDDEN"
    nowhere = await stranger(SEARCH, input={"query": "acqua", "documentId": global_id("Document", uuid4())})
    assert nowhere.code == "NOT_FOUND"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"query": ""}, "query"),
        ({"query": "a" * 2_001}, "query"),
        ({"limit": 0}, "limit"),
        ({"limit": 10_000}, "limit"),
        ({"threshold": 3.0}, "threshold"),
        ({"sourceIds": ["nonsense"]}, "sourceIds"),
        ({"documentId": global_id("Source", uuid4())}, "documentId"),
        ({"metadata": ["not an object"]}, "metadata"),
    ],
)
async def test_bad_input_is_refused_by_name(api: Api, given: dict[str, Any], field: str) -> None:
    refused = await api(SEARCH, input={"query": "acqua", **given})
    assert (refused.code, refused.failure["field"]) == ("BAD_USER_INPUT", field)


@pytest.mark.parametrize("query", ["il la di che", "?!…", "🦊", "'; drop table chunks; --", "a & !b | (c:*"])
async def test_a_query_without_telling_words_is_no_error(
    api: Api, stored: tuple[Source, list[Chunk]], query: str
) -> None:
    assert (await search(api, query, mode="LEXICAL"))["hits"] == []
    assert (await search(api, query))["coverage"]["degraded"] is None


async def test_a_stranger_searches_nothing(stranger: Api) -> None:
    assert (await stranger(SEARCH, input={"query": "acqua"})).code == "UNAUTHENTICATED"
