"""Simple prepositions where a verb or a set phrase allows no other."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.offline.writer.items import Item
from adapters.offline.writer.sentences import Sentence, Word, neighbours
from domain.practice import IsWord, Tense, analyse

_AFTER_VERBS = {
    verb: preposition
    for preposition, verbs in {
        "a": "riuscire cominciare continuare provare iniziare imparare rinunciare contribuire",
        "di": "cercare decidere smettere tentare evitare sperare promettere rifiutare accettare temere rischiare "
        "dimenticare fingere meritare proporre",
    }.items()
    for verb in verbs.split()
}
"""Before an infinitive."""
_SET_PHRASES = {
    "davanti": "a",
    "vicino": "a",
    "intorno": "a",
    "attorno": "a",
    "accanto": "a",
    "fino": "a",
    "grazie": "a",
    "rispetto": "a",
    "oltre": "a",
    "fronte": "a",
    "mezzo": "a",
    "base": "a",
    "lontano": "da",
    "diverso": "da",
    "diversa": "da",
    "diversi": "da",
    "diverse": "da",
    "simile": "a",
    "simili": "a",
    "capace": "di",
    "capaci": "di",
    "incapace": "di",
    "privo": "di",
    "priva": "di",
    "privi": "di",
    "prive": "di",
    "pieno": "di",
    "piena": "di",
    "pieni": "di",
    "piene": "di",
    "degno": "di",
    "degna": "di",
}
_OPENERS = {"fronte": ("di", "di fronte"), "mezzo": ("in", "in mezzo"), "base": ("in", "in base")}
"""Phrases of which the trigger is only the last word."""
_OTHERS = ("di", "a", "da", "con")


def preposition_items(sentence: Sentence, *, is_word: IsWord) -> Iterator[Item]:
    words = sentence.words
    for index, (before, word, after) in enumerate(neighbours(words)):
        if before is None or after is None or word.text not in ("a", "di", "da") or not after.text[0].isalpha():
            continue
        explanation = _of_verb(before, word, after, is_word) or _of_phrase(
            words[index - 2] if index > 1 else None, before, word, after, is_word
        )
        if explanation:
            yield Item(
                sentence=sentence,
                gap=word,
                ask="la preposizione semplice giusta",
                key=word.text,
                explanation=explanation,
                focus="prepositions-simple",
                distractors=tuple(other for other in _OTHERS if other != word.text),
            )


def _of_verb(before: Word, word: Word, after: Word, is_word: IsWord) -> str | None:
    if not _is_infinitive(after.lower, is_word):
        return None
    for form in analyse(before.lower, is_word=is_word):
        if _AFTER_VERBS.get(form.lemma) == word.lower:
            return f"Davanti all'infinito il verbo «{form.lemma}» vuole la preposizione «{word.lower}»."
    return None


def _of_phrase(opener: Word | None, before: Word, word: Word, after: Word, is_word: IsWord) -> str | None:
    if before.lower == "prima":
        # Before anything but an infinitive, "prima a" makes sense as well.
        return _after_phrase("prima", "di") if word.lower == "di" and _is_infinitive(after.lower, is_word) else None
    if _SET_PHRASES.get(before.lower) != word.lower:
        return None
    if before.lower in _OPENERS:
        needed, phrase = _OPENERS[before.lower]
        return _after_phrase(phrase, word.lower) if opener is not None and opener.lower == needed else None
    if before.lower == "vicino" and opener is not None and opener.lower in ("il", "un"):
        return None
    return _after_phrase(before.lower, word.lower)


def _after_phrase(phrase: str, preposition: str) -> str:
    return f"Dopo «{phrase}» si usa la preposizione «{preposition}»."


def _is_infinitive(word: str, is_word: IsWord) -> bool:
    if any(form.tense is Tense.INFINITIVE for form in analyse(word, is_word=is_word)):
        return True
    return word.endswith(("rsi", "rlo", "rla", "rli", "rle", "rci", "rmi", "rti", "rne", "rvi"))
