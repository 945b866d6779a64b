"""The contract of vector stores: the same filters, scores and tenancy, whichever holds the vectors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from math import inf, nan, sqrt

import numpy as np
import pytest

from application.library.ports.vectors import StoredVector
from domain.library import Chunk, Metric
from domain.shared import ChunkId, InvalidInput, SourceId, UserId
from tests.builders_library import toward
from tests.contracts.shelves import (
    MODEL,
    Shelf,
    a_vector,
    memory_shelf,
    no_source,
    pgvector_shelf,
    real_shelf,
    wire_shelf,
)


@pytest.fixture(params=["memory", "pgvector", "pinecone at the wire", "pinecone itself"])
async def shelf(request: pytest.FixtureRequest) -> AsyncIterator[Shelf]:
    match request.param:
        case "memory":
            opened = memory_shelf()
        case "pgvector":
            opened = pgvector_shelf(request.getfixturevalue("postgres"))
        case "pinecone at the wire":
            opened = wire_shelf(request.getfixturevalue("shared"))
        case _:
            opened = real_shelf()
    async with opened as shelf:
        yield shelf


@pytest.fixture
async def owner(shelf: Shelf) -> UserId:
    return await shelf.user()


async def near(
    shelf: Shelf,
    owner: UserId,
    vector: Sequence[float],
    *,
    model: str = MODEL,
    sources: Sequence[SourceId] | None = None,
    limit: int = 10,
    metric: Metric = Metric.COSINE,
    threshold: float | None = None,
) -> list[tuple[ChunkId, float]]:
    """Chunks and scores."""
    found = await shelf.store.nearest(
        owner=owner, model=model, vector=vector, sources=sources, limit=limit, metric=metric, threshold=threshold
    )
    return [(one.chunk_id, round(one.score, 2)) for one in found]


async def everything(shelf: Shelf, owner: UserId) -> list[StoredVector]:
    return sorted([one async for page in shelf.store.ids(owner=owner) for one in page])


def turned(degrees: float) -> list[float]:
    """A vector so far from `toward(0)`, in the plane of the first two axes."""
    radians = np.radians(degrees)
    return [float(np.cos(radians)), float(np.sin(radians)), *[0.0] * 1022]


class TestNearest:
    async def test_the_nearest_come_first_with_their_cosine(self, shelf: Shelf, owner: UserId) -> None:
        first, second, third, _ = chunks = await shelf.chunks(owner, 4)
        angles = (10, 60, 120, 180)
        await shelf.put(owner, [a_vector(chunk, turned(angle)) for chunk, angle in zip(chunks, angles, strict=True)])
        assert await near(shelf, owner, toward(0), limit=3) == [(first.id, 0.98), (second.id, 0.5), (third.id, -0.5)]

    @pytest.mark.parametrize(
        ("metric", "scores"),
        [(Metric.COSINE, (0.5, -1.0)), (Metric.INNER_PRODUCT, (0.5, -1.0)), (Metric.L2, (1.0, 2.0))],
    )
    async def test_scores_are_on_the_scale_of_the_metric(
        self, shelf: Shelf, owner: UserId, metric: Metric, scores: tuple[float, float]
    ) -> None:
        one, other = await shelf.chunks(owner, 2)
        await shelf.put(owner, [a_vector(other, turned(180)), a_vector(one, turned(60))])
        found = await near(shelf, owner, toward(0), metric=metric)
        assert found == [(one.id, scores[0]), (other.id, scores[1])]

    @pytest.mark.parametrize(
        ("metric", "threshold", "expected"),
        [
            (Metric.COSINE, 0.4, 1),
            (Metric.COSINE, 0.6, 0),
            (Metric.COSINE, -1.0, 2),
            (Metric.INNER_PRODUCT, 0.4, 1),
            (Metric.L2, 1.1, 1),
            (Metric.L2, 0.9, 0),
            (Metric.L2, 2.0, 2),
        ],
    )
    async def test_the_threshold_is_on_the_scale_of_the_metric(
        self, shelf: Shelf, owner: UserId, metric: Metric, threshold: float, expected: int
    ) -> None:
        one, other = await shelf.chunks(owner, 2)
        await shelf.put(owner, [a_vector(one, turned(60)), a_vector(other, turned(120))])
        assert len(await near(shelf, owner, toward(0), metric=metric, threshold=threshold)) == expected

    @pytest.mark.parametrize(
        ("metric", "threshold"),
        [
            (Metric.COSINE, 1.01),
            (Metric.COSINE, -1.01),
            (Metric.INNER_PRODUCT, 2.0),
            (Metric.L2, -0.1),
            (Metric.L2, 2.1),
            (Metric.COSINE, nan),
            (Metric.L2, inf),
        ],
    )
    async def test_a_threshold_outside_its_scale_is_refused(
        self, shelf: Shelf, owner: UserId, metric: Metric, threshold: float
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            await near(shelf, owner, toward(0), metric=metric, threshold=threshold)
        assert refused.value.data["field"] == "threshold"

    async def test_equally_near_ones_come_in_the_order_of_their_ids(self, shelf: Shelf, owner: UserId) -> None:
        chunks = await shelf.chunks(owner, 6)
        await shelf.put(owner, [a_vector(chunk, toward(7)) for chunk in reversed(chunks)])
        found = await near(shelf, owner, toward(7))
        assert [chunk for chunk, _ in found] == sorted(chunk.id for chunk in chunks)

    async def test_the_limit_bounds_what_is_found(self, shelf: Shelf, owner: UserId) -> None:
        chunks = await shelf.chunks(owner, 3)
        await shelf.put(owner, [a_vector(chunk, toward(place)) for place, chunk in enumerate(chunks)])
        assert [len(await near(shelf, owner, toward(0), limit=limit)) for limit in (0, 1, 2, 10_000)] == [0, 1, 2, 3]

    @pytest.mark.parametrize("limit", [-1, 10_001])
    async def test_a_limit_out_of_range_is_refused(self, shelf: Shelf, owner: UserId, limit: int) -> None:
        with pytest.raises(InvalidInput) as refused:
            await near(shelf, owner, toward(0), limit=limit)
        assert refused.value.data == {"field": "limit", "limit": 10_000, "actual": limit}

    @pytest.mark.parametrize("vector", [[], [1.0], [0.0] * 1024, [nan] * 1024, [inf] + [0.0] * 1023, [1.0] * 1025])
    async def test_what_is_no_vector_is_refused(self, shelf: Shelf, owner: UserId, vector: list[float]) -> None:
        (chunk,) = await shelf.chunks(owner, 1)
        with pytest.raises(InvalidInput):
            await near(shelf, owner, vector)
        with pytest.raises(InvalidInput):
            await shelf.store.similarities(owner=owner, model=MODEL, vector=vector, chunks=[chunk.id])
        with pytest.raises(InvalidInput):
            await shelf.store.put(owner=owner, model=MODEL, vectors=[a_vector(chunk, vector)])

    async def test_only_the_direction_of_a_vector_counts(self, shelf: Shelf, owner: UserId) -> None:
        (chunk,) = await shelf.chunks(owner, 1)
        await shelf.put(owner, [a_vector(chunk, [0.001 * number for number in turned(60)])])
        assert await near(shelf, owner, [500.0, *[0.0] * 1023]) == [(chunk.id, 0.5)]

    async def test_nobody_who_has_nothing_finds_anything(self, shelf: Shelf, owner: UserId) -> None:
        assert await near(shelf, owner, toward(0)) == []
        assert await everything(shelf, owner) == []


class TestScope:
    async def test_a_search_stays_within_its_sources(self, shelf: Shelf, owner: UserId) -> None:
        one, (inside,) = await shelf.source(owner)
        _, (outside,) = await shelf.source(owner)
        await shelf.put(owner, [a_vector(inside, toward(0)), a_vector(outside, toward(0))])
        assert await near(shelf, owner, toward(0), sources=[one.id]) == [(inside.id, 1.0)]
        assert await near(shelf, owner, toward(0), sources=[one.id, one.id, no_source()]) == [(inside.id, 1.0)]
        assert await near(shelf, owner, toward(0), sources=[no_source()]) == []
        assert await near(shelf, owner, toward(0), sources=[]) == []

    async def test_a_scope_of_very_many_sources_is_searched_as_one(self, shelf: Shelf, owner: UserId) -> None:
        one, (far,) = await shelf.source(owner)
        other, (close,) = await shelf.source(owner)
        await shelf.put(owner, [a_vector(far, turned(60)), a_vector(close, turned(0))])
        sources = [one.id, *[no_source() for _ in range(12_000)], other.id]
        assert await near(shelf, owner, toward(0), sources=sources) == [(close.id, 1.0), (far.id, 0.5)]
        assert await near(shelf, owner, toward(0), sources=sources, limit=1) == [(close.id, 1.0)]

    async def test_vectors_of_two_models_never_meet(self, shelf: Shelf, owner: UserId) -> None:
        (chunk,) = await shelf.chunks(owner, 1)
        strange = "modèle à l'ancienne/2 #1"
        await shelf.put(owner, [a_vector(chunk, toward(0))])
        await shelf.put(owner, [a_vector(chunk, toward(1))], model=strange)
        assert await near(shelf, owner, toward(0)) == [(chunk.id, 1.0)]
        assert await near(shelf, owner, toward(0), model=strange) == [(chunk.id, 0.0)]
        assert await near(shelf, owner, toward(0), model="test") == []
        assert await everything(shelf, owner) == [(strange, chunk.id), (MODEL, chunk.id)]

    async def test_another_users_vectors_are_out_of_reach(self, shelf: Shelf, owner: UserId) -> None:
        source, (chunk,) = await shelf.source(owner)
        await shelf.put(owner, [a_vector(chunk, toward(0))])
        stranger = await shelf.user()
        named = {"owner": stranger, "model": MODEL}
        assert await near(shelf, stranger, toward(0)) == []
        assert await near(shelf, stranger, toward(0), sources=[source.id]) == []
        assert await shelf.store.similarities(**named, vector=toward(0), chunks=[chunk.id]) == {}  # type: ignore[arg-type]
        assert await everything(shelf, stranger) == []
        await shelf.store.delete(**named, chunks=[chunk.id])  # type: ignore[arg-type]
        await shelf.store.delete_source(owner=stranger, source_id=source.id)
        await shelf.store.delete_owner(owner=stranger)
        assert await near(shelf, owner, toward(0)) == [(chunk.id, 1.0)]


class TestSimilarities:
    async def test_they_are_exact_for_the_chunks_that_are_named(self, shelf: Shelf, owner: UserId) -> None:
        one, other, third = await shelf.chunks(owner, 3)
        await shelf.put(owner, [a_vector(one, turned(60)), a_vector(other, turned(120)), a_vector(third, turned(0))])
        unknown = (await shelf.chunks(owner, 1))[0].id
        found = await shelf.store.similarities(
            owner=owner, model=MODEL, vector=toward(0), chunks=[other.id, one.id, one.id, unknown]
        )
        assert found == pytest.approx({one.id: 0.5, other.id: -0.5}, abs=2e-3)
        assert await shelf.store.similarities(owner=owner, model="another", vector=toward(0), chunks=[one.id]) == {}
        assert await shelf.store.similarities(owner=owner, model=MODEL, vector=toward(0), chunks=[]) == {}

    async def test_they_agree_with_the_search(self, shelf: Shelf, owner: UserId) -> None:
        chunks = await shelf.chunks(owner, 250)
        vectors = random_vectors(250)
        await shelf.put(owner, [a_vector(chunk, one) for chunk, one in zip(chunks, vectors, strict=True)])
        asked = random_vectors(1, seed=1)[0]
        found = await shelf.store.nearest(owner=owner, model=MODEL, vector=asked, sources=None, limit=250)
        exact = await shelf.store.similarities(
            owner=owner, model=MODEL, vector=asked, chunks=[chunk.id for chunk in chunks]
        )
        assert len(exact) == 250
        assert {one.chunk_id: one.similarity for one in found} == pytest.approx(exact, abs=2e-3)


class TestWriting:
    async def test_putting_again_changes_nothing_and_putting_another_replaces(
        self, shelf: Shelf, owner: UserId
    ) -> None:
        (chunk,) = await shelf.chunks(owner, 1)
        await shelf.put(owner, [a_vector(chunk, toward(0))])
        await shelf.put(owner, [a_vector(chunk, toward(0))])
        assert await near(shelf, owner, toward(0)) == [(chunk.id, 1.0)]
        await shelf.put(owner, [a_vector(chunk, toward(1))])
        await shelf.until(lambda: is_near(shelf, owner, chunk, 1))
        assert await near(shelf, owner, toward(1)) == [(chunk.id, 1.0)]

    async def test_nothing_is_put_without_a_fault(self, shelf: Shelf, owner: UserId) -> None:
        await shelf.store.put(owner=owner, model=MODEL, vectors=[])
        assert await everything(shelf, owner) == []

    async def test_many_vectors_with_long_texts_are_put_in_one_call(self, shelf: Shelf, owner: UserId) -> None:
        chunks = await shelf.chunks(owner, 300)
        text = '«Perché?» disse.\n"Così!" \x07' * 4_000
        await shelf.put(
            owner,
            [a_vector(chunk, one, text=text) for chunk, one in zip(chunks, random_vectors(300), strict=True)],
        )
        assert [one.chunk_id for one in await everything(shelf, owner)] == sorted(chunk.id for chunk in chunks)

    async def test_what_is_put_at_once_is_all_there(self, shelf: Shelf, owner: UserId) -> None:
        chunks = await shelf.chunks(owner, 12)
        same = [a_vector(chunks[0], toward(0))]
        await asyncio.gather(
            *(shelf.put(owner, [a_vector(chunk, toward(place))]) for place, chunk in enumerate(chunks)),
            *(shelf.put(owner, same) for _ in range(3)),
        )
        assert len(await near(shelf, owner, toward(0), limit=100)) == 12

    async def test_a_deletion_among_writings_harms_neither(self, shelf: Shelf, owner: UserId) -> None:
        source, chunks = await shelf.source(owner, 8)
        await asyncio.gather(
            *(shelf.store.put(owner=owner, model=MODEL, vectors=[a_vector(chunk, toward(1))]) for chunk in chunks),
            shelf.store.delete_source(owner=owner, source_id=source.id),
            shelf.store.delete_owner(owner=owner),
        )
        await shelf.put(owner, [a_vector(chunk, toward(1)) for chunk in chunks])
        assert len(await near(shelf, owner, toward(1))) == 8


class TestDeleting:
    async def test_chunks_that_are_named_go_and_others_stay(self, shelf: Shelf, owner: UserId) -> None:
        gone, stays = await shelf.chunks(owner, 2)
        await shelf.put(owner, [a_vector(gone, toward(0)), a_vector(stays, toward(1))])
        await shelf.put(owner, [a_vector(gone, toward(0))], model="another")
        await shelf.store.delete(owner=owner, model=MODEL, chunks=[gone.id, gone.id, ChunkId(no_source())])
        await shelf.store.delete(owner=owner, model=MODEL, chunks=[])
        await shelf.until(lambda: has(shelf, owner, 2))
        assert await everything(shelf, owner) == [("another", gone.id), (MODEL, stays.id)]

    async def test_a_source_goes_with_its_vectors_of_every_model(self, shelf: Shelf, owner: UserId) -> None:
        source, (gone, also) = await shelf.source(owner, 2)
        _, (stays,) = await shelf.source(owner)
        await shelf.put(owner, [a_vector(gone, toward(0)), a_vector(also, toward(0)), a_vector(stays, toward(0))])
        await shelf.put(owner, [a_vector(gone, toward(0))], model="another")
        await shelf.store.delete_source(owner=owner, source_id=source.id)
        await shelf.store.delete_source(owner=owner, source_id=no_source())
        await shelf.until(lambda: has(shelf, owner, 1))
        assert await everything(shelf, owner) == [(MODEL, stays.id)]

    async def test_a_user_goes_with_everything_and_alone(self, shelf: Shelf, owner: UserId) -> None:
        (chunk,) = await shelf.chunks(owner, 1)
        other = await shelf.user()
        (theirs,) = await shelf.chunks(other, 1)
        for model in (MODEL, "another"):
            await shelf.put(owner, [a_vector(chunk, toward(0))], model=model)
            await shelf.put(other, [a_vector(theirs, toward(0))], model=model)
        for _ in range(2):
            await shelf.store.delete_owner(owner=owner)
        await shelf.until(lambda: has(shelf, owner, 0))
        assert await everything(shelf, owner) == []
        assert len(await everything(shelf, other)) == 2

    async def test_where_nothing_is_nothing_is_deleted(self, shelf: Shelf) -> None:
        nobody = await shelf.user()
        await shelf.store.delete_owner(owner=nobody)
        await shelf.store.delete_source(owner=nobody, source_id=no_source())
        await shelf.store.delete(owner=nobody, model=MODEL, chunks=[ChunkId(no_source())])


class TestListing:
    async def test_everything_is_listed_once_page_after_page(self, shelf: Shelf, owner: UserId) -> None:
        chunks = await shelf.chunks(owner, 230)
        await shelf.put(owner, [a_vector(chunk, toward(place)) for place, chunk in enumerate(chunks)])
        assert await everything(shelf, owner) == sorted((MODEL, chunk.id) for chunk in chunks)

    async def test_owners_are_listed(self, shelf: Shelf) -> None:
        owners = {await shelf.user() for _ in range(3)}
        for owner in owners:
            (chunk,) = await shelf.chunks(owner, 1)
            await shelf.put(owner, [a_vector(chunk, toward(0))])
        assert owners <= {owner async for page in shelf.store.owners() for owner in page}

    async def test_it_is_kept_alive(self, shelf: Shelf) -> None:
        await shelf.store.keep_alive()


def random_vectors(number: int, *, seed: int = 0) -> list[list[float]]:
    rows = np.random.default_rng(seed).standard_normal((number, 1024))
    return [[float(one) for one in row] for row in rows / sqrt(1024)]


async def has(shelf: Shelf, owner: UserId, number: int) -> bool:
    return len(await everything(shelf, owner)) == number


async def is_near(shelf: Shelf, owner: UserId, chunk: Chunk, axis: int) -> bool:
    found = await shelf.store.nearest(owner=owner, model=MODEL, vector=toward(axis), sources=None, limit=1)
    return [one.chunk_id for one in found if one.similarity > 0.9] == [chunk.id]
