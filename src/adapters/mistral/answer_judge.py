"""Open answers that Mistral judges."""

from __future__ import annotations

from adapters.mistral.structured import MistralStructuredModel
from adapters.prompting import judgement_prompt
from application.practice.ports import AnswerJudge, JudgedAnswer, OpenAnswer, Wording


class MistralAnswerJudge(AnswerJudge):
    """One request for a judgement; the student's text is data in it."""

    def __init__(self, model: MistralStructuredModel) -> None:
        self._model = model

    async def judge(self, answer: OpenAnswer, *, wording: Wording) -> JudgedAnswer:
        judged = await self._model.ask(judgement_prompt(answer, wording=wording))
        return JudgedAnswer(judgement=judged.value, usage=judged.usage)
