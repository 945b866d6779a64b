"""How the demonstration finds, in the text at hand, what an exercise has left out."""

from __future__ import annotations

from typing import Any

import pytest

from entrypoints.cli.demo import GAP, key_in

TEXT = "Nelle sue lettere chiedeva gemme e strumenti, discuteva i prezzi. Si entra nello studiolo, dove tutto è legno."


def exercise(question: str) -> dict[str, Any]:
    return {"question": question.replace("_", GAP), "options": []}


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("Nelle sue lettere _ gemme e strumenti.", "chiedeva"),
        pytest.param("chiedeva gemme e strumenti, _ i prezzi.", "discuteva", id="after a comma"),
        pytest.param("discuteva i prezzi. Si entra nello _, dove tutto è legno.", "studiolo", id="before a comma"),
    ],
)
def test_the_key_stands_between_the_words_around_the_gap(question: str, key: str) -> None:
    assert key_in(TEXT, exercise(question)) == key


@pytest.mark.parametrize(
    "question", ["Che cos'è la tarsia?", "_ sue lettere", "Nelle altre lettere _ gemme e strumenti."]
)
def test_where_the_text_does_not_say_there_is_none(question: str) -> None:
    assert key_in(TEXT, exercise(question)) is None
