"""Sentences that can be asked about by themselves, as words with their places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from adapters.offline.writer.verb_words import NOUNS_TOO, PRESENT_THIRD
from domain.library import sentence_spans
from domain.practice import (
    ARTICLES,
    ARTICULATED,
    GAP,
    PRONOUNS,
    SIMPLE_PREPOSITIONS,
    Form,
    IsWord,
    Mood,
    Tense,
    analyse,
    words,
)
from domain.shared import Passage, Quotation, quote_from

LEAST_WORDS, MOST_WORDS = 6, 30

_WORD = re.compile(r"[^\W\d_]+['’]?|\d+(?:[.,]\d+)*|[^\w\s]")
_DANGLING = frozenset(
    words(
        "questo questa questi queste quello quella quelli quelle ciò esso essa essi esse egli ella lui lei loro "
        "li ne costui costei tale tali ma però tuttavia quindi dunque perciò così inoltre infatti anzi "
        "eppure oppure invece pertanto cioè ossia ovvero e o né anche neanche neppure nemmeno allora poi qui lì "
        "là suo sua suoi sue entrambi entrambe altri altre quest' quell' ecco insomma ebbene"
    )
)
_DANGLING_PAIRS = {("per", "cui"), ("al", "che"), ("di", "conseguenza"), ("in", "effetti")}
_LEFTOVERS = re.compile(
    r"https?:|www\.|@|\||\\|[=<>{}*•·_^~]|\[|\.{4}|\bcfr\b|\bfig\.|\btab\.|\bpag\.|\bpp\.|[.!?]\s+[–—-]", re.IGNORECASE
)
_REFERS = re.compile(
    r"\A[A-Z]\)|\(\d+\)|\b(?:sud|pre)dett[oaie]\b|\bdi cui sopra\b|\bdi cui all?[ae']? (?:comm|lett|punt|art)|"
    r"\bprecedent[ei] (?:art|comm|lett|punt)|\b(?:sopra|sotto)(?:citat|indicat|elencat)",
    re.IGNORECASE,
)
"""A list's letter, a note's number, and what points elsewhere in its text."""
_LEANING = frozenset(words("che cui dove mentre"))
_PLAIN_VERBS = frozenset(words("è sono era erano fu furono ha hanno aveva avevano può possono deve devono"))


_NO_VERB_AFTER = (frozenset((*ARTICLES, *ARTICULATED)) - PRONOUNS) | SIMPLE_PREPOSITIONS


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
        or _begins_with_a_pronoun(words, is_word)
        or (words[0].lower, words[1].lower) in _DANGLING_PAIRS
        or _LEFTOVERS.search(text)
        or _REFERS.search(text)
        or "\n\n" in text
        or not _balanced(text)
    ):
        return False
    if sum(word.text.isupper() and len(word.text) > 1 for word in spoken) > 1:
        return False
    if sum(word.is_name for word in spoken) > len(spoken) / 2 or any(len(word.text) == 1 for word in spoken[-1:]):
        return False
    return _has_main_verb(words, is_word)


def _begins_with_a_pronoun(words: Sequence[Word], is_word: IsWord) -> bool:
    """`Gli disse`, `La vide`, `L'ha visto`; but `Gli studenti`, `La porta`, `L'amico`."""
    word, after = words[0].lower, words[1]
    if word not in _ARTICLES_OR_PRONOUNS or after.is_name or after.lower in _NO_VERBS:
        return False
    if after.lower in PRONOUNS or after.lower in _PLAIN_VERBS or after.lower in PRESENT_THIRD - NOUNS_TOO:
        return True
    found = [form for form in readings(after.lower, is_word=is_word) if form.tense.mood in _FINITE]
    return bool(found) and all(form.tense not in (Tense.PRESENT, Tense.SUBJUNCTIVE) for form in found)


_ARTICLES_OR_PRONOUNS = frozenset(words("lo la l' gli le"))
_NO_VERBS = frozenset(words("loro stesse"))


def _has_main_verb(words: Sequence[Word], is_word: IsWord) -> bool:
    """A verb before any *che*, or more verbs than there are clauses that lean on another (`un uomo che dorme`)."""
    verbs = [index for index in range(len(words)) if _may_be_its_verb(words, index, is_word)]
    leaning = [index for index, word in enumerate(words) if index > 1 and word.lower in _LEANING]
    if not verbs or not leaning:
        return bool(verbs)
    return verbs[0] < leaning[0] or len(verbs) > len(leaning)


def _may_be_its_verb(words: Sequence[Word], index: int, is_word: IsWord) -> bool:
    """A finite verb where one can stand; a first person in -o (`centro`) only at the beginning or after a pronoun."""
    word, before = words[index], words[index - 1].lower if index else ""
    if word.lower in _PLAIN_VERBS:
        return True
    if before in _NO_VERB_AFTER:
        return False
    found = [form for form in readings(word.lower, is_word=is_word) if form.tense.mood in _FINITE]
    if before in ARTICLES and word.lower not in PRESENT_THIRD - NOUNS_TOO:
        found = [form for form in found if form.tense is not Tense.PRESENT]  # `la costa` is a noun
    first = index == 0 or before in ("io", "mi", "non")
    return any(
        form.person == 3 or form.plural or (form.person is not None and (first or form.tense is not Tense.PRESENT))
        for form in found
    )


def is_finite(word: str, *, is_word: IsWord) -> bool:
    """Whether the word can be a finite verb."""
    return any(form.tense.mood in _FINITE for form in readings(word, is_word=is_word))


def is_infinitive(word: str, *, is_word: IsWord) -> bool:
    """Whether the word is an infinitive, with or without a pronoun at its end (`vederlo`, `alzarsi`)."""
    candidates = [word]
    if found := _WITH_PRONOUN.match(word):
        candidates = [word, found[1] + "e", found[1] + "re"]
    return any(form.tense is Tense.INFINITIVE for text in candidates for form in readings(text, is_word=is_word))


_WITH_PRONOUN = re.compile(r"(\w+r)(?:(?:me|te|se|ce|ve)?(?:lo|la|li|le|ne)|glie(?:lo|la|li|le|ne)|gli|[mtscv]i)\Z")


@lru_cache(maxsize=50_000)
def readings(word: str, *, is_word: IsWord) -> tuple[Form, ...]:
    """As `analyse`, remembered: the same words come again and again."""
    return analyse(word, is_word=is_word)


def can_be(word: str, tense: Tense, *, is_word: IsWord) -> bool:
    return any(form.tense is tense for form in readings(word, is_word=is_word))


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
