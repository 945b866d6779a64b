"""What counts as an Italian word."""

from __future__ import annotations

import pytest

from adapters.offline.lexicon import OfflineLexicon, _is_word

LEXICON = OfflineLexicon()
WORDS = (
    "città",
    "perché",
    "è",
    "e",
    "là",
    "la",
    "parlo",
    "parlò",
    "meta",
    "metà",
    "però",
    "né",
    "ne",
    "mangiavano",
    "capacita",
)
MISSPELT = (
    "citta",
    "perche",
    "perchè",
    "universita",
    "caffe",
    "dira",
    "piu",
    "sara",
    "biblotecca",
    "mangivamo",
    "fà",
    "quì",
    "sù",
    "raggazzo",
    "x1",
    "吃饭",
)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_a_word(word: str) -> None:
    assert LEXICON.is_word(word, "it")


@pytest.mark.parametrize("word", MISSPELT)
def test_what_is_only_misspelt_is_none(word: str) -> None:
    assert not LEXICON.is_word(word, "it")


def test_what_is_too_long_for_a_word_is_not_remembered() -> None:
    before = _is_word.cache_info().currsize
    assert not LEXICON.is_word("a" * 10_000, "it")
    assert _is_word.cache_info().currsize == before


def test_an_unknown_language_has_no_words() -> None:
    assert not LEXICON.is_word("casa", "xx")
    assert not LEXICON.is_word("", "it")
