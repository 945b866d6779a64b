"""Sentences whose every word was tagged by hand (Universal Dependencies), and what counts as asking rightly of one.

What counts as right, by grammar focus; the gold word is the one at the gap's place, and must be the same word:

* articles: class `ART` with the lemma of its kind (`il`, `uno`). *La* and *lo* before a verb are `PRON_CLIT`, *uno*
  alone is `PRON`, the partitive *dei* is `DET`: all wrong.
* prepositions: class `PREP` for simple and `PREP_ART` for joined ones. Adverbs, conjunctions, parts of a locution that
  the treebank tags as a noun, and partitives are wrong.
* verbs: class `VERB` or `AUX`, and every one of mood, tense, person and number that the question asks for is the
  gold's, where the gold says it (one of the three treebanks leaves some out), and so is the infinitive.
* clitics: class `PRON_CLIT`; the person, where the question names one and the gold says it.
* agreement: class `ADJ`, or a possessive or demonstrative (tagged `DET`, in one treebank `PRON`), or a participle that
  stands as an adjective, with the gender and number of the gold.
* cloze: a word of meaning (noun, name, adjective, verb, adverb, number).
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from adapters.offline.writer.items import Item
from domain.practice import Tense


@dataclass(frozen=True, slots=True)
class GoldWord:
    """A surface word with its place in the sentence; a contraction joins its parts by `+`."""

    text: str
    start: int
    lemma: str
    feats: MappingProxyType[str, str]
    kind: str


@dataclass(frozen=True, slots=True)
class GoldSentence:
    id: str
    text: str
    words: tuple[GoldWord, ...]

    def at(self, start: int) -> GoldWord | None:
        return next((word for word in self.words if word.start == start), None)


def gold_sentences(file: Path) -> Iterator[GoldSentence]:
    """One JSON object a line, gzipped or not: `id`, `text`, `tok` (form, offset, upos, lemma, feats, class)."""
    opened: Any = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield GoldSentence(
                id=row["id"],
                text=row["text"],
                words=tuple(
                    GoldWord(form, start, lemma, _feats(feats), kind)
                    for form, start, _, lemma, feats, kind in row["tok"]
                ),
            )


def _feats(text: str) -> MappingProxyType[str, str]:
    pairs = (pair.split("=", maxsplit=1) for pair in text.split("+", maxsplit=1)[0].split("|") if "=" in pair)
    return MappingProxyType({name: value for name, value in pairs if value})


def is_right(item: Item, word: GoldWord | None) -> bool:
    """Whether the blanked word is what the question asks for; an item without a gap is not judged here."""
    assert item.gap is not None
    gap = item.gap.text.replace("’", "'")
    # A name of several words is blanked whole; everything else is one word.
    if word is None or not (gap == (first := word.text.replace("’", "'")) or gap.startswith(first + " ")):
        return False
    return is_of_kind(item.focus, word, asked=item.ask)


def is_of_kind(focus: str | None, word: GoldWord, *, asked: str) -> bool:
    if focus in ("articles-definite", "articles-indefinite"):
        return word.kind == "ART" and word.lemma == ("il" if focus == "articles-definite" else "uno")
    if focus == "prepositions-simple":
        return word.kind == "PREP"
    if focus == "prepositions-articulated":
        return word.kind == "PREP_ART"
    if focus in ("verbs-tense", "verbs-mood"):
        return word.kind in ("VERB", "AUX") and _is_form_asked(word, asked)
    if focus == "pronouns-clitic":
        return word.kind == "PRON_CLIT" and _agrees(word, "Person", _person(asked))
    if focus == "agreement":
        return _is_adjective(word)
    return word.kind in ("NOUN", "PROPN", "ADJ", "VERB", "ADV", "NUM", "AUX")


def _is_adjective(word: GoldWord) -> bool:
    if word.kind == "ADJ":
        return True
    if word.kind == "VERB":
        return word.feats.get("VerbForm", "Part") == "Part" and "Mood" not in word.feats
    owned = "Poss" in word.feats or "Number[psor]" in word.feats
    return word.kind in ("DET", "PRON") and (owned or word.lemma in ("questo", "quello"))


_FEATS: dict[Tense, tuple[str, frozenset[tuple[str, str | None]]]] = {
    # mood, and tense with aspect as the treebanks write it: one marks past tenses of the indicative by aspect
    Tense.PRESENT: ("Ind", frozenset({("Pres", None), ("Pres", "Imp"), ("Pres", "Perf")})),
    Tense.IMPERFECT: ("Ind", frozenset({("Imp", None), ("Past", "Imp")})),
    Tense.PERFECT: ("Ind", frozenset({("Past", None), ("Past", "Perf")})),
    Tense.FUTURE: ("Ind", frozenset({("Fut", None)})),
    Tense.CONDITIONAL: ("Cnd", frozenset({("Pres", None)})),
    Tense.SUBJUNCTIVE: ("Sub", frozenset({("Pres", None)})),
    Tense.SUBJUNCTIVE_IMPERFECT: ("Sub", frozenset({("Imp", None), ("Past", None), ("Past", "Imp")})),
}


def _is_form_asked(word: GoldWord, asked: str) -> bool:
    tense = next((tense for tense in _FEATS if tense.value in asked), None)
    if tense is None:
        return False
    mood, tenses = _FEATS[tense]
    number = {"singolare": "Sing", "plurale": "Plur"}
    return (
        _agrees(word, "Mood", mood)
        and ("Tense" not in word.feats or (word.feats["Tense"], word.feats.get("Aspect")) in tenses)
        and _agrees(word, "Person", _person(asked))
        and _agrees(word, "Number", next((value for name, value in number.items() if name in asked), None))
        and f"«{word.lemma}»" in asked
    )


def _person(asked: str) -> str | None:
    found = re.search(r"(prima|seconda|terza) persona", asked)
    return {"prima": "1", "seconda": "2", "terza": "3"}[found[1]] if found else None


def _agrees(word: GoldWord, feature: str, value: str | None) -> bool:
    return value is None or word.feats.get(feature, value) == value
