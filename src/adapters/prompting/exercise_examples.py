"""Exercises to show a model what is wanted. The passage is ours; every example passes the gates."""

from __future__ import annotations

import json
from typing import Final

from adapters.prompting.drafts import WrittenExercise
from domain.practice import ExerciseKind

EXAMPLE_PASSAGE: Final = (
    "Il faro di Capo Sella fu acceso per la prima volta nel 1874. Ogni sera il guardiano saliva i duecento gradini "
    "della torre e accendeva la lampada. Da lassù il vecchio marinaio vedeva le barche che tornavano dalla pesca."
)

EXAMPLE_EXERCISES: Final = (
    WrittenExercise(
        kind="FILL_GAP",
        passage=1,
        quote="Ogni sera il guardiano saliva i duecento gradini della torre e accendeva la lampada.",
        ask="Completa con il verbo «salire» alla terza persona singolare dell'imperfetto indicativo.",
        sentence="Ogni sera il guardiano ____ i duecento gradini della torre e accendeva la lampada.",
        answer="saliva",
        accepted=[],
        distractors=[],
        explanation="«Ogni sera» indica un'azione abituale nel passato, quindi ci vuole l'imperfetto: «saliva».",
        focus="verbs-tense",
    ),
    WrittenExercise(
        kind="MULTIPLE_CHOICE",
        passage=1,
        quote="Da lassù il vecchio marinaio vedeva le barche che tornavano dalla pesca.",
        ask="Scegli la parola giusta secondo il testo.",
        sentence="Da lassù il vecchio marinaio vedeva le ____ che tornavano dalla pesca.",
        answer="barche",
        accepted=[],
        distractors=["reti", "donne", "onde"],
        explanation="Il testo dice che dalla pesca tornavano le barche.",
        focus="",
    ),
    WrittenExercise(
        kind="SINGLE_ANSWER",
        passage=1,
        quote="Il faro di Capo Sella fu acceso per la prima volta nel 1874.",
        ask="In che anno fu acceso per la prima volta il faro di Capo Sella?",
        sentence="",
        answer="1874",
        accepted=["nel 1874"],
        distractors=[],
        explanation="Secondo il testo, il faro di Capo Sella fu acceso per la prima volta nel 1874.",
        focus="",
    ),
)

EXAMPLES: Final = {
    ExerciseKind(one.kind): (json.dumps(one.model_dump(), ensure_ascii=False)) for one in EXAMPLE_EXERCISES
}
