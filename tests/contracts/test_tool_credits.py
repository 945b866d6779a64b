"""What tools cost in a turn, on every store: holds that grow, credits that run out, a ledger that is right."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.memory.accounts import MemoryCreditReader
from adapters.memory.chat import MemoryConversationReader, MemoryMessageReader
from adapters.memory.database import MemoryDatabase
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from application.chat import Done
from application.chat.asking import estimated_credits
from application.chat.ports import ToolCall
from application.shared import Window
from domain.accounts import CreditOperation, Usage
from domain.chat import (
    ChatEvent,
    FailureCode,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
)
from domain.shared import Unavailable
from tests.builders import signed_up
from tests.builders_chat import (
    Books,
    ScriptedModel,
    a_passage,
    all_of,
    an_answerer,
    begun,
    ended,
)
from tests.builders_tools import ScriptedSearch, ScriptedTool, a_call, a_toolbox, finished, results
from tests.contracts.conftest import Store

QUESTION = "Dove nacque Garibaldi?"


class TestCreditsThatRunOut:
    async def test_before_a_round_let_the_model_end_within_what_is_held(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=9)
        tool = ScriptedTool()
        model = ScriptedModel(
            ["Cerco. ", a_call("try"), Usage(tokens=5_000)], then=[["Non ho più crediti.", Usage(tokens=1_800)]]
        )
        tools = a_toolbox(store.uow, books.credits, more=[tool])
        answer = an_answerer(store.uow, model=model, tools=tools)
        events = await all_of(answer(owner=user.id, message=QUESTION))
        assert tool.begun == 0
        assert results(model)[0]["error"]["code"] == "INSUFFICIENT_CREDITS"
        assert finished(events)[0].failure is FailureCode.INSUFFICIENT_CREDITS
        last = model.tasks[-1]
        assert last.tools == ()
        assert last.most_tokens is not None
        assert 100 <= last.most_tokens < 3_000
        completed = ended(events)
        assert (completed.out_of_credits, completed.credits_charged, completed.balance) == (True, 7, 2)
        assert completed.message.content == "Cerco. \n\nNon ho più crediti."
        assert await books.balance(user.id) == (2, 0)
        again = ended(await all_of(an_answerer(store.uow).follow(owner=user.id, turn_id=completed.turn_id)))
        assert again.out_of_credits

    async def test_refuse_a_paid_tool_and_no_other(self, store: Store, books: Books) -> None:
        """All credits that are left are held for the answer itself."""
        user = await signed_up(store.uow, credits=10_000)
        web = ScriptedSearch()
        model = ScriptedModel([a_call("webSearch", query="x"), a_call("checkCredits")], then=[["Non so."]])
        tools = a_toolbox(store.uow, books.credits, web=web)

        async def spend_the_rest(hold: Any) -> None:
            async with store.uow(user.id) as uow:
                account = await uow.credits.lock(owner=user.id)
                account, grown = account.grow(
                    await uow.credits.hold(owner=user.id, id=hold.id), to=10_000, until=hold.expires_at
                )
                await uow.credits.save(account, hold=grown)
                await uow.commit()

        answer = an_answerer(store.uow, model=model, tools=tools)
        events: list[Any] = []
        async for event in answer(owner=user.id, message=QUESTION):
            events.append(event)
            if isinstance(event, TurnStarted):
                (hold,) = await books.credits.holds(owner=user.id)
                await spend_the_rest(hold)
        refused, told = results(model)
        assert (refused["error"]["code"], refused["error"]["retryable"]) == ("INSUFFICIENT_CREDITS", False)
        assert told["ok"]
        assert web.asked == []
        assert ended(events).out_of_credits
        assert await books.balance(user.id) == (await books.total(user.id), 0)

    async def test_before_they_suffice_for_tools_answer_without_any(self, store: Store, books: Books) -> None:
        enough = estimated_credits(QUESTION)
        user = await signed_up(store.uow, credits=enough)
        model = ScriptedModel(["Sì."])
        answer = an_answerer(store.uow, model=model, tools=a_toolbox(store.uow, books.credits))
        completed = ended(await all_of(answer(owner=user.id, message=QUESTION)))
        assert [task.tools for task in model.tasks] == [()]
        assert not completed.out_of_credits

    async def test_a_hold_grows_with_what_there_is_to_read_and_is_given_back(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=1_000)

        def note(_: Any) -> Done:
            return Done(summary="x", told={"text": "x" * 20_000})

        tools = a_toolbox(store.uow, books.credits, more=[ScriptedTool(does=note)])
        call = [a_call("try")]
        model = ScriptedModel(call, then=[call, ["Ecco."]])
        answer = an_answerer(store.uow, model=model, tools=tools)
        held = [
            (await books.balance(user.id))[1]
            async for event in answer(owner=user.id, message=QUESTION)
            if isinstance(event, TurnStarted | ToolCallFinished)
        ]
        assert len(held) == 3
        assert held == sorted(held)
        assert held[-1] > held[0] + 10
        assert await books.balance(user.id) == (await books.total(user.id), 0)


def _a_script() -> st.SearchStrategy[list[list[Any]]]:
    call = st.sampled_from(["try", "checkCredits", "webSearch", "querySources", "unknown", "malformed"])
    piece = st.one_of(
        st.sampled_from(["Parole. ", "Garibaldi nacque a Nizza. [1] ", " "]),
        call,
        st.integers(0, 4_000).map(lambda tokens: Usage(tokens=tokens)),
        st.just(Unavailable("The model is down.")),
    )
    return st.lists(st.lists(piece, max_size=6), min_size=1, max_size=5)


def _call(name: str) -> ToolCall:
    if name == "malformed":
        return ToolCall(id="m", name="webSearch", arguments="{")
    return a_call(name, **({"query": "x"} if name in {"webSearch", "querySources"} else {}))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(
    script=_a_script(),
    credits=st.integers(5, 60),
    web_fails=st.booleans(),
    tool_fails=st.booleans(),
    cancelled_after=st.none() | st.integers(1, 12),
)
def test_whatever_is_called_and_fails_the_ledger_is_right_and_nothing_stays_held(
    script: list[list[Any]], credits: int, web_fails: bool, tool_fails: bool, cancelled_after: int | None
) -> None:
    async def turn() -> None:
        database = MemoryDatabase()
        uow, reader = OpenMemoryUnitOfWork(database), MemoryCreditReader(database)
        books = Books(reader, MemoryConversationReader(database), MemoryMessageReader(database))
        user = await signed_up(uow, credits=credits)

        def does(_: Any) -> Done:
            if tool_fails:
                raise Unavailable("Down.")
            return Done(summary="Done.", passages=(a_passage(),))

        names = {"try", "checkCredits", "webSearch", "querySources", "unknown", "malformed"}
        pieces = [
            [_call(piece) if isinstance(piece, str) and piece in names else piece for piece in ask] for ask in script
        ]
        model = ScriptedModel(pieces[0], then=pieces[1:])
        web = ScriptedSearch(Unavailable("Down.")) if web_fails else ScriptedSearch()
        tools = a_toolbox(uow, reader, web=web, more=[ScriptedTool(does=does)])
        answer = an_answerer(uow, model=model, tools=tools)
        events: list[ChatEvent] = []
        async for event in answer(owner=user.id, message=QUESTION):
            events.append(event)
            if len(events) == cancelled_after:
                await answer.cancel(owner=user.id, turn_id=event.turn_id)
        await answer.until_idle()

        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        calls = [event.call_id for event in events if isinstance(event, ToolCallStarted)]
        assert calls == [str(number) for number in range(1, len(calls) + 1)]
        left, held = await books.balance(user.id)
        assert (left, held) == (await books.total(user.id), 0)
        lines = (await reader.page(owner=user.id, window=Window(first=100))).items
        searched = 0 if web_fails else len(web.asked)
        assert sum(line.operation is CreditOperation.WEB_SEARCH for line in lines) == searched
        chat = [line.cost for line in lines if line.operation is CreditOperation.CHAT]
        last = events[-1]
        if isinstance(last, TurnCompleted):
            assert chat == [last.credits_charged]
            assert last.balance == left
            text = "".join(event.text for event in events if isinstance(event, TextDelta))
            assert last.message.content == text
            ends = {event.call_id for event in finished(events)}
            assert ends == set(calls)
            assert begun(events).turn_id == last.turn_id
        else:
            assert isinstance(last, TurnFailed)
            assert sum(chat) == last.credits_charged
            assert not chat or last.failure.code is FailureCode.CANCELLED

    asyncio.run(turn())
