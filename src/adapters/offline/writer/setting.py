"""What the passages hold beside the sentence that is asked about: wrong options come from there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from adapters.offline.writer.asking import About
from adapters.offline.writer.names import NAME, NameKind, is_known_place, kind_of, place_level
from adapters.offline.writer.nouns_in_text import Noun, NounKind, nouns_of
from adapters.offline.writer.numerals import CENTURIES, YEAR, numbers_near
from adapters.offline.writer.sentences import Sentence
from domain.practice import Agreement, IsWord, definite_article, folded
from domain.shared import Passage, SourceId

_YEARS = re.compile(r"(?<![\d.,])\b(?:1\d{3}|20[0-4]\d)\b(?![\d.,]\d)")
_NAMES = re.compile(
    rf"(?<=[a-zà-ù,;('] ){NAME}|(?<=[a-zà-ù]'){NAME}|(?<![\w'])[A-ZÀ-Ý]\w+ (?=[A-ZÀ-Ýd])(?:d[aei]l? )?{NAME}"
)
_ROOT, _COMPANY = 6, 2
_CHOICE_OF = 6
_YEAR_REACH = 120
_STEPS = ((-12, 9, 21), (-25, -14, -8), (7, 15, 26), (-18, -6, 11))
"""From a year to wrong ones, where the passages have too few; the key is now the first, now the last."""


@dataclass(frozen=True, slots=True)
class Known:
    """A noun that the passages use, as it is printed there; `uses` counts it, `sources` are those that have it."""

    text: str
    agreement: Agreement
    kind: NounKind
    uses: int
    sources: frozenset[SourceId]


@dataclass(frozen=True)
class Setting:
    """Made once for all the passages of a brief."""

    passages: tuple[Passage, ...]
    is_word: IsWord

    @cached_property
    def uses(self) -> Counter[str]:
        """How often each word stands in the passages, in lower case."""
        return Counter(word for passage in self.passages for word in re.findall(r"[^\W\d_]+", passage.text.lower()))

    @cached_property
    def nouns(self) -> tuple[Known, ...]:
        found: dict[str, Noun] = {}
        sources: dict[str, set[SourceId]] = {}
        for passage in self.passages:
            for noun in nouns_of(Sentence(passage, 0, passage.text).words, is_word=self.is_word):
                found.setdefault(noun.word.lower, noun)
                sources.setdefault(noun.word.lower, set()).add(passage.source_id)
        return tuple(
            Known(text, noun.agreement, noun.kind, self.uses[text], frozenset(sources[text]))
            for text, noun in sorted(found.items())
        )

    @cached_property
    def years(self) -> tuple[int, ...]:
        return tuple(sorted({int(year) for passage in self.passages for year in _YEARS.findall(passage.text)}))

    @cached_property
    def names(self) -> dict[NameKind, tuple[str, ...]]:
        """Names whose kind is certain, in order of use; at the beginning of a sentence those of two words and more."""
        counted: dict[NameKind, Counter[str]] = {kind: Counter() for kind in NameKind}
        for passage in self.passages:
            for found in _NAMES.finditer(passage.text.replace("’", "'")):
                kind = kind_of(found[0], passage.text[max(0, found.start() - 25) : found.start()])
                if kind is not None:
                    counted[kind][found[0]] += 1
        return {kind: tuple(name for name, _ in counts.most_common()) for kind, counts in counted.items()}

    @cached_property
    def _folded(self) -> str:
        """All of them, folded, in one text: phrases are looked for in one go."""
        return " | ".join(f" {folded(passage.text)} " for passage in self.passages)

    def others(self, about: About | None, key: str, sentence: Sentence) -> tuple[str, ...]:
        """Up to six wrong options of the key's kind, none of them in the sentence; fewer where there are no more."""
        found: Iterable[str] = ()
        if about is About.YEAR and re.fullmatch(YEAR, key):
            found = self._other_years(int(key))
        elif about is About.CENTURY:
            found = _other_centuries(key)
        elif about is About.NUMBER:
            found = numbers_near(key)
        elif about is About.PERSON:
            found = self._other_names(NameKind.PERSON, key)
        elif about is About.PLACE:
            found = self._other_names(NameKind.PLACE, key)
        elif about is About.TERM:
            found = (known.text for known in self.like(key, sentence))
        said = f" {folded(sentence.text)} "
        return _apart(key, (text for text in found if f" {folded(text)} " not in said))

    def like(self, key: str, sentence: Sentence) -> Sequence[Known]:
        """Nouns that agree as this one does and are of its kind and length, but never stand near it: nearest first."""
        mine = next((known for known in self.nouns if known.text == key), None)
        if mine is None:
            return ()
        article = definite_article(mine.agreement, key)
        here = f" {folded(sentence.passage.text)} "
        return sorted(
            (
                known
                for known in self.nouns
                if known.agreement == mine.agreement
                and known.kind is mine.kind
                and definite_article(known.agreement, known.text) == article
                and abs(len(known.text) - len(key)) <= 4
                and known.text[:4] != key[:4]
                and f" {folded(known.text)} " not in here
            ),
            key=lambda known: (
                abs(len(known.text) - len(key)) // 2,
                abs(_rank(known.uses) - _rank(mine.uses)),
                known.text,
            ),
        )

    @cached_property
    def _said_with(self) -> dict[str, list[frozenset[str]]]:
        """For every word of meaning the sentences that have it, as sets of roots."""
        index: dict[str, list[frozenset[str]]] = {}
        for passage in self.passages:
            for sentence in re.split(r"[.!?;]\s", passage.text.lower()):
                long = re.findall(r"[^\W\d_]{5,}", sentence)
                roots = frozenset(word[:_ROOT] for word in long)
                for word in set(long):
                    index.setdefault(word, []).append(roots)
        return index

    def is_said_of(self, word: str, sentence: Sentence) -> bool:
        """Whether another sentence has the word and two words of meaning of this one: it may be right here."""
        mine = {found[:_ROOT] for found in re.findall(r"[^\W\d_]{5,}", sentence.text.lower())}
        return any(len(mine & roots) >= _COMPANY for roots in self._said_with.get(word, ()))

    def stand_together(self, *phrase: str) -> bool:
        """Whether these words follow each other somewhere in the passages."""
        return f" {folded(' '.join(phrase))} " in self._folded

    def _other_years(self, key: int) -> Iterable[str]:
        near = [year for year in self.years if year != key and abs(year - key) <= _YEAR_REACH]
        near.sort(key=lambda year: (abs(year - key), year))
        steps = _STEPS[key % len(_STEPS)]
        made = [key + step for step in steps] if key < 1990 else [key - abs(step) // 3 for step in steps]
        yield from map(str, dict.fromkeys((*near[:3], *made)))

    def _other_names(self, kind: NameKind, key: str) -> Iterable[str]:
        mine = set(key.split())
        long = len(mine) > 1
        others = [
            name
            for name in self.names[kind]
            if not mine & set(name.split())
            and (kind is not NameKind.PLACE or (is_known_place(name) and place_level(name) == place_level(key)))
        ]
        yield from sorted(others, key=lambda name: (" " in name) is not long)


def _rank(uses: int) -> int:
    return min(uses, 4)


def _other_centuries(key: str) -> Iterable[str]:
    names, romans = list(CENTURIES), list(CENTURIES.values())
    if key in names:
        place, ladder = names.index(key), names
    elif key.removesuffix(" secolo") in romans:
        place, ladder = romans.index(key.removesuffix(" secolo")), [f"{roman} secolo" for roman in romans]
    else:
        return
    for step in (1, -1, 2, -2, 3, -3):
        if 0 <= place + step < len(ladder):
            yield ladder[place + step]


def _apart(key: str, found: Iterable[str]) -> tuple[str, ...]:
    """The first few that neither hold each other nor the key."""
    chosen: list[str] = []
    for text in found:
        taken = (key, *chosen)
        if not any(folded(text) in folded(other) or folded(other) in folded(text) for other in taken):
            chosen.append(text)
        if len(chosen) == _CHOICE_OF:
            break
    return tuple(chosen)
