"""Italian morphology by rule."""

from __future__ import annotations

import pytest

from adapters.offline.lexicon import OfflineLexicon
from domain.practice import (
    ARTICULATED,
    Agreement,
    Tense,
    agreement_of,
    analyse,
    definite_article,
    described,
    form_of,
    forms_of,
    indefinite_article,
    is_verb,
    joined,
    same_place,
)

LEXICON = OfflineLexicon()


def is_word(word: str) -> bool:
    return LEXICON.is_word(word, "it")


FORMS = [
    ("cercare", Tense.PRESENT, 2, False, "cerchi"),
    ("mangiare", Tense.PRESENT, 1, True, "mangiamo"),
    ("studiare", Tense.PRESENT, 2, False, "studi"),
    ("inviare", Tense.PRESENT, 2, False, "invii"),
    ("finire", Tense.PRESENT, 3, True, "finiscono"),
    ("partire", Tense.PRESENT, 3, True, "partono"),
    ("uscire", Tense.PRESENT, 1, False, "esco"),
    ("riuscire", Tense.PRESENT, 3, False, "riesce"),
    ("scegliere", Tense.PRESENT, 1, False, "scelgo"),
    ("ottenere", Tense.PRESENT, 3, False, "ottiene"),
    ("proporre", Tense.PRESENT, 3, True, "propongono"),
    ("contraddire", Tense.IMPERFECT, 3, False, "contraddiceva"),
    ("tradurre", Tense.IMPERFECT, 1, True, "traducevamo"),
    ("fare", Tense.IMPERFECT, 3, False, "faceva"),
    ("essere", Tense.IMPERFECT, 2, True, "eravate"),
    ("nascere", Tense.PERFECT, 3, False, "nacque"),
    ("leggere", Tense.PERFECT, 3, True, "lessero"),
    ("leggere", Tense.PERFECT, 2, False, "leggesti"),
    ("vendere", Tense.PERFECT, 3, False, "vendé"),
    ("prendere", Tense.PERFECT, 1, False, "presi"),
    ("dare", Tense.PERFECT, 3, True, "diedero"),
    ("rispondere", Tense.PERFECT, 3, False, "rispose"),
    ("stare", Tense.PERFECT, 3, False, "stette"),
    ("mangiare", Tense.FUTURE, 1, False, "mangerò"),
    ("cercare", Tense.FUTURE, 3, False, "cercherà"),
    ("volere", Tense.FUTURE, 3, True, "vorranno"),
    ("mantenere", Tense.FUTURE, 3, False, "manterrà"),
    ("vedere", Tense.FUTURE, 3, False, "vedrà"),
    ("prevedere", Tense.FUTURE, 3, False, "prevederà"),
    ("porre", Tense.CONDITIONAL, 3, False, "porrebbe"),
    ("andare", Tense.CONDITIONAL, 1, True, "andremmo"),
    ("andare", Tense.SUBJUNCTIVE, 3, False, "vada"),
    ("finire", Tense.SUBJUNCTIVE, 3, False, "finisca"),
    ("dovere", Tense.SUBJUNCTIVE, 3, True, "debbano"),
    ("tenere", Tense.SUBJUNCTIVE, 1, True, "teniamo"),
    ("dare", Tense.SUBJUNCTIVE_IMPERFECT, 3, False, "desse"),
    ("fare", Tense.SUBJUNCTIVE_IMPERFECT, 3, True, "facessero"),
    ("essere", Tense.SUBJUNCTIVE_IMPERFECT, 2, True, "foste"),
    ("svenire", Tense.FUTURE, 3, False, "svenirà"),
    ("possedere", Tense.PRESENT, 3, False, "possiede"),
    ("assumere", Tense.PERFECT, 3, False, "assunse"),
    ("redigere", Tense.PERFECT, 3, True, "redassero"),
    ("permanere", Tense.PRESENT, 1, False, "permango"),
    ("nuocere", Tense.PERFECT, 3, False, "nocque"),
    ("traviare", Tense.PRESENT, 2, False, "travii"),
]


@pytest.mark.parametrize(("infinitive", "tense", "person", "plural", "expected"), FORMS)
def test_a_form_is_made(infinitive: str, tense: Tense, person: int, plural: bool, expected: str) -> None:
    assert form_of(infinitive, tense, person=person, plural=plural) == expected


@pytest.mark.parametrize(("infinitive", "tense", "person", "plural", "expected"), FORMS)
def test_a_form_is_traced_back(infinitive: str, tense: Tense, person: int, plural: bool, expected: str) -> None:
    found = analyse(expected, is_word=is_word)
    assert any((form.lemma, form.tense) == (infinitive, tense) for form in found), found


