"""A lesson that scripted writers can quote, and what they write of it."""

from __future__ import annotations

from typing import Any

from application.practice import GeneratedExercises
from domain.practice import Difficulty, Draft, ExerciseKind
from domain.shared import Passage
from tests.builders_library import a_stored_source
from tests.builders_practice import LESSON, a_draft, a_quotation
from tests.classroom import Classroom
from tests.desk import OWNER

SENTENCES = (
    LESSON,
    "La ragazza salutava l'uomo vicino alla fontana del paese.",
    "Il nonno comprava l'olio ogni anno nello stesso mercato.",
    "La zia cercava l'ombrello nuovo nella casa della nonna.",
    "Il maestro leggeva l'articolo davanti alla classe attenta.",
    "Il medico curava l'orecchio del bambino con molta pazienza.",
)
FACT = "Il vecchio ponte di pietra fu costruito nel 1532 sopra il fiume."


async def generated(room: Classroom, **wanted: Any) -> GeneratedExercises:
    return await room.practice.generate_exercises(owner=OWNER, **{"difficulty": Difficulty.BEGINNER, **wanted})


async def lesson(room: Classroom) -> Passage:
    """A source of one chunk, which scripted drafts can quote."""
    _, (chunk,) = await a_stored_source(room.desk.uow, OWNER, contents=[" ".join((*SENTENCES, FACT))])
    return chunk.as_passage(language="it")


def drafts_from(passage: Passage, *sentences: str, **changes: Any) -> list[Draft]:
    """Good drafts from the lesson, one for each of these sentences."""
    ask = "Completa con l'articolo determinativo giusto."
    return [
        a_draft(
            question=f"{ask}\n{sentence.replace(chr(108) + chr(39), '____ ', 1)}",
            evidence=a_quotation(passage, sentence),
            **changes,
        )
        for sentence in sentences
    ]


def a_fact(passage: Passage, **changes: Any) -> Draft:
    """A good question on what the lesson says."""
    return a_draft(
        **{
            "kind": ExerciseKind.SINGLE_ANSWER,
            "question": "In quale anno fu costruito il ponte di pietra?",
            "key": "1532",
            "explanation": "Il testo dice che il ponte fu costruito nel 1532.",
            "evidence": a_quotation(passage, FACT),
            "grammar_focus": None,
            **changes,
        }
    )


async def balance(room: Classroom) -> tuple[int, int]:
    account = await room.credits.account(owner=OWNER)
    return account.credits, account.held
