"""Verb forms that can be read in one way only, asked for by infinitive, person and tense."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.offline.writer.items import Item
from adapters.offline.writer.sentences import Sentence, Word, can_be
from domain.practice import (
    ARTICLES,
    ARTICULATED,
    PRONOUNS,
    REFLEXIVE,
    Form,
    IsWord,
    Mood,
    Tense,
    analyse,
    described,
    form_of,
    same_place,
    words,
)

_SAFE_TENSES = frozenset({Tense.IMPERFECT, Tense.PERFECT, Tense.FUTURE, Tense.CONDITIONAL, Tense.SUBJUNCTIVE_IMPERFECT})
_SAFE_PRESENTS = frozenset(words("può deve vuole viene esce rimane tiene sa possono devono vogliono vengono vanno"))
_SAFE_SUBJUNCTIVES = frozenset(words("abbia possa debba venga vada stia dica sappia esca rimanga"))
_OTHER_WORDS = frozenset(
    words(
        "però mai esentasse classe danno perdono suono buono lava cava fava nave leve nevi avrò dei poteri voleva "
        "chiamata porte marche cime dettero sono tasse masse grasse basse fosse messe esse ressi passi passe "
        "casse"
    )
)
_DETERMINERS = frozenset((*ARTICLES, *ARTICULATED, "questo", "questa", "quel", "quella", "ogni", "un", "suo", "sua"))
_CLITIC_BEFORE_VERB = frozenset(PRONOUNS) & _DETERMINERS

_ALONGSIDE = {
    Tense.PRESENT: (Tense.IMPERFECT, Tense.PERFECT, Tense.SUBJUNCTIVE),
    Tense.IMPERFECT: (Tense.PERFECT, Tense.PRESENT, Tense.SUBJUNCTIVE_IMPERFECT),
    Tense.PERFECT: (Tense.IMPERFECT, Tense.PRESENT, Tense.FUTURE),
    Tense.FUTURE: (Tense.CONDITIONAL, Tense.PRESENT, Tense.IMPERFECT),
    Tense.CONDITIONAL: (Tense.FUTURE, Tense.SUBJUNCTIVE_IMPERFECT, Tense.IMPERFECT),
    Tense.SUBJUNCTIVE: (Tense.PRESENT, Tense.CONDITIONAL, Tense.SUBJUNCTIVE_IMPERFECT),
    Tense.SUBJUNCTIVE_IMPERFECT: (Tense.CONDITIONAL, Tense.IMPERFECT, Tense.SUBJUNCTIVE),
}
"""The tenses that learners take for it."""

_PRONOMINAL = frozenset(
    words(
        "trovare alzare svegliare accorgere pentire vergognare ammalare addormentare laureare trasferire fermare "
        "estendere occupare sedere arrabbiare dedicare stabilire rifugiare impadronire affacciare innamorare "
        "ribellare arrendere lamentare chiamare sposare diffondere sviluppare svolgere riunire avvicinare "
        "allontanare concludere basare"
    )
)


def verb_items(sentence: Sentence, *, is_word: IsWord) -> Iterator[Item]:
    words = sentence.words
    for index, word in enumerate(words):
        form = _certain_form(words, index, is_word)
        if form is None:
            continue
        wanted = described(form)
        key = sentence.key_of(word)
        yield Item(
            sentence=sentence,
            gap=word,
            ask=f"il verbo «{form.lemma}» alla {wanted.removeprefix('la ')}",
            key=key,
            explanation=f"«{form.text}» è {wanted} di «{form.lemma}».",
            focus="verbs-tense" if form.tense.mood is Mood.INDICATIVE else "verbs-mood",
            accepted=same_place(form)[1:],
            distractors=tuple(_confused(form)),
        )


def _certain_form(words: tuple[Word, ...], index: int, is_word: IsWord) -> Form | None:
    word = words[index]
    if not word.text.islower() or not word.text.isalpha() or word.lower in _OTHER_WORDS:
        return None
    before = words[index - 1].lower if index else ""
    if before in _DETERMINERS - _CLITIC_BEFORE_VERB:
        return None
    readings = analyse(word.lower, is_word=is_word)
    if not readings or _is_auxiliary(words, index, readings, is_word):
        return None
    if len(readings) == 1 and readings[0].tense in _SAFE_TENSES:
        return readings[0]
    if word.lower in _SAFE_PRESENTS:
        return next(form for form in readings if form.tense is Tense.PRESENT)
    subjunctives = [form for form in readings if form.tense is Tense.SUBJUNCTIVE and form.person == 3]
    if len(subjunctives) == 1 and len({form.tense for form in readings}) == 1:
        said = {other.lower for other in words[max(0, index - 8) : index]}
        if (subjunctives[0].plural or word.lower in _SAFE_SUBJUNCTIVES) and "che" in said and not said & {"io", "tu"}:
            return subjunctives[0]
    return None


def _is_auxiliary(words: tuple[Word, ...], index: int, readings: tuple[Form, ...], is_word: IsWord) -> bool:
    """Part of a compound tense: `aveva mangiato` is asked for neither as imperfect nor by halves."""
    if not {form.lemma for form in readings} & {"essere", "avere", "venire"}:
        return False
    return any(can_be(other.lower, Tense.PARTICIPLE, is_word=is_word) for other in words[index + 1 : index + 4])


def _confused(form: Form) -> Iterator[str]:
    """Two other tenses in the same person, then the same tense in another person; all real forms of the verb."""
    assert form.person is not None
    assert form.plural is not None
    others = [
        form_of(form.lemma, tense, person=form.person, plural=form.plural) for tense in _ALONGSIDE.get(form.tense, ())
    ]
    same_tense = [
        form_of(form.lemma, form.tense, person=form.person, plural=not form.plural),
        form_of(form.lemma, form.tense, person=1, plural=form.plural),
    ]
    yield from (text for text in (*others[:2], *same_tense, *others[2:]) if text)


def pronoun_items(sentence: Sentence, *, is_word: IsWord) -> Iterator[Item]:
    """The reflexive pronoun of a verb that is named: its person leaves no choice."""
    words = sentence.words
    for index in range(1, len(words) - 1):
        word, verb = words[index], words[index + 1]
        if word.text not in ("mi", "ti", "si", "ci", "vi") or words[index - 1].lower in PRONOUNS - {
            "io",
            "tu",
            "noi",
            "voi",
        }:
            continue
        lemma = _reflexive(word.lower, verb.lower, is_word)
        if lemma is None:
            continue
        infinitive = lemma.removesuffix("e") + "si" if not lemma.endswith("rre") else lemma.removesuffix("re") + "si"
        yield Item(
            sentence=sentence,
            gap=word,
            ask=f"il pronome riflessivo giusto del verbo «{infinitive}»",
            key=word.text,
            explanation=f"Con «{verb.lower}», dal verbo «{infinitive}», il pronome riflessivo è «{word.lower}».",
            focus="pronouns-clitic",
            distractors=tuple(other for other in ("mi", "ci", "ti", "vi", "si") if other != word.lower),
        )


def _reflexive(pronoun: str, verb: str, is_word: IsWord) -> str | None:
    finite = [form for form in analyse(verb, is_word=is_word) if form.person is not None]
    lemmas = {form.lemma for form in finite}
    agreeing = {REFLEXIVE[form.person, bool(form.plural)] for form in finite if form.person is not None}
    return lemmas.pop() if len(lemmas) == 1 and lemmas <= _PRONOMINAL and agreeing == {pronoun} else None
