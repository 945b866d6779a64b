"""A judge that says what it was told to, and an exercise whose answers the rules do not settle."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from application.practice.ports import AnswerJudge, JudgedAnswer, OpenAnswer, Wording
from domain.accounts import Usage
from domain.practice import MOST_POINTS, Criterion, Exercise, ExerciseKind, Judgement
from domain.shared import StudioloError, UserId
from tests.builders_practice import an_exercise

KEY = "perché i nemici politici lo condannarono all'esilio"
PARAPHRASE = "gli avversari lo cacciarono via dalla sua città"
"""Says the same in other words: no rule can know it."""


def an_open_exercise(owner: UserId, **changes: Any) -> Exercise:
    return an_exercise(
        owner,
        **{
            "kind": ExerciseKind.SINGLE_ANSWER,
            "question": "Perché il poeta lasciò Firenze?",
            "key": KEY,
            "explanation": "Nel 1302 fu condannato all'esilio.",
            "grammar_focus": None,
            **changes,
        },
    )


def a_judgement(score: int, **changes: Any) -> Judgement:
    """So many points, given to content first."""
    points, left = {}, score
    for criterion in Criterion:
        points[criterion.value.lower()] = min(left, MOST_POINTS[criterion])
        left -= points[criterion.value.lower()]
    return Judgement(**{**points, "feedback": f"Vale {score} punti.", "confidence": 0.9, **changes})


class ScriptedJudge(AnswerJudge):
    """Gives each wording's judgement, or raises it; remembers what it was asked, and takes 700 tokens each time."""

    def __init__(
        self,
        first: Judgement | StudioloError | int = 100,
        second: Judgement | StudioloError | int | None = None,
        *,
        usage: Usage | None = Usage(tokens=700),  # noqa: B008  a value
        meanwhile: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.says: Mapping[Wording, Judgement | StudioloError | int] = {
            Wording.FIRST: first,
            Wording.SECOND: first if second is None else second,
        }
        self.asked: list[tuple[Wording, OpenAnswer]] = []
        self._usage = usage
        self._meanwhile = meanwhile

    @property
    def wordings(self) -> list[Wording]:
        return [wording for wording, _ in self.asked]

    async def judge(self, answer: OpenAnswer, *, wording: Wording) -> JudgedAnswer:
        self.asked.append((wording, answer))
        await (self._meanwhile() if self._meanwhile else asyncio.sleep(0))
        says = self.says[wording]
        if isinstance(says, StudioloError):
            raise says
        return JudgedAnswer(judgement=a_judgement(says) if isinstance(says, int) else says, usage=self._usage)
