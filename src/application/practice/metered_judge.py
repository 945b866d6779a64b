"""A judge of open answers whose work is always metered: by its own figures, by our estimate where it gives none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from logging import getLogger

from application.accounts import settle
from application.practice.ports import AnswerJudge, OpenAnswer, UnitOfWork, Wording
from domain.accounts import CreditEntry, Hold, Usage, cost_of_tokens
from domain.practice import Exercise, Judgement, combined, needs_second
from domain.shared import StudioloError, estimate_tokens

INSTRUCTION_TOKENS = 1_500
"""What a judge is told besides the answer, and what it says: about so many tokens each time."""

_log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MeteredAnswerJudge:
    """The same judgements, and what they took. Figures of nothing for a judgement that was given are none."""

    judge: AnswerJudge

    async def one(self, answer: OpenAnswer, *, wording: Wording) -> tuple[Judgement, Usage]:
        """As AnswerJudge. Errors: Unavailable, RateLimited."""
        judged = await self.judge.judge(answer, wording=wording)
        if judged.usage is not None and judged.usage.tokens:
            return judged.judgement, judged.usage
        return judged.judgement, Usage(tokens=_tokens(answer), estimated=True)

    async def first(self, answer: OpenAnswer) -> tuple[Judgement, Usage]:
        """The first judge's opinion, and where that alone does not decide, the second's with it.

        A second judge who cannot be reached takes nothing from the first. Errors: Unavailable, RateLimited.
        """
        first, usage = await self.one(answer, wording=Wording.FIRST)
        if not needs_second(first):
            return first, usage
        try:
            second, more = await self.one(answer, wording=Wording.SECOND)
        except StudioloError as error:
            _log.warning("second judge not heard", extra={"reason": error.message})
            return first, usage
        return combined(first, second), usage + more


@dataclass(frozen=True, slots=True)
class Bill:
    """What judges took, and the hold that it is settled from. Not settled, it is never charged."""

    hold: Hold
    usage: Usage

    async def settled(self, uow: UnitOfWork, *, at: datetime) -> CreditEntry:
        """Charged inside the transaction that stores what was paid for: the line of the ledger."""
        return await settle(
            uow,
            owner=self.hold.owner,
            hold=self.hold,
            cost=self.usage.cost,
            tokens_used=self.usage.tokens,
            estimated=self.usage.estimated,
            at=at,
        )


def open_answer(exercise: Exercise, answer: str) -> OpenAnswer:
    """What a judge is shown. A user's reasons for an appeal are not in it: the answer is judged, not the plea."""
    return OpenAnswer(
        language=exercise.language,
        question=exercise.question,
        key=exercise.key,
        accepted=exercise.accepted,
        evidence=exercise.evidence.quote,
        answer=answer,
    )


def judging_credits(answer: OpenAnswer, *, judges: int) -> int:
    """What is held for so many judges; they will hardly cost more."""
    return cost_of_tokens(judges * _tokens(answer))


def _tokens(answer: OpenAnswer) -> int:
    texts = (answer.question, answer.key, answer.evidence, answer.answer, *answer.accepted)
    return INSTRUCTION_TOKENS + sum(map(estimate_tokens, texts))
