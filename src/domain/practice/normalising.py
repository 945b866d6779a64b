"""One writing for what is typed in several: apostrophes, accents typed as apostrophes, spaces, case, frames."""

from __future__ import annotations

import re
import unicodedata

from domain.practice.wordlists import words

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘`´ʼ′＇", "'") | {"\u00a0": " ", "\u202f": " "})
_FRAME = ' \t\r\n.,;:!?¡¿…"«»“”„()[]{}*_'
_OUTSIDE = _FRAME + "'"

APOCOPES = frozenset(words("po mo be va fa sta di da to ve co de ca pe"))
"""What is written with an apostrophe because its end was cut off: po' for poco. `perche'` is an accent instead."""

_ACUTE = re.compile(r"\A[ns]e\Z|(?:ch|tr|vicer)e\Z")
# Only from a word's first letter on: else a long word without an apostrophe is tried again from each of its letters.
_TYPED_ACCENT = re.compile(r"(?<![^\W\d_])([^\W\d_]*[aeiou])'(?=\s|\Z|[^\w\s'])")
_AFTER_ELISION = re.compile(r"((?:\A|[^\w'])[^\W\d_]*[bcdfghlmnpqrstvz])'\s+(?=\w)")
_THOUSANDS = re.compile(r"(?<=\d)\.(?=\d{3}(?!\d))")
_GRAVE = {"a": "à", "e": "è", "i": "ì", "o": "ò", "u": "ù"}


def normalised(text: str, *, language: str = "it") -> str:
    """In lower case and NFC, without the punctuation around it, one space between words; the same again on itself.

    In Italian also `perche'` -> `perché`, `E'` -> `è`, `l' amico` -> `l'amico`; `po'` keeps its apostrophe.
    """
    result = _once(text, language)
    while (again := _once(result, language)) != result:
        result = again
    return result


def _once(text: str, language: str) -> str:
    text = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    text = unicodedata.normalize("NFC", text.casefold())
    text = _unframed(" ".join(text.split()))
    text = _THOUSANDS.sub("", text)
    if language == "it":
        text = _AFTER_ELISION.sub(r"\1'", _TYPED_ACCENT.sub(_accented, text))
    return text


def _unframed(text: str) -> str:
    """Without what stands around it; one apostrophe after the last letter is part of the word (`l'`, `po'`)."""
    inner = text.strip(_OUTSIDE)
    start = text.find(inner) if inner else 0
    after = text[start + len(inner) :]
    kept = after.startswith("'") and not after.startswith("''") and "'" not in text[:start]
    return inner + "'" if inner and kept else inner


def _accented(match: re.Match[str]) -> str:
    word = match[1]
    if word in APOCOPES:
        return match[0]
    accent = "é" if len(word) > 1 and _ACUTE.search(word) else _GRAVE[word[-1]]
    return word[:-1] + accent


def has_typed_accents(text: str) -> bool:
    """Whether an accent of an Italian text is written as an apostrophe: `perche'`, `E'`."""
    text = unicodedata.normalize("NFC", text).translate(_APOSTROPHES).casefold()
    return any(_accented(match) != match[0] for match in _TYPED_ACCENT.finditer(_unframed(" ".join(text.split()))))


_TOKEN = re.compile(r"[^\W\d_]+'?|\d+(?:[.,]\d+)*")


def tokens(text: str) -> tuple[str, ...]:
    """Words of a normalised text; an elided one keeps its apostrophe (`l'`, `amico`)."""
    return tuple(_TOKEN.findall(text))
