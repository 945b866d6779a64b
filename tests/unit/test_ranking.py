"""Fusion: what two legs found becomes one order that can be explained."""

from __future__ import annotations

from math import nan, sqrt
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.library import Chunk, Coverage, Hit, Metric, Scored, SearchMode, Weights, coverage_of, fuse
from domain.shared import ChunkId, InvalidInput, SourceId

EVEN = Weights(lexical=0.5, semantic=0.5)
SOURCE = SourceId(UUID(int=1))


def scored(number: int, lexical: float | None = None, similarity: float | None = None) -> Scored:
    chunk = Chunk(
        id=ChunkId(UUID(int=number)),
        source_id=SOURCE,
        position=number,
        content=f"chunk {number}",
        content_hash="00" * 32,
        token_count=2,
        start=0,
        end=7,
    )
    return Scored(chunk=chunk, language="it", lexical_score=lexical, similarity=similarity)


def order(hits: tuple[Hit, ...]) -> list[int]:
    return [hit.chunk.position for hit in hits]


lexical_scores = st.none() | st.floats(0.01, 50)
similarities = st.none() | st.floats(-1, 1)
candidates = st.lists(st.tuples(lexical_scores, similarities), max_size=12).map(
    lambda pairs: [scored(number, *pair) for number, pair in enumerate(pairs)]
)
weights = st.builds(Weights, lexical=st.floats(0.01, 1), semantic=st.floats(0.01, 1))


class TestFuse:
    def test_a_chunk_that_both_legs_like_beats_one_that_only_one_leg_likes(self) -> None:
        hits = fuse([scored(1, 10.0, 0.1), scored(2, 9.0, 0.8), scored(3, None, 0.9)], weights=EVEN)
        assert order(hits) == [2, 1, 3]

    def test_each_hit_carries_both_ranks_and_scores(self) -> None:
        (first, second) = fuse([scored(1, 4.0, 0.2), scored(2, None, 0.8)], weights=Weights(lexical=0.9, semantic=0.1))
        assert (first.lexical_rank, first.lexical_score, first.semantic_rank, first.similarity) == (1, 4.0, 2, 0.2)
        assert (second.lexical_rank, second.lexical_score, second.semantic_rank, second.similarity) == (
            None,
            None,
            1,
            0.8,
        )
        assert first.score == pytest.approx(0.9 + 0.1 * 0.25)
        assert second.score == pytest.approx(0.1)

    def test_a_leg_that_found_nothing_is_not_fused(self) -> None:
        words = fuse([scored(1, 4.0), scored(2, 2.0)], weights=Weights(lexical=0.1, semantic=0.9))
        assert [hit.score for hit in words] == [1.0, 0.5]
        meanings = fuse([scored(1, None, 0.4), scored(2, None, 0.2)], weights=Weights(lexical=1.0, semantic=0.0))
        assert [hit.score for hit in meanings] == [1.0, 0.5]

    def test_a_chunk_without_a_vector_yet_counts_as_the_least_similar_one(self) -> None:
        hits = fuse([scored(1, 2.0, 0.8), scored(2, 2.0, 0.4), scored(3, 2.0, None)], weights=EVEN)
        assert order(hits) == [1, 2, 3]
        assert hits[1].score == hits[2].score

    def test_equals_come_in_the_order_of_the_source(self) -> None:
        assert order(fuse([scored(3, 1.0), scored(1, 1.0), scored(2, 1.0)], weights=EVEN)) == [1, 2, 3]

    def test_one_leg_alone_decides_when_it_is_asked_to(self) -> None:
        both = [scored(1, 9.0, 0.1), scored(2, 1.0, 0.9), scored(3, None, 0.5), scored(4, 3.0, None)]
        assert order(fuse(both, weights=EVEN, mode=SearchMode.LEXICAL)) == [1, 4, 2]
        assert order(fuse(both, weights=EVEN, mode=SearchMode.SEMANTIC)) == [2, 3, 1]

    def test_vectors_that_all_point_away_keep_their_order(self) -> None:
        away = [scored(1, None, -0.9), scored(2, None, -0.1), scored(3, None, -0.5)]
        assert order(fuse(away, weights=EVEN, mode=SearchMode.SEMANTIC)) == [2, 3, 1]

    def test_nothing_gives_nothing(self) -> None:
        assert fuse([], weights=EVEN) == ()

    @given(candidates, weights)
    def test_every_candidate_that_a_leg_found_is_a_hit_once(self, found: list[Scored], weights: Weights) -> None:
        words = any(one.lexical_score is not None for one in found)
        known = [
            one
            for one in found
            if one.lexical_score is not None or (one.similarity is not None and (one.similarity > 0 or not words))
        ]
        assert sorted(order(fuse(found, weights=weights))) == [one.chunk.position for one in known]

    def test_beside_words_that_match_a_vector_that_has_nothing_in_common_is_no_hit(self) -> None:
        found = [scored(0, 2.0, 0.4), scored(1, None, 0.0), scored(2, None, 0.3)]
        assert order(fuse(found, weights=Weights(lexical=0.9, semantic=0.1))) == [0, 2]

    @given(candidates, weights, st.randoms(use_true_random=False))
    def test_the_order_does_not_depend_on_the_order_of_the_candidates(
        self, found: list[Scored], weights: Weights, random: object
    ) -> None:
        shuffled = list(found)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        assert fuse(shuffled, weights=weights) == fuse(found, weights=weights)

    @given(candidates, weights)
    def test_scores_fall_and_none_is_above_one(self, found: list[Scored], weights: Weights) -> None:
        scores = [hit.score for hit in fuse(found, weights=weights)]
        assert scores == sorted(scores, reverse=True)
        assert all(score <= 1.0 + 1e-9 for score in scores)

    @given(candidates, weights)
    def test_ranks_are_dense_and_follow_the_scores(self, found: list[Scored], weights: Weights) -> None:
        hits = fuse(found, weights=weights)
        by_rank = sorted((hit for hit in hits if hit.lexical_rank), key=lambda hit: hit.lexical_rank or 0)
        assert [hit.lexical_rank for hit in by_rank] == list(range(1, len(by_rank) + 1))
        values = [hit.lexical_score or 0.0 for hit in by_rank]
        assert values == sorted(values, reverse=True)

    @given(candidates, weights, st.floats(0.1, 10))
    def test_only_the_proportions_of_a_legs_scores_matter(
        self, found: list[Scored], weights: Weights, factor: float
    ) -> None:
        larger = [
            scored(one.chunk.position, one.lexical_score and one.lexical_score * factor, one.similarity)
            for one in found
        ]
        before = {hit.chunk.position: hit.score for hit in fuse(found, weights=weights)}
        after = {hit.chunk.position: hit.score for hit in fuse(larger, weights=weights)}
        assert after == pytest.approx(before)


