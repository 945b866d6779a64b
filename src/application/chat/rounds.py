"""The rounds of a turn: the model is asked, its calls are done, and it is asked again with what they came to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

from application.accounts import HoldCredits
from application.chat.answering import Answering
from application.chat.asking import ANSWER_TOKENS, LAST_WORDS, Admitted
from application.chat.coalescing import coalesced
from application.chat.metered_model import MeteredChatModel, tokens_to_read
from application.chat.ports import ChatTask, ToolCall
from application.chat.tools import CALLS_LIMIT, OUT_OF_CREDITS, TOO_MANY_CALLS, Errand, Toolbox
from domain.accounts import TOKENS_PER_CREDIT, Hold, InsufficientCredits, cost_of_tokens
from domain.chat import ChatEvent, ToolCallStarted

_RESULT_TOKENS: Final = 1_500
"""What a call's result takes, about."""
_FEWEST_TOKENS: Final = 100
"""Of the last words, whatever was left for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskInRounds:
    """A round is paid before it begins: the hold covers what the model will read and say next, and the end of its
    answer besides. When credits do not suffice, calls are answered so, and it ends within what is held.

    Words that come within `frame` seconds make one delta.
    """

    model: MeteredChatModel
    tools: Toolbox
    hold: HoldCredits
    frame: float

    async def __call__(
        self, admitted: Admitted, answering: Answering, hold: Hold, *, with_tools: bool
    ) -> AsyncGenerator[ChatEvent, None]:
        """Events. Errors: Unavailable, RateLimited, of the model. Closed in mid-round, it stops the tools."""
        errand = Errand(
            owner=admitted.question.owner,
            scope=admitted.scope,
            document_id=admitted.document_id,
            passages=admitted.effort.passages,
        )
        task = ChatTask(
            question=admitted.question.text,
            passages=answering.passages,
            history=admitted.history,
            tools=self.tools.offers(errand) if with_tools else (),
        )
        rounds_left = admitted.effort.rounds
        while True:
            async with aclosing(self._ask(task, answering)) as events:
                async for event in events:
                    yield event
            calls = tuple(answering.calls)
            if not calls or not task.tools:
                return
            grown = await self._grown(hold, task, answering, more=min(len(calls), CALLS_LIMIT) * _RESULT_TOKENS)
            async with aclosing(self._call(calls, errand, answering, is_paid=grown is not None)) as events:
                async for event in events:
                    yield event
            rounds_left -= 1
            task = replace(task, passages=answering.passages, rounds=answering.rounds)
            if grown is not None:
                hold = grown
                grown = await self._grown(hold, task, answering)  # now that it is known what there is to read
            if grown is None:
                task = replace(task, tools=())
                task = replace(task, most_tokens=_what_is_left(hold, task, answering))
            else:
                hold = grown
                task = task if rounds_left else replace(task, tools=())

    async def _ask(self, task: ChatTask, answering: Answering) -> AsyncGenerator[ChatEvent, None]:
        async with aclosing(coalesced(self.model.answer(task), self.frame)) as frames:
            async for pieces in frames:
                for event in answering.take(pieces):
                    yield event
        for event in answering.finish():
            yield event

    async def _grown(self, hold: Hold, task: ChatTask, answering: Answering, *, more: int = 0) -> Hold | None:
        """The hold, large enough to read the task and so many tokens more; None when credits do not suffice for it."""
        read = tokens_to_read(task) + more
        tokens = answering.usage.tokens + read + ANSWER_TOKENS + read + LAST_WORDS
        try:
            return await self.hold.grow(hold, to=cost_of_tokens(tokens))
        except InsufficientCredits:
            return None

    async def _call(
        self, calls: Sequence[ToolCall], errand: Errand, answering: Answering, *, is_paid: bool
    ) -> AsyncGenerator[ChatEvent, None]:
        """All together. Ends are told as they come; results are in the order of the calls."""
        begun: list[ToolCallStarted] = []
        for call in calls:
            begun.append(answering.begun(call))
            yield begun[-1]
        most, why = (CALLS_LIMIT, TOO_MANY_CALLS) if is_paid else (0, OUT_OF_CREDITS)
        outcomes = {place: self.tools.refuse(calls[place], errand, why) for place in range(most, len(calls))}
        for place, outcome in outcomes.items():
            yield answering.ended(begun[place], outcome)
        places = {
            asyncio.create_task(self.tools(call, errand)): place
            for place, call in enumerate(calls)
            if place not in outcomes
        }
        waiting = set(places)
        try:
            while waiting:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in sorted(done, key=places.__getitem__):
                    outcomes[places[task]] = task.result()
                    yield answering.ended(begun[places[task]], task.result())
        finally:
            for task in waiting:
                task.cancel()
            if waiting:
                await asyncio.wait(waiting)
        answering.close_round([outcomes[place] for place in range(len(calls))])


def _what_is_left(hold: Hold, task: ChatTask, answering: Answering) -> int:
    """Tokens of the hold that are not used, and will not be read."""
    left = hold.amount * TOKENS_PER_CREDIT - answering.usage.tokens - tokens_to_read(task)
    return max(_FEWEST_TOKENS, left)
