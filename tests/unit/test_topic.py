"""What a passage must have to be about a topic: its words, or a similarity that stands out."""

from __future__ import annotations

import pytest

from domain.practice import on_topic

ABOUT = "Il poeta visse vent'anni in esilio e morì a Ravenna."


@pytest.mark.parametrize(
    "topic",
    [
        "esilio",
        "L'ESILIO DEI POETI",
        "l'esilio di Dante",
        "la storia dell'esilio",
        "Ravenna nel Trecento",
    ],
)
def test_half_of_the_topics_words_are_enough(topic: str) -> None:
    assert on_topic(topic, [ABOUT], [None]) == (True,)


@pytest.mark.parametrize(
    "topic", ["vulcani", "la vita dei vulcani", "di e da", "", "esilio politico di Victor Hugo a Guernsey"]
)
def test_less_is_not(topic: str) -> None:
    assert on_topic(topic, [ABOUT], [None]) == (False,)


def test_a_word_of_every_topic_is_evidence_only_where_it_is_the_topic() -> None:
    text = "La storia di questa famiglia comincia in un paese di mare."
    assert on_topic("storia", [text], [None]) == (True,)
    assert on_topic("la storia dei vulcani", [text], [None]) == (False,)


def test_a_similarity_that_stands_out_is_evidence() -> None:
    """On the narrow scale of a real model as on the wide one of the offline one."""
    texts = ["altro"] * 6
    assert on_topic("esilio", texts, [0.80, 0.62, 0.61, 0.60, 0.60, 0.58]) == (True, *[False] * 5)
    assert on_topic("esilio", texts, [0.28, 0.10, 0.08, 0.07, 0.05, 0.02]) == (True, *[False] * 5)


def test_the_nearest_of_what_is_all_alike_is_not() -> None:
    assert on_topic("esilio", ["altro"] * 6, [0.64, 0.62, 0.61, 0.60, 0.60, 0.58]) == (False,) * 6
    assert on_topic("esilio", ["altro"] * 6, [1.0] * 6) == (False,) * 6


def test_of_a_few_none_stands_out() -> None:
    assert on_topic("esilio", ["altro"] * 4, [0.9, 0.1, 0.1, None]) == (False,) * 4
