"""Turns that end early, and turns that are asked for again, on every store."""

from __future__ import annotations

import asyncio

import pytest

from application.chat import (
    DeleteConversation,
)
from domain.accounts import Usage
from domain.chat import (
    ChatEvent,
    CitationAdded,
    FailureCode,
    MessageRole,
    TextDelta,
    TurnCompleted,
    TurnKeyTaken,
    TurnRunning,
    TurnStarted,
    TurnStatus,
)
from domain.shared import Unavailable
from tests.builders import TickingClock, signed_up
from tests.builders_chat import (
    Books,
    ScriptedModel,
    ScriptedPassages,
    all_of,
    an_answerer,
    begun,
    ended,
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

    async def test_by_a_fault_of_our_own_is_put_down_and_raised(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        model = ScriptedModel(["Nacque ", ZeroDivisionError("a fault")])
        with pytest.raises(ZeroDivisionError):
            await all_of(an_answerer(store.uow, model=model)(owner=user.id, message=QUESTION, turn_key="k"))
        async with store.uow(user.id) as uow:
            turn = await uow.turns.with_key(owner=user.id, key="k")
        assert turn.failure.code is FailureCode.INTERNAL
        assert await books.balance(user.id) == (100, 0)

    async def test_because_its_conversation_was_deleted_ends_all_the_same(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        answer = an_answerer(store.uow, model=ScriptedModel(["Nacque a Nizza, come tutti sanno, un giorno."]))
        delete = DeleteConversation(uow=store.uow)
        events: list[ChatEvent] = []
        async for event in answer(owner=user.id, message=QUESTION):
            if isinstance(event, TurnStarted):
                await delete(owner=user.id, id=event.conversation.id)
            events.append(event)
        assert failed(events).failure.code is FailureCode.NOT_FOUND
        assert await books.balance(user.id) == (100, 0)


class TestAClientThatLeaves:
    async def test_in_mid_stream_pays_for_what_was_done(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        model = ScriptedModel(["parole e ancora parole e ancora "] * 20)
        events = an_answerer(store.uow, model=model)(owner=user.id, message=QUESTION, turn_key="k")
        async for event in events:
            if isinstance(event, TextDelta):
                break
        await events.aclose()
        async with store.uow(user.id) as uow:
            turn = await uow.turns.with_key(owner=user.id, key="k")
        assert (turn.status, turn.failure.code, turn.credits_charged) == (TurnStatus.FAILED, FailureCode.ABANDONED, 1)
        assert await books.balance(user.id) == (99, 0)
        assert model.closed

    async def test_before_the_first_word_pays_nothing(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        events = an_answerer(store.uow)(owner=user.id, message=QUESTION)
        assert isinstance(await anext(events), TurnStarted)
        await events.aclose()
        assert await books.balance(user.id) == (100, 0)

    async def test_while_the_model_thinks_stops_it(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        model = ScriptedModel(["Nacque ", "a Nizza."], waits_before=1)
        reading = asyncio.create_task(
            all_of(an_answerer(store.uow, model=model)(owner=user.id, message=QUESTION, turn_key="k"))
        )
        await model.waiting.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        async with store.uow(user.id) as uow:
            turn = await uow.turns.with_key(owner=user.id, key="k")
        assert turn.failure.code is FailureCode.ABANDONED
        assert await books.balance(user.id) == (99, 0)
        assert model.closed

    async def test_after_the_end_changes_nothing(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        events = an_answerer(store.uow)(owner=user.id, message=QUESTION, turn_key="k")
        async for event in events:
            if isinstance(event, TurnCompleted):
                break
        await events.aclose()
        async with store.uow(user.id) as uow:
            assert (await uow.turns.with_key(owner=user.id, key="k")).status is TurnStatus.COMPLETED
        assert await books.balance(user.id) == (99, 0)


class TestATurnKey:
    async def test_tells_a_turn_again_for_nothing(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        model = ScriptedModel(["Garibaldi nacque a Nizza. [1] Fu un generale e un patriota. [1]"])
        answer = an_answerer(store.uow, model=model)
        first = await all_of(answer(owner=user.id, message=QUESTION, turn_key="k"))
        again = await all_of(answer(owner=user.id, message=QUESTION, turn_key="k"))
        kinds = [TurnStarted, TextDelta, CitationAdded, CitationAdded, TurnCompleted]
        assert [type(event) for event in again] == kinds
        assert [event.seq for event in again] == [1, 2, 3, 4, 5]
        assert begun(again).turn_id == begun(first).turn_id
        assert ended(again).message.content == ended(first).message.content
        assert ended(again).balance == ended(first).balance == 99
        assert len(model.asked) == 1
        assert await books.balance(user.id) == (99, 0)
        assert len(await books.said(user.id, begun(first).conversation.id)) == 2

    async def test_tells_a_failure_again(self, store: Store) -> None:
        user = await signed_up(store.uow)
        model = ScriptedModel([Unavailable("Down.")])
        answer = an_answerer(store.uow, model=model)
        first = failed(await all_of(answer(owner=user.id, message=QUESTION, turn_key="k")))
        again = await all_of(answer(owner=user.id, message=QUESTION, turn_key="k"))
        assert failed(again).failure == first.failure
        assert len(model.asked) == 1

    async def test_of_a_running_turn_waits_its_turn_and_of_a_lost_one_says_so(self, store: Store) -> None:
        user = await signed_up(store.uow)
        clock = TickingClock()
        answer = an_answerer(store.uow, clock=clock)
        running = answer(owner=user.id, message=QUESTION, turn_key="k")
        assert isinstance(await anext(running), TurnStarted)
        with pytest.raises(TurnRunning):
            await all_of(answer(owner=user.id, message=QUESTION, turn_key="k"))
        clock.advance(minutes=11)
        lost = await all_of(answer(owner=user.id, message=QUESTION, turn_key="k"))
        assert failed(lost).failure.code is FailureCode.LOST
        await running.aclose()

    async def test_of_another_question_is_refused(self, store: Store) -> None:
        user = await signed_up(store.uow)
        answer = an_answerer(store.uow)
        await all_of(answer(owner=user.id, message=QUESTION, turn_key="k"))
        with pytest.raises(TurnKeyTaken):
            await all_of(answer(owner=user.id, message="Altro?", turn_key="k"))

    async def test_from_two_tabs_at_once_is_answered_once(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        answer = an_answerer(store.uow)

        async def ask() -> bool:
            try:
                ended(await all_of(answer(owner=user.id, message=QUESTION, turn_key="k")))
            except TurnRunning:
                return False
            return True

        assert any(await asyncio.gather(*(ask() for _ in range(5))))
        assert await books.balance(user.id) == (99, 0)
        assert await books.conversations.count(owner=user.id) == 1
