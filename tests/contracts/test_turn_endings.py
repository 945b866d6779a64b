"""Turns that end without an answer, on every store."""

from __future__ import annotations

import asyncio

import pytest

from application.chat import (
    DeleteConversation,
)
from domain.accounts import Usage
from domain.chat import (
    ChatEvent,
    FailureCode,
    MessageRole,
    TurnStarted,
)
from domain.shared import Unavailable
from tests.builders import signed_up
from tests.builders_chat import (
    Books,
    ScriptedModel,
    ScriptedPassages,
    all_of,
    an_answerer,
    begun,
    failed,
)
from tests.contracts.conftest import Store

QUESTION = "Dove nacque Garibaldi?"


class TestATurnThatFails:
    @pytest.mark.parametrize("pieces", [[Unavailable("The model is down.")], ["Nacque a ", Unavailable("Cut.")], [" "]])
    async def test_says_so_costs_nothing_and_leaves_the_question(
        self, store: Store, books: Books, pieces: list[str | Exception]
    ) -> None:
        user = await signed_up(store.uow, credits=100)
        model = ScriptedModel([*pieces, Usage(tokens=5_000)])
        events = await all_of(an_answerer(store.uow, model=model)(owner=user.id, message=QUESTION, turn_key="k"))
        failure = failed(events)
        assert (failure.failure.code, failure.failure.retryable) == (FailureCode.SERVICE_UNAVAILABLE, True)
        assert failure.credits_charged == 0
        assert await books.balance(user.id) == (100, 0)
        said = await books.said(user.id, begun(events).conversation.id)
        assert [message.role for message in said] == [MessageRole.USER]
        assert model.closed

    async def test_in_retrieval_is_a_failure_of_the_turn(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        passages = ScriptedPassages(fails=Unavailable("No index."))
        events = await all_of(an_answerer(store.uow, find_passages=passages)(owner=user.id, message=QUESTION))
        assert failed(events).failure.message == "No index."
        assert await books.balance(user.id) == (100, 0)

    async def test_by_a_fault_of_our_own_is_put_down_and_told_to_the_log(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        faults: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, said: faults.append(said["exception"]))
        model = ScriptedModel(["Nacque ", ZeroDivisionError("a fault")])
        answer = an_answerer(store.uow, model=model)
        events = await all_of(answer(owner=user.id, message=QUESTION, turn_key="k"))
        await answer.until_idle()
        assert failed(events).failure.code is FailureCode.INTERNAL
        assert [type(fault) for fault in faults] == [ZeroDivisionError]
        async with store.uow(user.id) as uow:
            turn = await uow.turns.with_key(owner=user.id, key="k")
        assert turn.failure.code is FailureCode.INTERNAL
        assert await books.balance(user.id) == (100, 0)

    async def test_because_its_conversation_was_deleted_ends_all_the_same(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        model = ScriptedModel(["Nacque a Nizza, ", "come tutti sanno."], waits_before=1)
        answer = an_answerer(store.uow, model=model)
        delete = DeleteConversation(uow=store.uow)
        events: list[ChatEvent] = []
        async for event in answer(owner=user.id, message=QUESTION):
            events.append(event)
            if isinstance(event, TurnStarted):
                await model.waiting.wait()
                await delete(owner=user.id, id=event.conversation.id)
                model.go_on.set()
        assert failed(events).failure.code is FailureCode.NOT_FOUND
        assert await books.balance(user.id) == (100, 0)
