"""From text to terms: split, elisions stripped, stop words dropped, stemmed in the text's language, accents folded.

Accents are folded after stemming, because a stemmer needs them (`città`, `parlò`), and before that nothing is lost:
Italian stems come out alike whether the accent was typed or not.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from adapters.lexical.words import ELISIONS, STOP_WORDS

if TYPE_CHECKING:
    from Stemmer import Stemmer

SIMPLE = "simple"
"""For languages without a stemmer here: words are compared as they are, accents folded."""

_STEMMERS = {"it": "italian", "en": "english", "fr": "french", "de": "german", "es": "spanish", "pt": "portuguese"}
LANGUAGES = (*_STEMMERS, SIMPLE)

HASH_SPACE = 1_000_000_000
"""Terms are numbers from 0 up to here: what fits PostgreSQL's `integer` and a sparse vector's dimensions."""

_LONGEST_WORD = 64  # what is longer is no word: base64, a run of underscores
_PREFIX_LENGTH = 4

_APOSTROPHES = str.maketrans("’‘ʼ´`′", "''''''")
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe"})  # no mark comes off
_WORD = re.compile(r"([^\W_]+)('\s?)?")


class Term(NamedTuple):
    """One word of a text in four grains, each as a number below HASH_SPACE.

    `stem` finds, the others refine the order: the very form that was asked for is better, words that begin alike
    (ribosoma, ribosomiale) are related even where their stems differ, and a passage that opens with a word is about it
    (`lead` is the stem again, as it counts there).
    """

    stem: int
    form: int
    prefix: int
    lead: int


def analyse(text: str, language: str) -> list[Term]:
    """The terms of a text in order, repeated as often as they stand there.

    `language` is a BCP 47 tag (`it`, `it-CH`); of unknown ones words are taken as they are.
    Terms of different languages never meet: a query is analysed in each of them.
    """
    code = language.partition("-")[0].lower()
    analyser = code if code in _STEMMERS else SIMPLE
    stop_words, elisions = STOP_WORDS.get(analyser, frozenset()), ELISIONS.get(analyser, frozenset())
    terms = []
    for found in _WORD.finditer(unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).lower()):
        word, apostrophe = found.groups()
        if (apostrophe and word in elisions) or word in stop_words or len(word) > _LONGEST_WORD:
            continue
        terms.append(_term(word, analyser))
    return terms


def fold(word: str) -> str:
    """Without accents and other marks. The word is in lower case."""
    if word.isascii():
        return word
    plain = unicodedata.normalize("NFKD", word.translate(_LETTERS))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@lru_cache(maxsize=65_536)
def _term(word: str, language: str) -> Term:
    form, stem = fold(word), fold(_stem(word, language))
    return Term(
        stem=_number(language, "s", stem),
        form=_number(language, "f", form),
        prefix=_number(language, "p", form[:_PREFIX_LENGTH]),
        lead=_number(language, "l", stem),
    )


def _number(language: str, grain: str, text: str) -> int:
    digest = blake2b(f"{language} {grain} {text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % HASH_SPACE


class _Stemmers(threading.local):
    """A stemmer keeps state while it works, so each thread has its own."""

    def __init__(self) -> None:
        self.by_language: dict[str, Stemmer] = {}


_stemmers = _Stemmers()


def _stem(word: str, language: str) -> str:
    if language == SIMPLE:
        return word
    stemmer = _stemmers.by_language.get(language)
    if stemmer is None:
        from Stemmer import Stemmer

        stemmer = _stemmers.by_language[language] = Stemmer(_STEMMERS[language])
    return str(stemmer.stemWord(word))
