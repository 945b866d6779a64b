"""Adjectives of four forms after a noun whose gender and number leave no doubt."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.offline.writer.items import Item
from adapters.offline.writer.nouns import certain_agreement
from adapters.offline.writer.sentences import Sentence
from domain.practice import ARTICLES, ARTICULATED, Agreement, IsWord, words

_ADJECTIVES = words(
    "nuovo piccolo famoso italiano moderno vero alto basso caldo freddo rosso nero giallo chiaro oscuro duro "
    "sacro raro povero sereno tranquillo strano diverso quadrato rotondo profondo intenso vasto ampio cristiano "
    "romano europeo americano perfetto completo stupendo meraviglioso numeroso prezioso religioso misterioso "
    "pericoloso generoso luminoso silenzioso falso sicuro pieno vuoto severo sincero contemporaneo remoto privato "
    "vecchio antico largo bianco fresco ricco pubblico storico politico economico scientifico artistico "
    "classico tipico elettrico logico unico magnifico domestico tecnico pratico drammatico lirico epico comico "
    "medico cattolico democratico marittimo minimo massimo ottimo pessimo prossimo interno esterno eterno "
    "moderato complesso concreto astratto urbano umano sotterraneo spontaneo necessario ordinario straordinario "
    "letterario primario contrario vario proprio serio"
)
_HARD = frozenset({"antico", "bianco", "fresco", "ricco"})


def inflected(base: str, agreement: Agreement) -> str:
    """The form of an adjective in -o: `antico` -> `antichi`, `pubblico` -> `pubbliche`, `vecchio` -> `vecchi`."""
    stem = base[:-1]
    if not agreement.plural:
        return stem + ("a" if agreement.gender == "f" else "o")
    if agreement.gender == "f":
        return stem + ("he" if stem[-1] in "cg" else "e")
    if stem[-1] == "g" or base in _HARD:
        return stem + "hi"
    return stem if stem.endswith("i") else stem + "i"


_ROLES = tuple(Agreement(gender, plural) for plural in (False, True) for gender in ("m", "f"))
_FORMS = {inflected(base, role): base for base in _ADJECTIVES for role in _ROLES}


def adjective_items(sentence: Sentence, *, is_word: IsWord) -> Iterator[Item]:
    words = sentence.words
    for index in range(2, len(words)):
        opener, noun, word = words[index - 2 : index + 1]
        base = _FORMS.get(word.lower)
        if base is None or noun.lower in _FORMS or not noun.text.islower() or word.is_name:
            continue
        article = opener.lower if opener.lower in ARTICLES else ARTICULATED.get(opener.lower, ("", ""))[1]
        agreement = certain_agreement(noun.lower, is_word=is_word)
        if not article or agreement is None or agreement.gender is None:
            continue
        said = ARTICLES[article].agreement
        if said.plural is not agreement.plural or said.gender not in (None, agreement.gender):
            continue
        if inflected(base, agreement) != word.lower:
            continue
        gender = "femminile" if agreement.gender == "f" else "maschile"
        number = "plurale" if agreement.plural else "singolare"
        yield Item(
            sentence=sentence,
            gap=word,
            ask=f"l'aggettivo «{base}» nella forma giusta",
            key=sentence.key_of(word),
            explanation=f"L'aggettivo concorda con «{noun.lower}», {gender} {number}: «{word.lower}».",
            focus="agreement",
            distractors=tuple(inflected(base, role) for role in _ROLES if role != agreement),
        )
