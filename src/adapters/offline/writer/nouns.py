"""Articles and joined prepositions before a noun whose gender and number leave no doubt."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.offline.writer.items import Item
from adapters.offline.writer.sentences import Sentence, Word, is_finite, neighbours
from domain.practice import (
    ARTICLES,
    ARTICULATED,
    Agreement,
    IsWord,
    agreement_of,
    definite_article,
    indefinite_article,
    is_impure,
    joined,
    starts_with_vowel,
    words,
)

_BEFORE_NOUNS = frozenset(
    words(
        "per con tra fra dopo durante verso contro senza secondo lungo sotto sopra presso attraverso entro oltre "
        "è sono era erano fu furono ha hanno aveva avevano ebbe come"
    )
)
"""After these, `la porta` is an article with a noun: no pronoun stands there."""
_NOT_NOUNS = frozenset(
    words(
        "quale quali cui più meno molto poco tanto tutto tutta stesso stessa quanto proprio troppo altro altra "
        "uno una suo sua suoi sue mio mia tuo tua nostro nostra vostro vostra loro primo prima secondo seconda "
        "ultimo ultima che non mai già ancora sempre sotto sopra contro dopo"
    )
)

_DEFINITE_CONFUSED = {
    "il": "lo la i",
    "lo": "il l' gli",
    "la": "il l' le",
    "l'": "lo il la",
    "i": "gli le il",
    "gli": "i le lo",
    "le": "la gli i",
}
_INDEFINITE_CONFUSED = {"un": "uno una un'", "uno": "un una un'", "una": "un uno un'", "un'": "un una uno"}


def certain_agreement(noun: str, *, is_word: IsWord) -> Agreement | None:
    """As the domain's rule, and plurals in -i and -e whose singular is a word and that can be nothing else."""
    if noun in _NOT_NOUNS or not noun.isalpha():
        return None
    known = agreement_of(noun)
    if known is not None or len(noun) < 4:
        return known
    stem = noun[:-1]
    if noun.endswith("i") and is_word(stem + "o") and not is_word(stem + "e") and not noun.endswith(("ii", "hi")):
        return Agreement("m", True)
    if noun.endswith("e") and is_word(stem + "a") and (is_word(stem + "o") or not is_word(stem + "i")):
        return Agreement("f", True)
    return None


def article_items(sentence: Sentence, *, is_word: IsWord) -> Iterator[Item]:
    for before, word, noun in neighbours(sentence.words):
        article = ARTICLES.get(word.lower)
        if article is None or noun is None or not noun.text.islower() or not noun.text.isalpha():
            continue
        agreement = certain_agreement(noun.lower, is_word=is_word)
        if agreement is None or (article.definite and _may_be_pronoun(before, word, noun, is_word)):
            continue
        rule = definite_article if article.definite else indefinite_article
        if rule(agreement, noun.lower) != word.lower:
            continue
        confused = _DEFINITE_CONFUSED if article.definite else _INDEFINITE_CONFUSED
        name = "determinativo" if article.definite else "indeterminativo"
        yield Item(
            sentence=sentence,
            gap=word,
            ask=f"l'articolo {name} giusto",
            key=sentence.key_of(word),
            explanation=f"{because(noun.lower, agreement)}: l'articolo {name} è «{word.lower}».",
            focus="articles-definite" if article.definite else "articles-indefinite",
            distractors=tuple(confused[word.lower].split()),
        )


def joined_items(sentence: Sentence, *, is_word: IsWord) -> Iterator[Item]:
    for _, word, noun in neighbours(sentence.words):
        if word.lower not in ARTICULATED or noun is None or not noun.text.islower() or not noun.text.isalpha():
            continue
        preposition, article = ARTICULATED[word.lower]
        agreement = certain_agreement(noun.lower, is_word=is_word)
        if agreement is None or definite_article(agreement, noun.lower) != article:
            continue
        others = (joined(preposition, other) for other in _DEFINITE_CONFUSED[article].split())
        yield Item(
            sentence=sentence,
            gap=word,
            ask=f"la preposizione articolata giusta: «{preposition}» + articolo determinativo",
            key=sentence.key_of(word),
            explanation=(
                f"{because(noun.lower, agreement)}: l'articolo è «{article}», e «{preposition}» + «{article}» "
                f"{'diventa' if preposition not in ('da', 'su') else 'dà'} «{word.lower}»."
            ),
            focus="prepositions-articulated",
            distractors=tuple(other for other in others if other),
        )


def because(noun: str, agreement: Agreement) -> str:
    """`«amico» è maschile singolare e comincia per vocale`."""
    gender = "femminile" if agreement.gender == "f" else "maschile"
    number = "plurale" if agreement.plural else "singolare"
    if agreement.gender == "f" and agreement.plural:
        return f"«{noun}» è femminile plurale"
    if starts_with_vowel(noun):
        sound = "per vocale"
    elif is_impure(noun) and agreement.gender == "m":
        sound = f"per «{noun[:2]}»" if noun[0] != "z" else "per «z»"
    else:
        sound = "per consonante"
    return f"«{noun}» è {gender} {number} e comincia {sound}"


def _may_be_pronoun(before: Word | None, word: Word, noun: Word, is_word: IsWord) -> bool:
    """`la porta`: la, lo, le, gli, l' are pronouns before a verb."""
    if word.lower in ("il", "i") or (before is not None and before.lower in _BEFORE_NOUNS):
        return False
    return is_finite(noun.lower, is_word=is_word)
