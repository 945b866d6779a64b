"""Rounds of tools in a turn, on every store: their order, their limits, and how they end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import pytest

from application.chat import Done
from application.chat.asking import EFFORTS
from application.chat.ports import Piece
from domain.accounts import ResearchDepth, Usage
from domain.chat import (
    ChatEvent,
    CitationAdded,
    FailureCode,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
)
from tests.builders import signed_up
from tests.builders_chat import (
    Books,
    ScriptedModel,
    ScriptedPassages,
    a_passage,
    all_of,
    an_answerer,
    ended,
    failed,
)
from tests.builders_tools import ScriptedSearch, ScriptedTool, a_call, a_toolbox, finished, results
from tests.contracts.conftest import Store

QUESTION = "Dove nacque Garibaldi?"
THE_PO = "Il Po nasce dal Monviso e sfocia nell'Adriatico."


class TestARound:
    async def test_is_told_between_the_words_before_it_and_those_after(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        model = ScriptedModel(
            ["Guardo meglio. ", a_call("querySources", query="il Po"), Usage(tokens=1_100)],
            then=[[f"{THE_PO} [2]", Usage(tokens=1_500)]],
        )
        tools = a_toolbox(store.uow, books.credits, find_passages=ScriptedPassages([a_passage(THE_PO)]))
        answer = an_answerer(store.uow, model=model, tools=tools)
        events = await all_of(answer(owner=user.id, message=QUESTION))
        assert [type(event) for event in events] == [
            TurnStarted,
            TextDelta,
            ToolCallStarted,
            ToolCallFinished,
            TextDelta,
            CitationAdded,
            TurnCompleted,
        ]
        assert [event.seq for event in events] == list(range(1, 8))
        started = events[2]
        assert isinstance(started, ToolCallStarted)
        assert (started.call_id, started.tool, started.arguments) == ("1", "querySources", '{"query": "il Po"}')
        text = "".join(event.text for event in events if isinstance(event, TextDelta))
        assert text == ended(events).message.content == f"Guardo meglio. \n\n{THE_PO} [2]"
        assert (ended(events).tokens_used, ended(events).credits_charged, ended(events).balance) == (2_600, 3, 97)
        assert await books.balance(user.id) == (97, 0)
        (past,) = model.tasks[1].rounds
        assert past.said == "Guardo meglio. "

    async def test_is_told_again_event_by_event_long_after_the_end(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow)
        call = a_call("querySources", query="«è»\x00 😀", number=2**70)
        model = ScriptedModel(["Uno.", call, a_call("checkCredits")], then=[["Due. [1]", a_call("x")], ["Tre."]])
        answer = an_answerer(store.uow, model=model, tools=a_toolbox(store.uow, books.credits))
        turn_id = await answer.start(owner=user.id, message=QUESTION)
        live = await all_of(answer.follow(owner=user.id, turn_id=turn_id))
        later = an_answerer(store.uow)  # another process, whose log has nothing
        for after in range(len(live)):
            again = await all_of(later.follow(owner=user.id, turn_id=turn_id, after_seq=after))
            assert [event.seq for event in again] == [event.seq for event in live[after:]]
            for told, was in zip(again, live[after:], strict=True):
                if isinstance(was, TextDelta | ToolCallStarted | ToolCallFinished):
                    assert told == was
        assert {type(event) for event in live} >= {ToolCallStarted, ToolCallFinished}

    async def test_does_its_calls_together_and_tells_results_in_their_order(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow)
        slow = ScriptedTool("slow", waits=True)
        tools = a_toolbox(store.uow, books.credits, more=[slow, ScriptedTool("quick")])
        model = ScriptedModel([a_call("slow"), a_call("quick")], then=[["Fatto."]])
        events: list[ChatEvent] = []
        async for event in an_answerer(store.uow, model=model, tools=tools)(owner=user.id, message=QUESTION):
            events.append(event)
            if isinstance(event, ToolCallFinished):
                slow.go_on.set()
        assert [event.tool for event in finished(events)] == ["quick", "slow"]
        assert [event.call_id for event in finished(events)] == ["2", "1"]
        assert [result.call.name for result in model.tasks[1].rounds[0].results] == ["slow", "quick"]

    async def test_has_eight_calls_that_are_done(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow)
        tool = ScriptedTool()
        tools = a_toolbox(store.uow, books.credits, more=[tool])
        model = ScriptedModel([a_call("try") for _ in range(11)], then=[["Fatto."]])
        events = await all_of(an_answerer(store.uow, model=model, tools=tools)(owner=user.id, message=QUESTION))
        assert tool.begun == 8
        assert [told["ok"] for told in results(model)] == [True] * 8 + [False] * 3
        assert results(model)[-1]["error"]["retryable"]
        assert len(finished(events)) == 11

    @pytest.mark.parametrize("depth", list(ResearchDepth))
    async def test_follows_another_so_often_and_then_the_model_must_answer(
        self, store: Store, books: Books, depth: ResearchDepth
    ) -> None:
        user = await signed_up(store.uow)
        call: Sequence[Piece | Exception] = [a_call("checkCredits")]
        model = ScriptedModel(call, then=[call] * 20)
        tools = a_toolbox(store.uow, books.credits)
        answer = an_answerer(store.uow, model=model, tools=tools)
        failure = failed(await all_of(answer(owner=user.id, message=QUESTION, depth=depth)))
        assert failure.failure.code is FailureCode.SERVICE_UNAVAILABLE  # it never said a word
        rounds = EFFORTS[depth].rounds
        assert [bool(task.tools) for task in model.tasks] == [True] * rounds + [False]
        assert rounds <= 8
        assert await books.balance(user.id) == (10_000, 0)

    async def test_passages_are_as_many_as_the_depth_that_is_asked_for_or_preferred(
        self, store: Store, books: Books
    ) -> None:
        user = await signed_up(store.uow)
        async with store.uow(user.id) as uow:
            deep = user.preferences.changed(research_depth=ResearchDepth.DEEP)
            await uow.users.save(user.preferring(deep))
            await uow.commit()
        found = ScriptedPassages([a_passage() for _ in range(20)])
        model = ScriptedModel([a_call("querySources", query="x")], then=[["Sì."]])
        tools = a_toolbox(store.uow, books.credits, find_passages=ScriptedPassages([a_passage() for _ in range(20)]))
        answer = an_answerer(store.uow, model=model, tools=tools, find_passages=found)
        await all_of(answer(owner=user.id, message=QUESTION))
        await all_of(answer(owner=user.id, message=QUESTION, depth=ResearchDepth.QUICK))
        assert [len(task.passages) for task in model.tasks] == [12, 24, 6, 12]

    async def test_marks_of_passages_that_the_model_had_not_seen_cite_nothing(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow)
        model = ScriptedModel([f"{THE_PO} [2]", a_call("querySources", query="x")], then=[["Ecco."]])
        tools = a_toolbox(store.uow, books.credits, find_passages=ScriptedPassages([a_passage(THE_PO)]))
        events = await all_of(an_answerer(store.uow, model=model, tools=tools)(owner=user.id, message=QUESTION))
        assert not any(isinstance(event, CitationAdded) for event in events)

    async def test_of_a_model_that_was_offered_nothing_is_no_round(self, store: Store) -> None:
        user = await signed_up(store.uow)
        model = ScriptedModel(["Sì.", a_call("checkCredits")])
        events = await all_of(an_answerer(store.uow, model=model)(owner=user.id, message=QUESTION))
        assert ended(events).message.content == "Sì."
        assert len(model.tasks) == 1


class TestATool:
    async def test_that_hangs_is_stopped_and_may_be_tried_again(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow)
        tool = ScriptedTool(waits=True)
        tools = a_toolbox(store.uow, books.credits, more=[tool], deadline=0.01)
        model = ScriptedModel([a_call("try")], then=[["Pazienza."]])
        events = await all_of(an_answerer(store.uow, model=model, tools=tools)(owner=user.id, message=QUESTION))
        assert tool.cancelled
        (told,) = results(model)
        assert (told["error"]["code"], told["error"]["retryable"]) == ("SERVICE_UNAVAILABLE", True)
        assert ended(events).message.content == "Pazienza."

    async def test_that_fails_by_a_fault_of_ours_tells_it_to_the_log_alone(
        self, store: Store, books: Books, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fault(_: Any) -> Done:
            raise RuntimeError("password=hunter2")

        user = await signed_up(store.uow)
        tools = a_toolbox(store.uow, books.credits, more=[ScriptedTool(does=fault)])
        model = ScriptedModel([a_call("try"), a_call("checkCredits")], then=[["Pazienza."]])
        events = await all_of(an_answerer(store.uow, model=model, tools=tools)(owner=user.id, message=QUESTION))
        told, other = results(model)
        assert told["error"] == {
            "code": "INTERNAL",
            "message": "Something went wrong on our side.",
            "retryable": False,
        }
        assert other["ok"]
        assert "hunter2" not in str(events)
        assert "hunter2" in caplog.text
        assert ended(events).message.content == "Pazienza."

    async def test_call_is_told_to_the_log(self, store: Store, books: Books, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "application.chat.tools")
        user = await signed_up(store.uow)
        tools = a_toolbox(store.uow, books.credits)
        calls = [a_call("checkCredits"), a_call("querySources", query="segreto"), *(a_call("no") for _ in range(7))]
        model = ScriptedModel(calls)
        await all_of(an_answerer(store.uow, model=model, tools=tools)(owner=user.id, message=QUESTION))
        told = [record.__dict__ for record in caplog.records if record.message == "tool call"]
        assert sorted((call["tool"], call["user_id"], call["ok"]) for call in told) == [
            ("checkCredits", str(user.id), True),
            *[("no", str(user.id), False)] * 7,
            ("querySources", str(user.id), True),
        ]
        assert {call["failure"] for call in told} == {None, "NOT_FOUND", "RATE_LIMITED"}
        assert all(call["duration_ms"] >= 0 for call in told)
        assert "segreto" not in str(told)


class TestATurnThatIsStoppedWhileToolsRun:
    async def test_stops_them_and_charges_what_was_done(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        tool = ScriptedTool(waits=True)
        tools = a_toolbox(store.uow, books.credits, web=ScriptedSearch(), more=[tool])
        model = ScriptedModel(
            [a_call("webSearch", query="x"), a_call("try"), Usage(tokens=1_500)], then=[["Mai detto."]]
        )
        answer = an_answerer(store.uow, model=model, tools=tools)
        turn_id = await answer.start(owner=user.id, message=QUESTION)
        async for event in answer.follow(owner=user.id, turn_id=turn_id):
            if isinstance(event, ToolCallFinished):
                await tool.waiting.wait()
                assert await answer.cancel(owner=user.id, turn_id=turn_id)
            if isinstance(event, TurnFailed):
                assert (event.failure.code, event.credits_charged) == (FailureCode.CANCELLED, 2)
        await answer.until_idle()
        assert tool.cancelled
        assert len(model.tasks) == 1
        assert await books.balance(user.id) == (97, 0)  # two for the model, one for the search, which stays done
        assert await books.total(user.id) == 97

    async def test_leaves_nothing_held_in_the_middle_of_a_search(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        asked, never = asyncio.Event(), asyncio.Event()

        class Hanging(ScriptedSearch):
            async def search(self, *, query: str, limit: int) -> Any:
                asked.set()
                await never.wait()

        tools = a_toolbox(store.uow, books.credits, web=Hanging())
        answer = an_answerer(store.uow, model=ScriptedModel([a_call("webSearch", query="x")]), tools=tools)
        turn_id = await answer.start(owner=user.id, message=QUESTION)
        await asked.wait()
        assert await answer.cancel(owner=user.id, turn_id=turn_id)
        failed(await all_of(answer.follow(owner=user.id, turn_id=turn_id)))
        await answer.until_idle()
        credits, held = await books.balance(user.id)
        assert (credits, held) == (await books.total(user.id), 0)

    async def test_gives_back_a_hold_that_has_grown_when_its_process_is_taken_for_dead(
        self, store: Store, books: Books
    ) -> None:
        user = await signed_up(store.uow, credits=100)
        tool = ScriptedTool(waits=True)
        tools = a_toolbox(store.uow, books.credits, more=[tool])
        model = ScriptedModel([a_call("try"), Usage(tokens=20_000)], then=[["Troppo tardi."]])
        answer = an_answerer(store.uow, model=model, tools=tools)
        turn_id = await answer.start(owner=user.id, message=QUESTION)
        await tool.waiting.wait()
        assert (await books.balance(user.id))[1] > 20
        await answer.follow.end_lost(owner=user.id, turn_id=turn_id)
        assert await books.balance(user.id) == (100, 0)
        tool.go_on.set()
        await answer.until_idle()
        assert await books.balance(user.id) == (100, 0)
        assert await books.total(user.id) == 100
