"""Italian-looking text without end, from a seed: every paragraph is different, and nothing of it is anybody's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache

from tests.builders_pdf import a_pdf

LINES = 44
_WORDS_A_LINE = 12


@lru_cache(maxsize=1)
def vocabulary() -> tuple[str, ...]:
    """Common Italian words of at least four letters."""
    import wordfreq

    return tuple(word for word in wordfreq.top_n_list("it", 6_000) if len(word) > 3 and word.isalpha())


def sentences(chance: random.Random) -> Iterator[str]:
    """One after another."""
    words = vocabulary()
    while True:
        chosen = chance.choices(words, k=chance.randint(8, 16))
        yield " ".join(chosen).capitalize() + "."


def paragraphs(seed: int, count: int, *, each: int = 6) -> list[str]:
    """So many, of `each` sentences."""
    endless = sentences(random.Random(seed))
    return [" ".join(next(endless) for _ in range(each)) for _ in range(count)]


def a_book(seed: int, pages: int, *, at: int | None = None, sentence: str = "") -> bytes:
    """A PDF of so many full pages; page `at` (from 1) begins with this sentence."""
    chance = random.Random(seed)
    endless = sentences(chance)
    made = []
    for page in range(1, pages + 1):
        words = " ".join([sentence] * (page == at) + [next(endless) for _ in range(LINES)]).split()
        made.append([" ".join(words[n : n + _WORDS_A_LINE]) for n in range(0, LINES * _WORDS_A_LINE, _WORDS_A_LINE)])
    return a_pdf(*made, title=f"Libro {seed}")