class TestThreshold:
    def test_what_is_less_near_is_not_found_by_meaning(self) -> None:
        found = [scored(1, None, 0.9), scored(2, None, 0.5), scored(3, None, 0.1)]
        assert order(fuse(found, weights=EVEN, threshold=0.5)) == [1, 2]

    def test_what_words_found_stays(self) -> None:
        (hit,) = fuse([scored(1, 2.0, 0.1), scored(2, None, 0.2)], weights=EVEN, threshold=0.5)
        assert (hit.chunk.position, hit.semantic_rank, hit.similarity, hit.score) == (1, None, 0.1, 1.0)

    def test_a_distance_is_bounded_from_above(self) -> None:
        found = [scored(1, None, 0.9), scored(2, None, 0.5)]
        hits = fuse(found, weights=EVEN, metric=Metric.L2, threshold=0.5)
        assert order(hits) == [1]
        assert hits[0].similarity == pytest.approx(sqrt(0.2))

    @pytest.mark.parametrize(
        ("metric", "threshold"),
        [(Metric.COSINE, 1.1), (Metric.COSINE, -1.1), (Metric.L2, -0.1), (Metric.L2, 2.1), (Metric.INNER_PRODUCT, nan)],
    )
    def test_a_threshold_that_no_two_vectors_can_meet_or_miss_is_refused(
        self, metric: Metric, threshold: float
    ) -> None:
        with pytest.raises(InvalidInput):
            metric.check(threshold)


class TestMetric:
    def test_one_cosine_gives_all_three(self) -> None:
        assert [metric.of_cosine(0.5) for metric in Metric] == [0.5, 1.0, 0.5]

    @pytest.mark.parametrize("cosine", [1.0004, -1.0004])
    def test_rounding_beyond_one_is_forgiven(self, cosine: float) -> None:
        assert Metric.L2.of_cosine(cosine) in {0.0, 2.0}

    @given(st.floats(-1, 1), st.floats(-1, 1))
    def test_all_metrics_order_alike(self, one: float, other: float) -> None:
        if one - other > 1e-9:
            assert Metric.L2.of_cosine(one) < Metric.L2.of_cosine(other)
            assert Metric.INNER_PRODUCT.of_cosine(one) > Metric.INNER_PRODUCT.of_cosine(other)


def test_weights_are_not_all_nothing() -> None:
    with pytest.raises(ValueError, match="weights"):
        Weights(lexical=0.0, semantic=0.0)


def test_coverage_is_a_share_of_the_chunks_in_scope() -> None:
    assert coverage_of(chunks=8, lexical=8, embedded=2) == Coverage(lexical=1.0, semantic=0.25)
    assert coverage_of(chunks=0, lexical=0, embedded=0) == Coverage(lexical=1.0, semantic=1.0)