@pytest.mark.parametrize(
    ("infinitive", "participle"),
    [
        ("parlare", "parlato"),
        ("credere", "creduto"),
        ("finire", "finito"),
        ("conoscere", "conosciuto"),
        ("scrivere", "scritto"),
        ("aprire", "aperto"),
        ("produrre", "prodotto"),
        ("stringere", "stretto"),
        ("rimanere", "rimasto"),
        ("fare", "fatto"),
        ("assumere", "assunto"),
        ("espellere", "espulso"),
        ("redigere", "redatto"),
        ("connettere", "connesso"),
        ("espandere", "espanso"),
        ("affiggere", "affisso"),
        ("sconfiggere", "sconfitto"),
        ("esigere", "esatto"),
        ("evolvere", "evoluto"),
        ("risolvere", "risolto"),
        ("interdire", "interdetto"),
        ("disperdere", "disperso"),
        ("diffondere", "diffuso"),
        ("torcere", "torto"),
        ("scindere", "scisso"),
    ],
)
def test_a_participle_is_made(infinitive: str, participle: str) -> None:
    texts = {form.text for form in forms_of(infinitive) if form.tense is Tense.PARTICIPLE}
    assert {participle, participle[:-1] + "e"} <= texts


def test_what_is_too_long_for_a_word_is_not_analysed() -> None:
    assert analyse("ri" * 5_000 + "parlava", is_word=lambda word: True) == ()


def test_some_places_have_two_forms() -> None:
    sold = next(form for form in forms_of("vendere") if form.text == "vendé")
    owed = next(form for form in forms_of("dovere") if form.text == "devono")
    assert same_place(sold) == ("vendé", "vendette")
    assert same_place(owed) == ("devono", "debbono")


@pytest.mark.parametrize("word", ["casa", "re", "torre", "occorre", "terre", "", "rre"])
def test_what_is_no_infinitive_has_no_forms(word: str) -> None:
    assert forms_of(word) == ()
    assert form_of(word, Tense.PRESENT, person=1, plural=False) is None


def test_an_imperative_is_listed_where_no_other_tense_has_its_form() -> None:
    imperatives = {
        verb: form_of(verb, Tense.IMPERATIVE, person=2, plural=False) for verb in ("essere", "fare", "amare")
    }
    assert imperatives == {"essere": "sii", "fare": "fa'", "amare": None}


def test_a_verb_may_be_made_of_another_by_a_prefix() -> None:
    assert is_verb("rinominare", is_word={"nominare", "nominando"}.__contains__)
    assert not is_verb("rinominare", is_word={"nominare"}.__contains__)


@pytest.mark.parametrize("noun", ["altare", "bicchiere", "potare", "carcere"])
def test_a_noun_like_an_infinitive_is_a_verb_only_if_it_conjugates(noun: str) -> None:
    assert is_verb(noun, is_word=is_word) is (noun == "potare")


def test_a_form_is_described() -> None:
    ate = next(form for form in forms_of("mangiare") if form.text == "mangiammo")
    read = next(form for form in forms_of("leggere") if form.text == "lette")
    assert described(ate) == "la prima persona plurale del passato remoto"
    assert described(read) == "il participio passato femminile plurale"


@pytest.mark.parametrize(
    ("noun", "definite", "indefinite"),
    [
        ("libro", "il", "un"),
        ("amico", "l'", "un"),
        ("zaino", "lo", "uno"),
        ("studente", None, None),
        ("scoiattolo", "lo", "uno"),
        ("gnomo", "lo", "uno"),
        ("psicologo", "lo", "uno"),
        ("uomo", "l'", "un"),
        ("casa", "la", "una"),
        ("amica", "l'", "un'"),
        ("zucca", "la", "una"),
        ("problema", "il", "un"),
        ("stazione", "la", "una"),
        ("canzoni", None, None),
        ("direttori", "i", None),
        ("operazioni", "le", None),
        ("città", None, None),
        ("turista", None, None),
        ("capitale", None, None),
        ("mano", None, None),
    ],
)
def test_articles_agree_where_the_noun_leaves_no_doubt(noun: str, definite: str | None, indefinite: str | None) -> None:
    agreement = agreement_of(noun)
    assert (agreement and definite_article(agreement, noun)) == definite
    assert (agreement and indefinite_article(agreement, noun)) == indefinite


def test_prepositions_join() -> None:
    assert joined("di", "la") == "della"
    assert joined("in", "gli") == "negli"
    assert joined("su", "l'") == "sull'"
    assert joined("per", "il") is None
    assert ARTICULATED["dagli"] == ("da", "gli")
    assert len(ARTICULATED) == 35
    assert definite_article(Agreement("m", True), "gnocchi") == "gli"
