"""Sentences that can be asked about by themselves, as words with their places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from domain.library import sentence_spans
from domain.practice import GAP, IsWord, Mood, Tense, analyse, words
from domain.shared import Passage, Quotation, quote_from

LEAST_WORDS, MOST_WORDS = 6, 30

_WORD = re.compile(r"[^\W\d_]+['’]?|\d+(?:[.,]\d+)*|[^\w\s]")
_DANGLING = frozenset(
    words(
        "questo questa questi queste quello quella quelli quelle ciò esso essa essi esse egli ella lui lei loro "
        "lo li le ne gli costui costei tale tali ma però tuttavia quindi dunque perciò così inoltre infatti anzi "
        "eppure oppure invece pertanto cioè ossia ovvero e o né anche neanche neppure nemmeno allora poi qui lì "
        "là suo sua suoi sue entrambi entrambe altri altre quest' quell' ecco insomma ebbene"
    )
)
_DANGLING_PAIRS = {("per", "cui"), ("al", "che"), ("di", "conseguenza"), ("in", "effetti")}
_LEFTOVERS = re.compile(
    r"https?:|www\.|@|\||\\|[=<>{}•·_^~]|\[|\.{4}|\bcfr\b|\bfig\.|\btab\.|\bpag\.|\bpp\.|[.!?]\s+[–—-]", re.IGNORECASE
)
_PLAIN_VERBS = frozenset(words("è sono era erano fu furono ha hanno aveva avevano può possono deve devono"))


@dataclass(frozen=True, slots=True)
class Word:
    """`text` as printed, `lower` with a straight apostrophe; the place is in the sentence's own text."""

    text: str
    lower: str
    start: int
    end: int

    @property
    def is_name(self) -> bool:
        return self.text[0].isupper()


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage; `text` is verbatim, line breaks included."""

    passage: Passage
    start: int
    text: str

    @cached_property
    def words(self) -> tuple[Word, ...]:
        return tuple(
            Word(found[0], found[0].lower().replace("’", "'"), found.start(), found.end())
            for found in _WORD.finditer(self.text)
        )

    @property
    def quotation(self) -> Quotation:
        return quote_from(self.passage, self.start, self.start + len(self.text))

    def with_gap(self, word: Word) -> str:
        """On one line, with the gap in place of the word; after an elided word a space, so as not to betray it."""
        after = self.text[word.end :]
        space = " " if word.lower.endswith("'") and not after[:1].isspace() else ""
        return one_line(self.text[: word.start] + GAP + space + after)

    def key_of(self, word: Word) -> str:
        return word.text.replace("’", "'")


def one_line(text: str) -> str:
    return " ".join(text.split())


def sentences_of(passages: Iterable[Passage], *, is_word: IsWord) -> Iterator[Sentence]:
    """Those of the passages that stand alone, each once even where chunks or sources overlap."""
    seen: set[str] = set()
    for passage in passages:
        for start, end in sentence_spans(passage.text, passage.language):
            sentence = Sentence(passage, start, passage.text[start:end])
            text = one_line(sentence.text)
            if text not in seen and stands_alone(sentence, is_word=is_word):
                seen.add(text)
                yield sentence


def stands_alone(sentence: Sentence, *, is_word: IsWord) -> bool:
    """6 to 30 words with a main verb, whole and clean, that do not lean on what was said before."""
    text, words = sentence.text, sentence.words
    spoken = [word for word in words if word.text[0].isalpha()]
    if not LEAST_WORDS <= len(spoken) <= MOST_WORDS or not words[0].is_name or text[-1] not in ".!?»”":
        return False
    if (
        words[0].lower in _DANGLING
        or (words[0].lower, words[1].lower) in _DANGLING_PAIRS
        or _LEFTOVERS.search(text)
        or "\n\n" in text
        or not _balanced(text)
    ):
        return False
    if sum(word.text.isupper() and len(word.text) > 1 for word in spoken) > 1:
        return False
    if sum(word.is_name for word in spoken) > len(spoken) / 2 or any(len(word.text) == 1 for word in spoken[-1:]):
        return False
    return any(word.lower in _PLAIN_VERBS or is_finite(word.lower, is_word=is_word) for word in spoken)


def is_finite(word: str, *, is_word: IsWord) -> bool:
    """Whether the word can be a finite verb."""
    return any(form.tense.mood in _FINITE for form in analyse(word, is_word=is_word))


def can_be(word: str, tense: Tense, *, is_word: IsWord) -> bool:
    return any(form.tense is tense for form in analyse(word, is_word=is_word))


_FINITE = frozenset({Mood.INDICATIVE, Mood.CONDITIONAL, Mood.SUBJUNCTIVE})


def _balanced(text: str) -> bool:
    pairs = (("(", ")"), ("«", "»"), ("“", "”"))
    return all(text.count(left) == text.count(right) for left, right in pairs) and text.count('"') % 2 == 0


def neighbours(words: Sequence[Word]) -> Iterator[tuple[Word | None, Word, Word | None]]:
    """Each word with the one before and the one after."""
    for index, word in enumerate(words):
        yield (
            words[index - 1] if index else None,
            word,
            words[index + 1] if index + 1 < len(words) else None,
        )
