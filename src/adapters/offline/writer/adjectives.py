"""Adjectives beside a noun whose gender and number its article shows, or its own form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.offline.writer.article_rules import named
from adapters.offline.writer.items import Item
from adapters.offline.writer.nouns import certain_agreement, may_be_pronoun
from adapters.offline.writer.phrases import NO_NOUNS
from adapters.offline.writer.sentences import Sentence, Word
from domain.practice import ARTICLES, ARTICULATED, Agreement, IsWord, words

_FOUR = words(
    "nuovo piccolo famoso italiano moderno vero alto basso caldo freddo rosso nero giallo chiaro oscuro duro "
    "sacro raro povero sereno tranquillo strano diverso quadrato rotondo profondo intenso vasto ampio cristiano "
    "romano europeo americano perfetto completo stupendo meraviglioso numeroso prezioso religioso misterioso "
    "pericoloso generoso luminoso silenzioso falso sicuro pieno vuoto severo sincero contemporaneo remoto privato "
    "vecchio antico largo bianco fresco ricco pubblico storico politico economico scientifico artistico "
    "classico tipico elettrico logico unico magnifico domestico tecnico pratico drammatico lirico epico comico "
    "cattolico democratico marittimo minimo massimo ottimo pessimo prossimo interno esterno eterno "
    "moderato complesso concreto astratto urbano umano sotterraneo spontaneo necessario ordinario straordinario "
    "letterario primario contrario vario serio sinistro ultimo altro intero lungo stesso "
    "greco tedesco russo spagnolo svizzero austriaco britannico asiatico africano pacifico atlantico "
    "ecclesiastico accademico fisico chimico matematico biologico ecologico tecnologico "
    "climatico linguistico turistico scolastico giuridico amministrativo legislativo esecutivo normativo "
    "negativo positivo attivo passivo relativo effettivo collettivo definitivo educativo alternativo "
    "finanziario monetario bancario parlamentario sanitario volontario agrario temporaneo mediterraneo "
    "civico critico simbolico etnico atomico elettronico meccanico automatico energetico genetico magnetico "
    "straniero leggero austero sonoro maturo puro futuro onesto modesto giusto esatto diretto "
    "ristretto stretto azzurro grigio"
)
_HARD = frozenset({"antico", "bianco", "fresco", "ricco", "tedesco", "largo", "lungo"})
_TWO = words(
    "grande importante naturale nazionale internazionale principale generale speciale sociale culturale centrale "
    "regionale provinciale mondiale originale totale finale iniziale attuale commerciale industriale legale "
    "costituzionale territoriale professionale personale fondamentale ambientale militare popolare particolare "
    "familiare forte dolce verde breve semplice felice triste veloce feroce precoce civile facile difficile "
    "utile inutile fragile possibile impossibile responsabile notevole evidente recente presente frequente potente "
    "elegante interessante brillante costante francese inglese cinese giapponese portoghese"
)
_POSSESSIVES = {
    form: (base, Agreement(gender, plural))
    for base, forms in (
        ("mio", "mio mia miei mie"),
        ("tuo", "tuo tua tuoi tue"),
        ("suo", "suo sua suoi sue"),
        ("nostro", "nostro nostra nostri nostre"),
        ("vostro", "vostro vostra vostri vostre"),
    )
    for form, (gender, plural) in zip(
        forms.split(), (("m", False), ("f", False), ("m", True), ("f", True)), strict=True
    )
}
_OWNERS = frozenset(words("mio tuo suo nostro vostro"))
_ROLES = tuple(Agreement(gender, plural) for plural in (False, True) for gender in ("m", "f"))


def inflected(base: str, agreement: Agreement) -> str:
    """The form of an adjective: `antico` -> `antichi`, `pubblico` -> `pubbliche`, `grande` -> `grandi`."""
    stem = base[:-1]
    if base.endswith("e"):
        return stem + "i" if agreement.plural else base
    if not agreement.plural:
        return stem + ("a" if agreement.gender == "f" else "o")
    if agreement.gender == "f":
        return (stem[:-1] if stem.endswith("gi") else stem) + ("he" if stem[-1] in "cg" else "e")
    if stem[-1] == "g" or base in _HARD:
        return stem + "hi"
    return stem if stem.endswith("i") else stem + "i"


_FORMS = {inflected(base, role): base for base in (*_FOUR, *_TWO) for role in _ROLES}
_NOT_HEADS = frozenset(
    words(
        "proprio propria propri proprie certo certa certi certe vari varie poche pochi molte molti prima prime primi "
        "seconda seconde terza due tre"
    )
)
"""They stand between an article and its noun, and are none."""
_PRENOMINAL = frozenset(
    words(
        "nuovo piccolo grande vecchio antico ultimo altro stesso unico vasto ampio numeroso prossimo importante breve "
        "ottimo intero vario diverso famoso raro semplice"
    )
)
"""These often stand before their noun; of others the form may be a noun (`il generale`)."""


def adjective_items(sentence: Sentence, *, is_word: IsWord) -> Iterator[Item]:
    words = sentence.words
    for index in range(1, len(words)):
        found = _after_noun(words, index, is_word) or _before_noun(words, index, is_word)
        if found is None:
            continue
        base, noun, agreement, forms = found
        word = words[index]
        # The ending alone is wanted: the dictionary's form would often be the key.
        named_by = f"«{base[:-1]}-» con la desinenza giusta"
        if base in _OWNERS:
            named_by = f"«{base if word.lower != base else base[:-1] + 'a'}» nella forma giusta"
        yield Item(
            sentence=sentence,
            gap=word,
            ask=f"l'aggettivo {named_by}",
            key=sentence.key_of(word),
            explanation=f"L'aggettivo concorda con «{noun}», {named(agreement)}: «{word.lower}».{_lesson(base)}",
            focus="agreement",
            distractors=tuple(form for form in forms if form != word.lower),
        )


def _lesson(base: str) -> str:
    if base.endswith("e"):
        return " Gli aggettivi in «-e» hanno una sola forma per i due generi: «-e» al singolare, «-i» al plurale."
    if base in _OWNERS:
        return " Il possessivo concorda con la cosa posseduta, non con il possessore."
    return ""


def _after_noun(
    words: Sequence[Word], index: int, is_word: IsWord
) -> tuple[str, str, Agreement, tuple[str, ...]] | None:
    """Article, noun, adjective: `la città antica`."""
    if index < 2:
        return None
    noun, word = words[index - 1], words[index]
    base = _FORMS.get(word.lower)
    if base is None or noun.lower in _FORMS or not noun.text.isalpha() or not word.text.islower():
        return None
    if (
        noun.lower in NO_NOUNS
        or noun.lower in _NOT_HEADS
        or (index + 1 < len(words) and base == "lungo" and words[index + 1].lower in ARTICLES)
    ):
        return None
    if noun.is_name and not is_word(noun.lower):
        return None
    agreement = _said(words, index - 2, is_word) or _shown(noun.lower, is_word)
    if agreement is None or inflected(base, agreement) != word.lower:
        return None
    shown = certain_agreement(noun.lower, is_word=is_word)
    if shown is not None and shown != agreement:
        return None
    return base, noun.text, agreement, tuple(inflected(base, role) for role in _ROLES)


def _shown(noun: str, is_word: IsWord) -> Agreement | None:
    """What the noun shows by itself, where it can't be anything but a noun."""
    agreement = certain_agreement(noun, is_word=is_word)
    sure = noun.endswith(("zione", "zioni", "sione", "sioni", "mento", "menti", "trice", "tudine"))
    return agreement if sure else None


