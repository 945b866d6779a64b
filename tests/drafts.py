"""Drafts that pass every gate, and the passages that they quote: tests change them one thing at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from domain.practice import Context, Draft, ExerciseKind, seeded_order
from domain.shared import Passage, Quotation
from tests.builders_practice import LESSON, LESSON_PASSAGE, a_draft, a_passage, a_quotation

ASK = "Completa con l'articolo determinativo giusto."
GAPPED = LESSON.replace("l'", "____ ")
DEATH = "Il poeta morì a Ravenna dopo un lungo viaggio."
BRIDGE = "Nel parco abbiamo visto un vecchio ponte di pietra sopra il fiume."
SEARCH = "Il pescatore cercava di riparare la barca prima della notte."
CITY = "La guida mostrava la città ai turisti arrivati dal mare."
SINGER = "La folla aspettava la cantante davanti al grande teatro."
MORNING = "Ogni mattina andavamo al mercato con le biciclette della zia."
HOUSE = "Nella valle le case antiche hanno finestre piccole e muri spessi."
WASH = "Il bambino si svegliava presto durante le vacanze in montagna."
SPLIT = "Il tesoro fu diviso tra i soldati della seconda compagnia."
ARROW = "La nave entrò nel porto di Ancona il 3 maggio con settanta marinai."
CREW = "La nave aveva settanta marinai e sessanta passeggeri francesi."
LAMP = "Il faro illuminava la costa per quaranta chilometri circa."
WHARF = "Il mercante aspettava sul molo di Chioggia una lettera."
BRIDGE_OF_CHIOGGIA = "La figlia aspettava sul ponte di Chioggia un segno."
DUTY = "I marinai devono partire prima della notte."
WISH = "Il nonno voleva che la nipote scrivesse una lunga lettera."
DREAM = "La maestra sarebbe contenta di una gita al lago."
DYKE = "Un argine è un muro di terra contro le piene."
LATE = "Ieri mattina Marco cantava sotto il balcone della vicina."
FILMS = "Nel cortile guardavamo i film muti del secolo passato."
SEIZURE = "Dopo la conquista del colle i soldati tornarono al campo."
ISLAND = "La pianura è una zona fertile e i contadini coltivano il riso."
PLACES = a_passage(
    " ".join(
        (
            f"Ravenna è una città antica. {DEATH} Il poeta morì a Verona dopo un lungo viaggio, scrisse un cronista.",
            BRIDGE,
            SEARCH,
            CITY,
            SINGER,
            MORNING,
            HOUSE,
            WASH,
            SPLIT,
            ARROW,
            CREW,
            LAMP,
            WHARF,
            BRIDGE_OF_CHIOGGIA,
            DUTY,
            WISH,
            DREAM,
            DYKE,
            LATE,
            FILMS,
            SEIZURE,
            ISLAND,
        )
    ),
    number=2,
)
ENGLISH = a_passage(
    "The old harbour of Bristol was built in 1809 by a local engineer. It is still in use.", number=3, language="en"
)
PAST = "Il ponte vecchio fu costruito nel 1345 da un architetto fiorentino."
OTHERS = a_passage(
    f"{PAST} Nel 1333 una piena distrusse il ponte di legno. Il ponte vecchio fu restaurato nel 1966.", number=4
)
CONTEXT = Context(passages=(LESSON_PASSAGE, PLACES, ENGLISH, OTHERS))


def quoted(words: str, passage: Passage = LESSON_PASSAGE, **changes: Any) -> Quotation:
    return replace(a_quotation(passage, words), **changes)


def a_gap(sentence: str, key: str, ask: str, **changes: Any) -> Draft:
    """A gap where the key first stands in a sentence of the places, with spaces around it."""
    gapped = f" {sentence}".replace(f" {key} ", " ____ ", 1).strip()
    return a_draft(
        **{
            "question": f"{ask}\n{gapped}" if ask else gapped,
            "key": key,
            "explanation": f"La parola giusta è «{key}».",
            "evidence": quoted(sentence, PLACES),
            "grammar_focus": None,
            **changes,
        }
    )


def a_gap_to_choose(sentence: str, key: str, ask: str, *wrong: str, **changes: Any) -> Draft:
    draft = a_gap(sentence, key, ask, kind=ExerciseKind.MULTIPLE_CHOICE, **changes)
    return replace(draft, options=seeded_order(draft.question, (key, *wrong)))


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
            "explanation": "Il testo dice che il poeta morì a Ravenna.",
            "evidence": a_quotation(PLACES, DEATH),
            "grammar_focus": None,
            **changes,
        }
    )


def a_fact_choice(**changes: Any) -> Draft:
    question = changes.pop("question", "Dove morì il poeta?")
    options = seeded_order(question, changes.pop("options", ("Ravenna", "Firenze", "Urbino")))
    return a_question(kind=ExerciseKind.MULTIPLE_CHOICE, question=question, options=options, **changes)


def a_year(**changes: Any) -> Draft:
    """A choice of years that passes every gate."""
    return a_fact_choice(
        **{
            "question": "In quale anno fu costruito il ponte vecchio?",
            "key": "1345",
            "options": ("1345", "1412", "1298", "1504"),
            "explanation": "Il ponte vecchio fu costruito nel 1345.",
            "evidence": quoted(PAST, OTHERS),
            **changes,
        }
    )


VERB = "Completa con il verbo «aspettare» alla terza persona singolare dell'imperfetto indicativo."


def a_verb(**changes: Any) -> Draft:
    """A verb to fill in that passes every gate."""
    return a_draft(
        **{
            "question": f"{VERB}\nIl poeta ____ l'amico davanti alla porta della chiesa.",
            "key": "aspettava",
            "explanation": "«aspettava» è la terza persona singolare dell'imperfetto di «aspettare».",
            "grammar_focus": "verbs-tense",
            **changes,
        }
    )


def a_verb_choice(*wrong: str, **changes: Any) -> Draft:
    draft = a_verb(kind=ExerciseKind.MULTIPLE_CHOICE, **changes)
    return replace(draft, options=seeded_order(draft.question, (draft.key, *wrong)))


def a_joined(**changes: Any) -> Draft:
    """A preposition with its article, that passes every gate."""
    return a_draft(
        **{
            "question": "Completa con la preposizione articolata giusta: «di» + articolo determinativo.\n"
            "Il poeta aspettava l'amico davanti alla porta ____ chiesa.",
            "key": "della",
            "explanation": "«di» + «la» diventa «della».",
            "grammar_focus": "prepositions-articulated",
            **changes,
        }
    )


def a_preposition(**changes: Any) -> Draft:
    """A simple preposition that passes every gate."""
    ask = "Completa con la preposizione semplice giusta."
    why = "Davanti all'infinito il verbo «cercare» vuole la preposizione «di»."
    return a_gap(SEARCH, "di", ask, **{"explanation": why, "grammar_focus": "prepositions-simple", **changes})


def in_english(**changes: Any) -> Draft:
    """A question in English on the English passage that passes every gate."""
    return a_question(
        **{
            "language": "en",
            "question": "When was the old harbour of Bristol built?",
            "key": "1809",
            "explanation": "The harbour was built in 1809.",
            "evidence": quoted("The old harbour of Bristol was built in 1809 by a local engineer.", ENGLISH),
            **changes,
        }
    )


PRONOUN = "Completa con il pronome riflessivo giusto del verbo «svegliarsi»."
