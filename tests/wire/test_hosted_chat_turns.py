"""Whole turns with a chat model at the wire: answered with citations, cancelled at the provider, failed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from domain.chat import FailureCode, TextDelta, TurnFailed, Verdict
from tests.builders import signed_up
from tests.builders_chat import ScriptedPassages, a_passage, all_of, an_answerer, ended, failed
from tests.wire.chat_lines import Line, a_line
from tests.wire.chat_stream_server import Dialect
from tests.wire.chat_streams import Stream, cut_after, hanging_after, refused
from tests.wire.hostile_sources import INJECTIONS
from tests.wire.obedient_chat import obedient

QUESTION = "Dove nacque Garibaldi?"


@pytest.fixture(params=["mistral", "openai"])
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    dialect: Dialect = request.param
    async with a_line(dialect, obedient) as opened:
        yield opened


async def test_an_answer_is_streamed_cited_and_charged_by_the_providers_figures(line: Line) -> None:
    uow = OpenMemoryUnitOfWork(MemoryDatabase())
    user = await signed_up(uow, credits=100)
    completed = ended(await all_of(an_answerer(uow, model=line.model())(owner=user.id, message=QUESTION)))
    (citation,) = completed.message.citations
    assert citation.verdict is Verdict.VERIFIED
    assert completed.tokens_used == 790


@pytest.mark.parametrize("injection", list(INJECTIONS.values())[:5], ids=list(INJECTIONS)[:5])
async def test_orders_in_a_source_leave_the_turn_as_it_is(line: Line, injection: str) -> None:
    uow = OpenMemoryUnitOfWork(MemoryDatabase())
    user = await signed_up(uow, credits=100)
    hostile = ScriptedPassages([a_passage(a_passage().text + injection)])
    answer = an_answerer(uow, model=line.model(), find_passages=hostile)
    completed = ended(await all_of(answer(owner=user.id, message=QUESTION)))
    assert completed.message.content == "Giuseppe Garibaldi nacque a Nizza il 4 luglio 1807. [1]"


async def test_a_turn_that_is_cancelled_leaves_the_provider_within_a_second(line: Line) -> None:
    uow = OpenMemoryUnitOfWork(MemoryDatabase())
    user = await signed_up(uow, credits=100)
    line.server.answer_next(hanging_after("Garibaldi nacque "))
    answer = an_answerer(uow, model=line.model())
    turn_id = await answer.start(owner=user.id, message=QUESTION)
    followed = answer.follow(owner=user.id, turn_id=turn_id)
    async for event in followed:
        if isinstance(event, TextDelta):
            began = time.monotonic()
            assert await answer.cancel(owner=user.id, turn_id=turn_id)
            await asyncio.to_thread(line.server.wait_until_left, 1)
            assert time.monotonic() - began < 1
    assert isinstance(event, TurnFailed)
    assert event.failure.code is FailureCode.CANCELLED


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (cut_after("Garibaldi "), FailureCode.SERVICE_UNAVAILABLE),
        (refused(401), FailureCode.SERVICE_UNAVAILABLE),
        (refused(429, after=60), FailureCode.RATE_LIMITED),
    ],
    ids=["cut", "refused", "too many"],
)
async def test_a_failure_of_the_provider_is_one_of_the_turn(line: Line, stream: Stream, code: FailureCode) -> None:
    uow = OpenMemoryUnitOfWork(MemoryDatabase())
    user = await signed_up(uow, credits=100)
    line.server.answer_next(stream)
    failure = failed(await all_of(an_answerer(uow, model=line.model())(owner=user.id, message=QUESTION)))
    assert failure.failure.code is code
    assert failure.credits_charged == 0
