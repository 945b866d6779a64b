"""Searching: what is refused, what is answered when the embedder is down, and what passages other contexts get."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from math import inf
from typing import Any

import pytest

from adapters.memory.chunks import MemoryChunkIndex, MemoryEmbeddingQueue
from adapters.memory.database import MemoryDatabase
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.offline import FUSION_WEIGHTS, OfflineEmbedder
from application.library import Embedder, Retrieve, Scope, Search
from domain.library import Coverage, Metric, SearchMode
from domain.shared import InvalidInput, RateLimited, Unavailable, UserId
from tests.builders import signed_up
from tests.builders_library import a_source, a_stored_source

CONTENTS = (
    "L'acqua bolle a cento gradi al livello del mare.",
    "Nei fiumi l'acqua dolce scorre verso il mare.",
    "Garibaldi partì da Quarto il 5 maggio 1860.",
)


class Library:
    """A user with a source, and what searches it."""

    def __init__(self, database: MemoryDatabase, owner: UserId) -> None:
        self.database = database
        self.owner = owner

    def search(self, embedder: Embedder | None = None, *, patience: float = 5.0) -> Search:
        return Search(
            index=MemoryChunkIndex(self.database),
            embedder=embedder or OfflineEmbedder(),
            weights=FUSION_WEIGHTS,
            patience=patience,
        )


@pytest.fixture
async def library() -> Library:
    """Two of its three chunks have their vector."""
    database = MemoryDatabase()
    user = await signed_up(OpenMemoryUnitOfWork(database))
    _, chunks = await a_stored_source(OpenMemoryUnitOfWork(database), user.id, CONTENTS)
    embedder = OfflineEmbedder()
    vectors = await embedder.embed(CONTENTS)
    await MemoryEmbeddingQueue(database).store(
        model=embedder.model, vectors={chunks[0].id: vectors[0], chunks[1].id: vectors[1]}
    )
    return Library(database, user.id)


class Broken(Embedder):
    """Of the offline model's name, but it cannot answer."""

    def __init__(self, failure: Exception | None) -> None:
        self._failure = failure

    @property
    def model(self) -> str:
        return OfflineEmbedder().model

    @property
    def dimensions(self) -> int:
        return 1024

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if self._failure is None:
            await asyncio.Event().wait()
            raise AssertionError("nobody waits so long")
        raise self._failure


