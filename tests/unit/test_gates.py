"""Bad drafts, each turned away at the gate that is there for it, and good ones, all of which pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.practice import GATES, Context, Difficulty, Draft, ExerciseKind, fingerprint, judge
from tests.builders_practice import a_draft, a_passage
from tests.drafts import (
    ARROW,
    ASK,
    BRIDGE,
    CITY,
    CONTEXT,
    DREAM,
    DYKE,
    FILMS,
    GAPPED,
    HOUSE,
    ISLAND,
    LATE,
    OTHERS,
    PLACES,
    PRONOUN,
    SEIZURE,
    SPLIT,
    WASH,
    WISH,
    a_choice,
    a_fact_choice,
    a_gap,
    a_gap_to_choose,
    a_joined,
    a_preposition,
    a_question,
    a_verb,
    a_verb_choice,
    a_year,
    in_english,
    quoted,
)
from tests.misshapen_drafts import MISSHAPEN
from tests.unproved_drafts import UNPROVED

GOOD = {
    "an article to fill in": a_draft(),
    "an article to choose": a_choice(),
    "an article before a word of one form, its number said": a_gap(
        CITY,
        "la",
        "Completa con l'articolo determinativo singolare.",
        grammar_focus="articles-definite",
        explanation="«città» è femminile singolare: «la».",
    ),
    "an article before a word of one form, its number shown by what follows": a_gap(
        FILMS, "i", ASK, grammar_focus="articles-definite"
    ),
    "an article before a word that only looks like a person's": a_gap(
        SEIZURE, "la", ASK, grammar_focus="articles-definite"
    ),
    "a question": a_question(),
    "a question according to the text": a_question(question="Secondo il testo, dove morì il poeta?"),
    "a question with what refers forward": a_question(question="Dove morì il poeta che cantava ciò che vedeva?"),
    "a question after one of two": a_question(question="Il poeta visse tra Verona e quale altro luogo, dove morì?"),
    "a question with other right answers": a_question(accepted=("a Ravenna",)),
    "a choice of facts": a_fact_choice(),
    "a choice of years": a_year(),
    "a question in English": in_english(),
    "a verb": a_verb(),
    "a verb whose subject tells the person": a_verb(
        question="Completa con l'imperfetto indicativo di «aspettare».\n"
        "Il poeta ____ l'amico davanti alla porta della chiesa."
    ),
    "a verb with its tense named shortly": a_verb(
        question="Completa con il verbo (aspettare, imperfetto).\n"
        "Il poeta ____ l'amico davanti alla porta della chiesa."
    ),
    "a verb to choose": a_verb_choice("aspettò", "aspetta", "aspettavano"),
    "a verb that is another word without its accent": a_gap(
        ISLAND,
        "è",
        "Completa con il verbo «essere» alla terza persona singolare del presente indicativo.",
        grammar_focus="verbs-tense",
    ),
    "a subjunctive": a_gap(
        WISH,
        "scrivesse",
        "Completa con il congiuntivo imperfetto di «scrivere», terza persona singolare.",
        grammar_focus="verbs-mood",
    ),
    "a conditional": a_gap(
        DREAM,
        "sarebbe",
        "Completa con il condizionale presente di «essere», terza persona singolare.",
        grammar_focus="verbs-mood",
    ),
    "a verb whose subject is a name": a_gap(
        LATE, "cantava", "Completa con l'imperfetto di «cantare».", grammar_focus="verbs-tense"
    ),
    "indefinite articles that differ in an apostrophe": a_gap_to_choose(
        BRIDGE, "un", "Scegli l'articolo indeterminativo.", "un'", "uno", "una", grammar_focus="articles-indefinite"
    ),
    "what a thing is": a_question(
        question="Che cos'è un argine?",
        key="un muro di terra",
        explanation="Un argine è un muro di terra.",
        evidence=quoted(DYKE, PLACES),
    ),
    "a joined preposition": a_joined(),
    "a simple preposition": a_preposition(),
    "tra with fra accepted": a_gap(
        SPLIT,
        "tra",
        "Completa con la preposizione semplice giusta.",
        accepted=("fra",),
        explanation="Dopo il verbo «dividere» si usa «tra» o «fra».",
        grammar_focus="prepositions-simple",
    ),
    "a reflexive pronoun": a_gap(WASH, "si", PRONOUN, grammar_focus="pronouns-clitic"),
    "a reflexive pronoun whose verb stands beside it": a_gap(
        WASH, "si", "Completa con il pronome riflessivo.", grammar_focus="pronouns-clitic"
    ),
    "options with an elision that another language has as well": a_fact_choice(
        options=("Ravenna", "Colle Val d'Elsa", "Urbino")
    ),
    "an adjective": a_gap(
        HOUSE, "antiche", "Completa con l'aggettivo «antico» nella forma giusta.", grammar_focus="agreement"
    ),
    "a pronoun with its elided form accepted": a_gap(
        WASH, "si", PRONOUN, grammar_focus="pronouns-clitic", accepted=("s'",)
    ),
    "a word with its first letters": a_gap(
        ARROW, "porto", "Completa con la parola che manca (comincia per «po», 5 lettere)."
    ),
    "a word with a clue": a_gap(ARROW, "porto", "Completa con il luogo dove le navi si fermano al riparo."),
    "a number that is missing": a_gap(ARROW, "settanta", "Completa con il numero che manca.", accepted=("70",)),
    "a word to choose by the text": a_gap_to_choose(
        ARROW, "porto", "Scegli la parola giusta secondo il testo.", "cantiere", "mulino", "castello"
    ),
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_draft_passes_every_gate(kind: str) -> None:
    assert judge(GOOD[kind], CONTEXT) is None


BAD = MISSHAPEN | UNPROVED
CONTEXTS = {
    "duplicate": replace(
        CONTEXT,
        known=frozenset({fingerprint("Dove morì il poeta?"), fingerprint(f"{ASK}\n{GAPPED}")}),
        batch=(a_year(),),
    ),
    "as_asked": replace(
        CONTEXT,
        kinds=(ExerciseKind.FILL_GAP,),
        grammar_focus="articles-definite",
        difficulty=Difficulty.BEGINNER,
    ),
}


def context_of(gate: str) -> Context:
    return CONTEXTS.get(gate, CONTEXT)


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_draft_is_turned_away_at_its_gate(kind: str) -> None:
    gate, draft = BAD[kind]
    rejection = judge(draft, context_of(gate))
    assert rejection is not None
    assert rejection.gate == gate, rejection
    assert rejection.reason


def test_every_gate_turns_something_away() -> None:
    assert {gate for gate, _ in BAD.values()} == set(GATES)
    assert len(BAD) >= 30


@pytest.mark.parametrize("gate", GATES)
def test_without_a_gate_what_it_is_there_for_comes_through(gate: str) -> None:
    """No gate can be taken away: something passes all the others."""
    others = {name: one for name, one in GATES.items() if name != gate}
    drafts = [draft for name, draft in BAD.values() if name == gate]
    assert any(judge(draft, context_of(gate), gates=others) is None for draft in drafts)


def test_a_passage_that_was_found_and_not_given_may_not_be_quoted_and_proves_distractors() -> None:
    context = Context(passages=(PLACES,), retrieved=(PLACES, OTHERS))
    rejection = judge(a_year(), context)
    assert rejection is not None
    assert rejection.gate == "quotation_verbatim"
    death = a_fact_choice(options=("Ravenna", "Otranto", "Urbino"))
    assert judge(death, Context(passages=(PLACES,))) is None
    elsewhere = a_passage("Un altro cronista scrisse che il poeta morì a Otranto.", number=9)
    rejection = judge(death, Context(passages=(PLACES,), retrieved=(elsewhere,)))
    assert rejection is not None
    assert rejection.gate == "distractor_right"


@pytest.mark.parametrize(
    ("other", "passes"),
    [
        (a_question(), True),
        (a_draft(), True),
        (a_year(question="Chi costruì il ponte vecchio?", key="un architetto fiorentino"), True),
        (a_year(question="Quando il ponte vecchio fu costruito?"), False),
        (a_year(), False),
    ],
    ids=["another place", "a gap", "another key", "the same in other words", "the same"],
)
def test_only_the_same_fact_is_twice_in_a_batch(other: Draft, passes: bool) -> None:
    rejection = judge(a_year(), replace(CONTEXT, batch=(other,)))
    assert (rejection is None) is passes


def test_a_title_in_another_language_may_be_an_option_where_a_passage_has_it() -> None:
    draft = a_fact_choice(options=("Ravenna", "The Book of the City", "Urbino"))
    rejection = judge(draft, CONTEXT)
    assert rejection is not None
    assert rejection.gate == "language"
    titles = a_passage("Nella biblioteca si conserva anche The Book of the City, copiato a mano.", number=8)
    assert judge(draft, replace(CONTEXT, retrieved=(titles,))) is None
