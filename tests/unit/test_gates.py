"""Bad drafts, each turned away at the gate that is there for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.practice import GATES, Context, Draft, ExerciseKind, fingerprint, judge, seeded_order
from domain.shared import ChunkId, Passage
from tests.builders_practice import LESSON, LESSON_PASSAGE, a_draft, a_passage, a_quotation

ASK = "Completa con l'articolo determinativo giusto."
GAPPED = LESSON.replace("l'", "____ ")
PLACES = a_passage(
    "Ravenna è una città antica. Il poeta morì a Ravenna dopo un lungo viaggio. Il poeta morì a Verona dopo un lungo "
    "viaggio, scrisse un cronista. Nel parco abbiamo visto un vecchio ponte di pietra sopra il fiume.",
    number=2,
)
CONTEXT = Context(passages=(LESSON_PASSAGE, PLACES))
DEATH = "Il poeta morì a Ravenna dopo un lungo viaggio."
BRIDGE = "Nel parco abbiamo visto un vecchio ponte di pietra sopra il fiume."


def a_choice(**changes: Any) -> Draft:
    """A choice that passes every gate, in whatever order its options are given."""
    question = changes.pop("question", f"Scegli l'articolo determinativo giusto.\n{GAPPED}")
    options = changes.pop("options", ("l'", "lo", "il", "la"))
    if changes.pop("shuffled", True):
        options = seeded_order(question, options)
    return a_draft(kind=ExerciseKind.MULTIPLE_CHOICE, question=question, options=options, **changes)


def a_question(**changes: Any) -> Draft:
    """A question on a fact that passes every gate."""
    return a_draft(
        **{
            "kind": ExerciseKind.SINGLE_ANSWER,
            "question": "Dove morì il poeta?",
            "key": "Ravenna",
            "evidence": a_quotation(PLACES, DEATH),
            "grammar_focus": None,
            **changes,
        }
    )


def a_fact_choice(**changes: Any) -> Draft:
    question = changes.pop("question", "Dove morì il poeta?")
    options = seeded_order(question, changes.pop("options", ("Ravenna", "Firenze", "Urbino")))
    return a_question(kind=ExerciseKind.MULTIPLE_CHOICE, question=question, options=options, **changes)


def a_verb(**changes: Any) -> Draft:
    """A verb to fill in that passes every gate."""
    return a_draft(
        **{
            "question": "Completa con il verbo «aspettare» alla terza persona singolare dell'imperfetto indicativo.\n"
            "Il poeta ____ l'amico davanti alla porta della chiesa.",
            "key": "aspettava",
            "grammar_focus": "verbs-tense",
            **changes,
        }
    )


def a_preposition(**changes: Any) -> Draft:
    return a_draft(
        **{
            "question": "Completa con la preposizione articolata giusta: «di» + articolo determinativo.\n"
            "Il poeta aspettava l'amico davanti alla porta ____ chiesa.",
            "key": "della",
            "grammar_focus": "prepositions-articulated",
            **changes,
        }
    )


@pytest.mark.parametrize(
    "draft",
    [a_draft(), a_choice(), a_question(), a_fact_choice(), a_verb(), a_preposition()],
    ids=["gap", "choice", "question", "choice of facts", "verb", "preposition"],
)
def test_a_good_draft_passes_every_gate(draft: Draft) -> None:
    assert judge(draft, CONTEXT) is None


def quoted(words: str, passage: Passage = LESSON_PASSAGE, **changes: Any) -> Any:
    return replace(a_quotation(passage, words), **changes)


BAD: dict[str, tuple[str, Draft]] = {
    "an empty question": ("complete", a_question(question="  ")),
    "a question of nothing but punctuation": ("complete", a_question(question="...?!")),
    "a question of 601 characters": ("complete", a_question(question="Dove? " * 100 + "O")),
    "an empty key": ("complete", a_draft(key="")),
    "a key of 201 characters": ("complete", a_question(key="R" * 201)),
    "no explanation": ("complete", a_draft(explanation="")),
    "a NUL in the question": ("complete", a_question(question="Dove morì\x00 il poeta?")),
    "no gap": ("one_gap", a_draft(question=f"{ASK}\n{LESSON}")),
    "two gaps": ("one_gap", a_draft(question=f"{ASK}\n{GAPPED.replace('alla', '____')}")),
    "a gap of five strokes": ("one_gap", a_draft(question=f"{ASK}\n{GAPPED.replace('____', '_____')}")),
    "a gap of dots": ("one_gap", a_draft(question=f"{ASK}\n{GAPPED.replace('____', '......')}")),
    "a gap within a word": ("one_gap", a_verb(question=f"{ASK}\nIl poeta aspet____ l'amico.", key="tava")),
    "a gap after an apostrophe": ("one_gap", a_draft(question=f"{ASK}\nIl poeta aspettava l'____.", key="amico")),
    "a gap that is not in the last line": ("one_gap", a_draft(question=f"{GAPPED}\n{ASK}")),
    "a gap in an open question": ("one_gap", a_question(question="Il poeta morì a ____?")),
    "options in a gap exercise": ("options", a_draft(options=("l'", "il", "lo"))),
    "two options": ("options", a_choice(options=("l'", "il"))),
    "seven options": ("options", a_choice(options=("l'", "il", "lo", "la", "i", "gli", "le"))),
    "an empty option": ("options", a_choice(options=("l'", "il", " "))),
    "options that differ in case": ("distinct_options", a_fact_choice(options=("Ravenna", "Urbino", "urbino"))),
    "options that differ in accents": ("distinct_options", a_fact_choice(options=("Ravenna", "Città", "citta"))),
    "options that differ in punctuation": ("distinct_options", a_fact_choice(options=("Ravenna", "Urbino.", "Urbino"))),
    "a key that is no option": ("key_among_options", a_choice(options=("gli", "lo", "il", "la"))),
    "an accepted answer that is the key": ("alternatives", a_draft(accepted=("L’",))),
    "an empty accepted answer": ("alternatives", a_question(accepted=("?",))),
    "a chunk that was not given": (
        "quotation_verbatim",
        a_draft(evidence=quoted(LESSON, chunk_id=ChunkId(LESSON_PASSAGE.source_id))),
    ),
    "words that are not there": ("quotation_verbatim", a_draft(evidence=quoted(LESSON, quote=LESSON.upper()))),
    "offsets that are off by one": (
        "quotation_verbatim",
        a_draft(evidence=quoted(LESSON, start=quoted(LESSON).start + 1, end=quoted(LESSON).end + 1)),
    ),
    "offsets beyond the chunk": ("quotation_verbatim", a_draft(evidence=quoted(LESSON, start=5_000, end=5_060))),
    "another page": ("quotation_verbatim", a_draft(evidence=quoted(LESSON, page=7))),
    "a quotation of two words": ("quotation_length", a_question(evidence=quoted("a Ravenna", PLACES))),
    "a sentence that is not the quotation's": (
        "key_proved",
        a_draft(question=f"{ASK}\nIl poeta aspettava ____ amica davanti alla porta della chiesa."),
    ),
    "a key that makes another sentence": ("key_proved", a_draft(key="lo")),
    "a key that the quotation does not hold": ("key_proved", a_question(key="Firenze")),
    "a key that is a part of a word": ("key_proved", a_question(key="Raven")),
    "a preposition where an article is asked for": (
        "focus",
        a_preposition(grammar_focus="articles-definite"),
    ),
    "a simple for a joined preposition": (
        "focus",
        a_draft(
            question=f"Completa con «di» + articolo.\n{BRIDGE.replace(' di ', ' ____ ')}",
            key="di",
            evidence=quoted(BRIDGE, PLACES),
            grammar_focus="prepositions-articulated",
        ),
    ),
    "a verb that the question does not name": (
        "focus",
        a_verb(question=a_verb().question.replace("aspettare", "cercare")),
    ),
    "an indicative where another mood is asked for": ("focus", a_verb(grammar_focus="verbs-mood")),
    "a verb without its tense": (
        "one_filler",
        a_verb(question=a_verb().question.replace("alla terza persona singolare dell'imperfetto indicativo", "giusto")),
    ),
    "a verb with another tense named": (
        "one_filler",
        a_verb(question=a_verb().question.replace("imperfetto indicativo", "presente indicativo")),
    ),
    "a gap with nothing asked for": ("one_filler", a_draft(question=GAPPED)),
    "an article, definite or not": ("one_filler", a_draft(question=f"Completa con l'articolo giusto.\n{GAPPED}")),
    "a joined preposition of any kind": (
        "one_filler",
        a_preposition(question=a_preposition().question.replace(": «di» + articolo determinativo", "")),
    ),
    "a question that holds its key": (
        "key_in_question",
        a_question(question="In quale città, Ravenna, morì il poeta?"),
    ),
    "a question that holds another right answer": (
        "key_in_question",
        a_question(question="Il poeta morì in terra di Romagna: dove?", accepted=("in terra di Romagna",)),
    ),
    "a distractor that is accepted": (
        "distractor_right",
        a_fact_choice(options=("Ravenna", "Firenze", "a Ravenna"), accepted=("A Ravenna.",)),
    ),
    "a distractor that the quotation holds": (
        "distractor_right",
        a_fact_choice(options=("Ravenna", "Firenze", "un lungo viaggio")),
    ),
    "a distractor that a passage has in the gap": (
        "distractor_right",
        a_choice(
            question="Scegli il nome giusto.\nIl poeta morì a ____ dopo un lungo viaggio.",
            options=("Ravenna", "Verona", "Urbino"),
            key="Ravenna",
            evidence=quoted(DEATH, PLACES),
            grammar_focus=None,
        ),
    ),
    "an article that agrees as well": (
        "distractor_right",
        a_choice(
            question=f"Scegli l'articolo giusto.\n{BRIDGE.replace(' un ', ' ____ ')}",
            options=("un", "il", "una", "lo"),
            key="un",
            evidence=quoted(BRIDGE, PLACES),
            grammar_focus="articles-indefinite",
        ),
    ),
    "a key much longer than the rest": (
        "key_length",
        a_fact_choice(
            key="a Ravenna dopo un lungo viaggio", options=("a Ravenna dopo un lungo viaggio", "A Fano", "A Bari")
        ),
    ),
    "a key much shorter than the rest": (
        "key_length",
        a_fact_choice(options=("Ravenna", "Una città della Toscana", "Un paese delle Marche")),
    ),
    "the only option with a capital": ("key_look", a_fact_choice(options=("Ravenna", "nessuno", "altrove"))),
    "the only option with a full stop": (
        "key_look",
        a_fact_choice(key="Ravenna.", options=("Ravenna.", "Firenze", "Urbino")),
    ),
    "the key always first": ("key_position", a_choice(options=("l'", "lo", "il", "la"), shuffled=False)),
    "a question that the student has": ("duplicate", a_question(question="DOVE mori il poeta")),
}
KNOWN = replace(CONTEXT, known=frozenset({fingerprint("Dove morì il poeta?")}))


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_draft_is_turned_away_at_its_gate(kind: str) -> None:
    gate, draft = BAD[kind]
    rejection = judge(draft, KNOWN if gate == "duplicate" else CONTEXT)
    assert rejection is not None
    assert rejection.gate == gate, rejection
    assert rejection.reason


def test_every_gate_turns_something_away() -> None:
    assert {gate for gate, _ in BAD.values()} == set(GATES)
    assert len(BAD) >= 30