def _before_noun(
    words: Sequence[Word], index: int, is_word: IsWord
) -> tuple[str, str, Agreement, tuple[str, ...]] | None:
    """Article, adjective, noun: `la nuova legge`, `i suoi amici`."""
    if index + 1 >= len(words):
        return None
    word, noun = words[index], words[index + 1]
    if not word.text.islower() or not noun.text.islower() or not noun.text.isalpha():
        return None
    base, role = _POSSESSIVES.get(word.lower, (_FORMS.get(word.lower, ""), None))
    if not base or (role is None and base not in _PRENOMINAL) or noun.lower in {*_FORMS, *_NOT_HEADS}:
        return None
    agreement = _said(words, index - 1, is_word)
    shown = certain_agreement(noun.lower, is_word=is_word)
    if agreement is None or shown != agreement:
        return None
    if role is not None:
        forms = tuple(form for form, (of, _) in _POSSESSIVES.items() if of == base)
        return (base, noun.lower, agreement, forms) if role == agreement else None
    if inflected(base, agreement) != word.lower:
        return None
    return base, noun.lower, agreement, tuple(inflected(base, each) for each in _ROLES)


def _said(words: Sequence[Word], index: int, is_word: IsWord) -> Agreement | None:
    """The agreement that the article at this place shows; None where there is none, or an elided one."""
    if index < 0:
        return None
    word = words[index].lower
    if word in ARTICLES:
        if ARTICLES[word].definite and may_be_pronoun(words, index, is_word=is_word):
            return None
        agreement = ARTICLES[word].agreement
    elif word in ARTICULATED:
        agreement = ARTICLES[ARTICULATED[word][1]].agreement
    else:
        return None
    return agreement if agreement.gender else None
