"""Unstressed pronouns before a verb: reflexive, direct, indirect, impersonal, ci and ne. What is asked says which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.offline.writer.items import Item
from adapters.offline.writer.sentences import Sentence, Word, can_be, readings
from adapters.offline.writer.verb_words import DATIVE, IMPERSONAL, PRONOMINAL, REFLEXIVE_FIRST
from adapters.offline.writer.verbs import certain_form
from domain.practice import PRONOUNS, REFLEXIVE, Form, IsWord, Tense, words

_ASKED = frozenset(words("mi ti si ci vi lo la li le gli ne"))
_SUBJECTS = frozenset(words("io tu noi voi egli lui lei ella loro essi esse"))
_BEING = frozenset(words("sono erano era fu furono sarà saranno sia siano fosse fossero sarebbe sarebbero"))
_DIRECT = {
    "lo": ("maschile singolare", "gli la li"),
    "la": ("femminile singolare", "le lo li"),
    "li": ("maschile plurale", "gli le lo"),
}
"""What each says, and what learners write for it."""
_PERSONS = {"mi": "prima persona singolare", "ti": "seconda persona singolare"}


@dataclass(frozen=True, slots=True)
class _Question:
    ask: str
    explanation: str
    confused: str
    accepted: tuple[str, ...] = ()


def pronoun_items(sentence: Sentence, *, is_word: IsWord) -> Iterator[Item]:
    words = sentence.words
    for index, word in enumerate(words[:-1]):
        if word.lower not in _ASKED or (word.is_name and index):
            continue
        if index and words[index - 1].lower in PRONOUNS - _SUBJECTS:
            continue  # one of two: `se ne va`, `glielo`
        asked = _of_reflexive(words, index, is_word) or _of_other(words, index, is_word)
        if asked is not None:
            yield Item(
                sentence=sentence,
                gap=word,
                ask=asked.ask,
                key=sentence.key_of(word),
                explanation=asked.explanation,
                focus="pronouns-clitic",
                accepted=asked.accepted,
                distractors=tuple(other for other in asked.confused.split() if other != word.lower),
            )


def _of_reflexive(words: Sequence[Word], index: int, is_word: IsWord) -> _Question | None:
    """The pronoun of a reflexive verb that is named: its person leaves no choice."""
    pronoun, verb = words[index].lower, words[index + 1].lower
    if pronoun not in REFLEXIVE.values():
        return None
    finite = [form for form in readings(verb, is_word=is_word) if form.person is not None]
    lemmas = {form.lemma for form in finite}
    agreeing = {REFLEXIVE[form.person, bool(form.plural)] for form in finite if form.person is not None}
    if len(lemmas) != 1 or agreeing != {pronoun}:
        return None
    (lemma,) = lemmas
    if lemma not in (REFLEXIVE_FIRST if pronoun == "si" else PRONOMINAL):
        return None
    infinitive = (lemma[:-2] if lemma.endswith("rre") else lemma[:-1]) + "si"
    return _Question(
        f"il pronome giusto del verbo «{infinitive}»",
        f"Con «{verb}», {_person_of(finite[0])} di «{infinitive}», il pronome riflessivo è «{pronoun}».",
        "mi ci ti vi si",
    )


def _person_of(form: Form) -> str:
    persons = {1: "prima", 2: "seconda", 3: "terza"}
    return f"{persons[form.person or 3]} persona {'plurale' if form.plural else 'singolare'}"


def _of_other(words: Sequence[Word], index: int, is_word: IsWord) -> _Question | None:
    pronoun = words[index].lower
    if pronoun == "ci" and words[index + 1].lower in _BEING:
        return _of_being(words, index, is_word)
    form = certain_form(words, index + 1, is_word=is_word)
    if form is None:
        return None
    if pronoun == "si":
        return _of_si(words, index, form, is_word)
    if pronoun in ("gli", "le"):
        return _of_dative(pronoun, form)
    if pronoun in _DIRECT and form.lemma not in DATIVE | {"essere"}:
        agreement, confused = _DIRECT[pronoun]
        return _Question(
            f"il pronome diretto (terza persona, {agreement}) davanti a «{form.text}»",
            f"«{pronoun}» è complemento oggetto (chi? che cosa?), {agreement}; per «a lui» e «a lei» si usano invece "
            "i pronomi indiretti «gli» e «le».",
            confused,
        )
    if pronoun == "ne":
        return _Question(
            f"il pronome che sta per un complemento con «di» o «da» davanti a «{form.text}»",
            "«ne» sostituisce un complemento introdotto da «di» o «da» (di questo, di loro, da lì).",
            "ci lo gli",
        )
    if pronoun in _PERSONS and form.lemma not in PRONOMINAL:
        return _Question(
            f"il pronome atono di {_PERSONS[pronoun]} davanti a «{form.text}»",
            f"Davanti al verbo il pronome di {_PERSONS[pronoun]} è «{pronoun}», diretto o indiretto.",
            "ti si ci mi vi",
        )
    return None


def _of_dative(pronoun: str, form: Form) -> _Question | None:
    """`gli` before a verb is always indirect; `le` may be *them*, unless the verb takes no direct object."""
    if pronoun == "gli":
        return _Question(
            f"il pronome indiretto di terza persona maschile («a lui», «a loro») davanti a «{form.text}»",
            "«gli» è complemento di termine (a chi?): vale «a lui» e, nell'uso comune, «a loro»; «lo» e «li» sono "
            "invece pronomi diretti.",
            "lo li le",
        )
    if form.lemma not in DATIVE:
        return None
    return _Question(
        f"il pronome indiretto di terza persona femminile singolare («a lei») davanti a «{form.text}»",
        f"«{form.lemma}» vuole il complemento di termine (a chi?): al femminile «a lei» diventa «le».",
        "gli la lo",
    )


def _of_si(words: Sequence[Word], index: int, form: Form, is_word: IsWord) -> _Question | None:
    if form.person != 3 or form.lemma == "avere":
        return None
    if form.lemma in IMPERSONAL and not form.plural:
        return _Question(
            f"il pronome che rende impersonale il verbo «{form.lemma}»",
            "Nella costruzione impersonale il soggetto non è detto: «si» + terza persona singolare "
            f"(«si {form.text}»).",
            "ci mi ne",
        )
    lemma, said = form.lemma, form.text
    if lemma == "essere":
        after = words[index + 2].lower if index + 2 < len(words) else ""
        lemmas = {other.lemma for other in readings(after, is_word=is_word) if other.tense is Tense.PARTICIPLE}
        if len(lemmas) != 1:
            return None
        (lemma,), said = lemmas, f"{form.text} {after}"
    return _Question(
        f"il pronome di terza persona che rende riflessivo, passivo o impersonale il verbo «{lemma}»",
        f"Alla terza persona il pronome è uno solo per il riflessivo, il passivo e l'impersonale: «si» («si {said}»).",
        "ci gli ne",
    )


def _of_being(words: Sequence[Word], index: int, is_word: IsWord) -> _Question | None:
    """`ci sono`, but not `ci sono arrivati`."""
    if any(can_be(word.lower, Tense.PARTICIPLE, is_word=is_word) for word in words[index + 2 : index + 4]):
        return None
    return _Question(
        "il pronome che con «essere» forma «esserci»",
        f"«Esserci» vuol dire trovarsi o esistere: «ci {words[index + 1].lower}» («vi» è più letterario).",
        "si ne li",
        ("vi",),
    )
