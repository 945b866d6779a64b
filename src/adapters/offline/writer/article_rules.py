"""Why this article and no other, as a teacher of Italian says it."""

from __future__ import annotations

from adapters.offline.writer.phrases import Phrase
from domain.practice import Agreement, is_impure, starts_with_vowel


def named(agreement: Agreement) -> str:
    """`femminile plurale`; only `singolare` where an elided article leaves the gender open."""
    number = "plurale" if agreement.plural else "singolare"
    if agreement.gender is None:
        return number
    return f"{'femminile' if agreement.gender == 'f' else 'maschile'} {number}"


def article_rule(article: str, phrase: Phrase) -> str:
    """One or two sentences: what the noun is, how the next word begins, and so which article."""
    agreement, sound = phrase.agreement, phrase.sound.lower()
    said = f"«{phrase.head}» è {named(agreement)}"
    if article == "le":
        return f"{said}: l'articolo è «le»" + (", che non si elide mai." if starts_with_vowel(sound) else ".")
    begins = f"comincia {_beginning(sound, agreement)}"
    if phrase.head == phrase.sound:
        return f"{said} e {begins}: {_CHOICE[article](agreement, sound)}."
    return (
        f"{said}, ma il suono che conta è quello della parola subito dopo l'articolo: «{phrase.sound}» {begins}, "
        f"quindi {_CHOICE[article](agreement, sound)}."
    )


def _beginning(sound: str, agreement: Agreement) -> str:
    if starts_with_vowel(sound):
        return "con la h muta, cioè con un suono di vocale" if sound[0] == "h" else "per vocale"
    if is_impure(sound) and agreement.gender == "m":
        if sound[0] == "s":
            return f"per «{sound[:2]}», cioè per s seguita da consonante (s impura)"
        return f"per «{sound[0]}»" if sound[0] in "zxyij" else f"per «{sound[:2]}»"
    return "per consonante"


def _elided(agreement: Agreement, _: str) -> str:
    full = {"m": "«lo» si elide e", "f": "«la» si elide e", None: "l'articolo si elide e"}[agreement.gender]
    return f"{full} diventa «l'»"


def _masculine_un(_: Agreement, sound: str) -> str:
    if starts_with_vowel(sound):
        return "si usa «un» senza apostrofo, perché «un'» è soltanto femminile"
    return "si usa «un»"


_CHOICE = {
    "il": lambda *_: "si usa «il»",
    "lo": lambda *_: "si usa «lo», non «il»",
    "la": lambda *_: "si usa «la»",
    "l'": _elided,
    "i": lambda *_: "si usa «i»",
    "gli": lambda *_: "si usa «gli», non «i»",
    "un": _masculine_un,
    "uno": lambda *_: "si usa «uno», non «un»",
    "una": lambda *_: "si usa «una», intera",
    "un'": lambda *_: "«una» si elide e diventa «un'», con l'apostrofo perché è femminile",
}
