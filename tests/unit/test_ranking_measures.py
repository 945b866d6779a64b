"""What the retrieval benchmark counts: places, gains, and when fused is not good enough."""

from __future__ import annotations

from math import log2

import pytest

from benchmarks._ranking_measures import MEASURES, measures, shortfall


def legs(**gains: float) -> dict[str, dict[str, float]]:
    return {leg: {"ndcg@10": gain} for leg, gain in gains.items()}


class TestMeasures:
    def test_they_have_the_names_that_the_object_has(self) -> None:
        assert tuple(measures([["a"]], [{"a"}])) == MEASURES

    def test_they_are_means_over_questions(self) -> None:
        found = measures([["a", "b"], ["x", "b"], ["x"], []], [{"a"}, {"b"}, {"c"}, {"d"}])
        assert found == {
            "r@1": 0.25,
            "r@5": 0.5,
            "r@10": 0.5,
            "mrr@10": pytest.approx((1 + 1 / 2) / 4),
            "ndcg@10": pytest.approx((1 + 1 / log2(3)) / 4),
            "empty": 0.25,
        }

    def test_what_comes_after_the_tenth_does_not_count(self) -> None:
        assert measures([[*"0123456789", "a"]], [{"a"}])["mrr@10"] == 0

    def test_of_several_that_answer_each_adds_to_the_gain(self) -> None:
        both, one = (measures([found], [{"a", "b"}])["ndcg@10"] for found in (["b", "a"], ["b", "x"]))
        assert both == pytest.approx(1.0)
        assert one == pytest.approx(1 / (1 + 1 / log2(3)))


class TestShortfall:
    def test_fused_may_be_as_good_as_the_better_leg(self) -> None:
        assert shortfall(legs(lexical=0.8, dense=0.7, fused=0.8)) is None

    @pytest.mark.parametrize(("lexical", "dense", "named"), [(0.8, 0.7, "lexical"), (0.6, 0.8, "dense")])
    def test_fused_is_never_worse_than_the_better_leg(self, lexical: float, dense: float, named: str) -> None:
        said = shortfall(legs(lexical=lexical, dense=dense, fused=0.7999))
        assert said == f"retrieval: fused is worse than the {named} leg by itself: nDCG@10 0.7999 against 0.8000"
