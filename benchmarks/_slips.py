"""Slips of the pen, made by rule from the words of hand-tagged sentences: accents, and one letter wrong.

Whether a slip makes another word is judged here by a criterion of its own, not by the product's: a form that the
dictionary of simplemma lists, or that the sentences themselves have in lower case, or that our paradigm has for the
same verb. Frequency lists are no witness, because *citta* and *perche* are frequent in what people type.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import simplemma

from benchmarks._gap_trials import Trial, gapped
from benchmarks._gold_morphology import GoldSentence, GoldWord
from domain.practice import forms_of, words
from domain.shared import without_accents

_CONTENT = ("NOUN", "VERB", "AUX", "ADJ", "ADV")
_ACCENTED = frozenset("àèéìòù")
_OTHER_MARK = str.maketrans("àèéìòù", "áéèíóú")
_GRAVE = str.maketrans("aeiou", "àèìòù")
_APOCOPES = frozenset(words("be' da' di' fa' mo' po' sta' to' va' ve'"))
"""Words cut short that are written today; `ne'` for `nei` is not."""
_TOLD_APART = frozenset(words("là lì sì dì tè né sé dà metà papà"))
"""Words that an accent alone tells from others, and that the dictionary leaves out."""
_LETTERS = "abcdefghilmnopqrstuvz"


@dataclass(frozen=True, slots=True)
class Slip:
    """`another_word`: the slip is itself a word, and must not be taken for the key."""

    trial: Trial
    another_word: bool


def attested_words(sentences: Sequence[GoldSentence]) -> frozenset[str]:
    return frozenset(word.text for sentence in sentences for word in sentence.words if word.kind != "PROPN")


def accent_slips(sentences: Sequence[GoldSentence]) -> Iterator[Slip]:
    """The accent of each accented word left out, turned the other way, typed as an apostrophe; one put where none is.

    An accent turned the other way never makes another word; put on the last vowel of a word it may (*parlo*, *parlò*).
    """
    known = attested_words(sentences)
    for sentence, word in _distinct(sentences):
        text, place = word.text.lower(), gapped(sentence, word)
        plain = without_accents(text)
        if _ACCENTED & set(text):
            yield Slip(Trial(word.text, plain, place, "left out"), _is_other(plain, word, known))
            yield Slip(Trial(word.text, text.translate(_OTHER_MARK), place, "turned"), False)
            if text[-1] in _ACCENTED:
                yield Slip(Trial(word.text, plain + "'", place, "apostrophe"), plain + "'" in _APOCOPES)
        elif text[-1] in "aeiou" and _sampled(text, one_in=4):
            added = text[:-1] + text[-1].translate(_GRAVE)
            other = _is_other(added, word, known) or _is_other(added.replace("è", "é"), word, known)
            yield Slip(Trial(word.text, added, place, "put on"), other)


def typos(sentences: Sequence[GoldSentence]) -> Iterator[Slip]:
    """For each content word of five letters and more, one insertion, deletion, substitution and swap.

    The place and the letter are drawn from a hash of the word, so that every run asks the same.
    """
    known = attested_words(sentences)
    for sentence, word in _distinct(sentences):
        text = word.text.lower()
        if word.kind in _CONTENT and len(text) >= 5:
            for about, made in _MADE.items():
                slip = made(text, _drawn(about + text))
                if slip != text:
                    trial = Trial(word.text, slip, gapped(sentence, word), about)
                    yield Slip(trial, _is_other(slip, word, known))


def _insertion(text: str, drawn: int) -> str:
    place = drawn % (len(text) + 1)
    return text[:place] + _LETTERS[drawn // 97 % len(_LETTERS)] + text[place:]


def _deletion(text: str, drawn: int) -> str:
    place = drawn % len(text)
    return text[:place] + text[place + 1 :]


def _substitution(text: str, drawn: int) -> str:
    place = drawn % len(text)
    others = [letter for letter in _LETTERS if letter != without_accents(text[place])]
    return text[:place] + others[drawn // 97 % len(others)] + text[place + 1 :]


def _swap(text: str, drawn: int) -> str:
    place = drawn % (len(text) - 1)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


_MADE: dict[str, Callable[[str, int], str]] = {
    "insertion": _insertion,
    "deletion": _deletion,
    "substitution": _substitution,
    "swap": _swap,
}


def _is_other(text: str, word: GoldWord, known: frozenset[str]) -> bool:
    return (
        text in known
        or text in _TOLD_APART
        or simplemma.is_known(text, lang="it")
        or any(form.text == text for form in forms_of(word.lemma))
    )


def _distinct(sentences: Sequence[GoldSentence]) -> Iterator[tuple[GoldSentence, GoldWord]]:
    """Each Italian word once, where it stands first; names are left out."""
    seen: set[str] = set()
    for sentence in sentences:
        for word in sentence.words:
            text = word.text.lower()
            if text.isalpha() and word.kind != "PROPN" and text not in seen and _is_italian(text):
                seen.add(text)
                yield sentence, word


def _is_italian(text: str) -> bool:
    return all(letter in _LETTERS + "jkwxy" or letter in _ACCENTED for letter in text)


def _drawn(seed: str) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])


def _sampled(seed: str, *, one_in: int) -> bool:
    return _drawn("sample" + seed) % one_in == 0