class TestSearch:
    async def test_both_legs_answer_and_say_what_they_saw(self, library: Library) -> None:
        found = await library.search()(owner=library.owner, query="  A quanti gradi bolle l'acqua? ")
        assert found.hits[0].chunk.content == CONTENTS[0]
        assert (found.hits[0].lexical_rank, found.hits[0].semantic_rank) == (1, 1)
        assert found.coverage == Coverage(lexical=1.0, semantic=2 / 3)

    async def test_the_limit_bounds_the_hits(self, library: Library) -> None:
        assert len((await library.search()(owner=library.owner, query="acqua", limit=1)).hits) == 1

    @pytest.mark.parametrize("query", ["", "   ", "\x00", "a" * 2_001, "a" * 100_000])
    async def test_a_query_that_is_empty_or_too_long_is_refused(self, library: Library, query: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            await library.search()(owner=library.owner, query=query)
        assert refused.value.data["limit"] == 2_000

    @pytest.mark.parametrize("query", ["il la di che", "?!…", "🦊", "\ud800 acqua", "a" * 2_000, "x"])
    @pytest.mark.parametrize("mode", list(SearchMode))
    async def test_a_strange_query_is_answered(self, library: Library, query: str, mode: SearchMode) -> None:
        found = await library.search()(owner=library.owner, query=query, mode=mode)
        assert found.coverage.lexical == 1.0

    @pytest.mark.parametrize("limit", [0, -1, 101, 10_000])
    async def test_a_limit_outside_one_to_a_hundred_is_refused(self, library: Library, limit: int) -> None:
        with pytest.raises(InvalidInput):
            await library.search()(owner=library.owner, query="acqua", limit=limit)

    @pytest.mark.parametrize(
        "metadata", [{"a": inf}, {"a": "\x00"}, {"\ud800": 1}, {"a": {"b": [{"c": {"d": [{"e": {"f": [1]}}]}}]}}]
    )
    async def test_a_metadata_filter_that_cannot_match_is_refused(
        self, library: Library, metadata: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidInput):
            await library.search()(owner=library.owner, query="acqua", scope=Scope(metadata=metadata))

    async def test_a_filter_nested_fifty_deep_is_refused(self, library: Library) -> None:
        nested: dict[str, Any] = {}
        for _ in range(50):
            nested = {"a": nested}
        with pytest.raises(InvalidInput):
            await library.search()(owner=library.owner, query="acqua", scope=Scope(metadata=nested))

    async def test_a_threshold_outside_the_metrics_scale_is_refused(self, library: Library) -> None:
        with pytest.raises(InvalidInput):
            await library.search()(owner=library.owner, query="acqua", metric=Metric.L2, threshold=2.5)

    @pytest.mark.parametrize(
        "failure", [Unavailable("Down.", retry_after=1), RateLimited("Wait.", retry_after=9), None]
    )
    async def test_without_an_embedder_words_answer_and_say_so(
        self, library: Library, failure: Exception | None
    ) -> None:
        search = library.search(Broken(failure), patience=0.05)
        for mode in (SearchMode.HYBRID, SearchMode.SEMANTIC):
            found = await search(owner=library.owner, query="bolle l'acqua", mode=mode)
            assert found.hits[0].chunk.content == CONTENTS[0]
            assert (found.hits[0].similarity, found.coverage.semantic) == (None, 0.0)
            assert found.coverage.degraded

    async def test_it_says_whether_the_limit_is_reached_or_the_provider_is_away(self, library: Library) -> None:
        said = []
        for failure in (RateLimited("Wait.", retry_after=9), Unavailable("Down."), None):
            found = await library.search(Broken(failure), patience=0.05)(owner=library.owner, query="acqua")
            said.append(found.coverage.degraded or "")
        assert [("limit" in one, "not available" in one) for one in said] == [(True, False), *[(False, True)] * 2]

    async def test_a_search_by_words_does_not_ask_the_embedder(self, library: Library) -> None:
        search = library.search(Broken(ValueError("asked all the same")))
        found = await search(owner=library.owner, query="acqua", mode=SearchMode.LEXICAL)
        assert len(found.hits) == 2
        assert found.coverage.degraded is None

    async def test_before_the_first_vector_it_says_that_words_alone_answered(self) -> None:
        database = MemoryDatabase()
        user = await signed_up(OpenMemoryUnitOfWork(database))
        await a_stored_source(OpenMemoryUnitOfWork(database), user.id, CONTENTS)
        found = await Library(database, user.id).search()(owner=user.id, query="acqua", mode=SearchMode.SEMANTIC)
        assert len(found.hits) == 2
        assert (found.coverage.semantic, bool(found.coverage.degraded)) == (0.0, True)

    async def test_a_source_that_is_read_still_is_said_to_be_missing(self) -> None:
        database = MemoryDatabase()
        uow = OpenMemoryUnitOfWork(database)
        user = await signed_up(uow)
        waiting = a_source(user.id)
        async with uow(user.id) as opened:
            await opened.sources.add(waiting)
            await opened.commit()
        search, scope = Library(database, user.id).search(), Scope(source_ids=(waiting.id,))
        found = await search(owner=user.id, query="acqua", scope=scope)
        assert (found.hits, found.coverage.lexical, found.coverage.semantic) == ((), 0.0, 0.0)
        assert "no text yet" in (found.coverage.degraded or "")

    async def test_an_empty_library_is_searched_in_full(self) -> None:
        database = MemoryDatabase()
        user = await signed_up(OpenMemoryUnitOfWork(database))
        found = await Library(database, user.id).search()(owner=user.id, query="acqua")
        assert (found.hits, found.coverage) == ((), Coverage(lexical=1.0, semantic=1.0))


class TestRetrieve:
    async def test_hits_become_passages_with_their_language(self, library: Library) -> None:
        (passage,) = await Retrieve(search=library.search())(owner=library.owner, query="bolle", limit=1)
        assert (passage.text, passage.language) == (CONTENTS[0], "it")

    async def test_nothing_is_asked_with_no_words(self, library: Library) -> None:
        assert await Retrieve(search=library.search())(owner=library.owner, query="  \n") == ()

    @pytest.mark.parametrize("tail", ["a" * 10_000, "parola " * 2_000])
    async def test_of_a_long_text_the_beginning_is_asked_for(self, library: Library, tail: str) -> None:
        passages = await Retrieve(search=library.search())(owner=library.owner, query="Garibaldi " + tail, limit=1)
        assert [passage.text for passage in passages] == [CONTENTS[2]]
