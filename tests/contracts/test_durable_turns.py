"""Turns that go on by themselves, are joined, resumed and cancelled, and outlive their process, on every store."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from adapters.memory.turn_events import MemoryTurnEvents
from application.chat import NoSuchEvent
from domain.accounts import Usage
from domain.chat import (
    ChatEvent,
    CitationAdded,
    ConversationBusy,
    FailureCode,
    TextDelta,
    TurnCompleted,
    TurnKeyTaken,
    TurnStarted,
    TurnStatus,
    is_final,
)
from domain.shared import NoSuch, NotYours, TurnId, Unavailable, UserId
from tests.builders import TickingClock, signed_up
from tests.builders_chat import Answerer, Books, ScriptedModel, all_of, an_answerer, begun, ended, failed
from tests.contracts.conftest import Store

QUESTION = "Dove nacque Garibaldi?"
WORDS = ["Giuseppe Garibaldi ", "nacque a Nizza il 4 luglio 1807. [1] ", "Fu un generale ", "e un patriota. [1]"]


async def read(answer: Answerer, owner: UserId, turn_id: TurnId, after: int = 0) -> list[ChatEvent]:
    return await all_of(answer.follow(owner=owner, turn_id=turn_id, after_seq=after))


async def first_of(answer: Answerer, owner: UserId, turn_id: TurnId, count: int) -> list[ChatEvent]:
    """A client that leaves after so many events."""
    seen: list[ChatEvent] = []
    async with aclosing(answer.follow(owner=owner, turn_id=turn_id)) as events:
        async for event in events:
            seen.append(event)
            if len(seen) == count:
                break
    return seen


def numbers(events: Sequence[ChatEvent]) -> list[int]:
    return [event.seq for event in events]


class TestAClientThatLeaves:
    async def test_finds_the_whole_turn_when_it_comes_back(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        model = ScriptedModel(WORDS, waits_before=2)
        answer = an_answerer(store.uow, model=model)
        turn_id = await answer.start(owner=user.id, message=QUESTION)
        seen = await first_of(answer, user.id, turn_id, 2)
        await model.waiting.wait()
        model.go_on.set()
        rest = await read(answer, user.id, turn_id, after=seen[-1].seq)
        assert numbers([*seen, *rest]) == list(range(1, len(seen) + len(rest) + 1))
        completed = ended(rest)
        assert "".join(event.text for event in [*seen, *rest] if isinstance(event, TextDelta)) == "".join(WORDS)
        assert completed.message.content == "".join(WORDS)
        assert await books.balance(user.id) == (99, 0)

    async def test_finds_every_event_as_it_was_long_after_the_end(self, store: Store) -> None:
        user = await signed_up(store.uow)
        answer = an_answerer(store.uow, model=ScriptedModel(WORDS))
        turn_id = await answer.start(owner=user.id, message=QUESTION)
        live = await read(answer, user.id, turn_id)
        later = an_answerer(store.uow)  # another process, whose log has nothing
        assert {type(event) for event in live} >= {TextDelta, CitationAdded}
        for after in range(len(live)):
            assert [_told(event) for event in await read(later, user.id, turn_id, after)] == [
                _told(event) for event in live[after:]
            ]

    async def test_finds_nothing_behind_the_last_event(self, store: Store) -> None:
        user = await signed_up(store.uow)
        answer = an_answerer(store.uow, model=ScriptedModel(WORDS))
        turn_id = await answer.start(owner=user.id, message=QUESTION)
        last = (await read(answer, user.id, turn_id))[-1].seq
        assert await read(answer, user.id, turn_id, last) == []
        for nowhere in (last + 1, last + 1_000, -1):
            with pytest.raises(NoSuchEvent):
                await read(answer, user.id, turn_id, nowhere)

    async def test_may_not_name_an_event_that_is_still_to_come(self, store: Store) -> None:
        user = await signed_up(store.uow)
        model = ScriptedModel(WORDS, waits_before=1)
        answer = an_answerer(store.uow, model=model)
        turn_id = await answer.start(owner=user.id, message=QUESTION)
        await model.waiting.wait()
        with pytest.raises(NoSuchEvent):
            await read(answer, user.id, turn_id, 50)
        model.go_on.set()
        assert isinstance((await read(answer, user.id, turn_id))[-1], TurnCompleted)

    async def test_cannot_read_anothers_turn(self, store: Store) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        answer = an_answerer(store.uow)
        turn_id = await answer.start(owner=user.id, message=QUESTION)
        for follower, refusal in ((other.id, NotYours), (user.id, NoSuch)):
            asked = turn_id if refusal is NotYours else TurnId(other.id)
            with pytest.raises(refusal):
                await read(answer, follower, asked)
            with pytest.raises(refusal):
                await answer.cancel(owner=follower, turn_id=asked)
        await answer.until_idle()


class TestATurnKey:
    async def test_tells_a_turn_again_for_nothing(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        model = ScriptedModel(WORDS)
        answer = an_answerer(store.uow, model=model)
        first = await all_of(answer(owner=user.id, message=QUESTION, turn_key="k"))
        again = await all_of(answer(owner=user.id, message=QUESTION, turn_key="k"))
        assert again == first
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

    async def test_of_a_running_turn_joins_it(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        model = ScriptedModel(WORDS, waits_before=2)
        answer = an_answerer(store.uow, model=model)
        tabs = [asyncio.create_task(all_of(answer(owner=user.id, message=QUESTION, turn_key="k"))) for _ in range(5)]
        await model.waiting.wait()
        model.go_on.set()
        first, *others = await asyncio.gather(*tabs)
        for other in others:
            assert list(map(_told, other)) == list(map(_told, first))
        assert len(model.asked) == 1
        assert await books.balance(user.id) == (99, 0)
        assert await books.conversations.count(owner=user.id) == 1

    async def test_of_another_question_is_refused(self, store: Store) -> None:
        user = await signed_up(store.uow)
        answer = an_answerer(store.uow)
        await all_of(answer(owner=user.id, message=QUESTION, turn_key="k"))
        with pytest.raises(TurnKeyTaken):
            await all_of(answer(owner=user.id, message="Altro?", turn_key="k"))


class TestCancelling:
    async def test_stops_the_model_and_charges_what_was_done(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        model = ScriptedModel([WORDS[0], Usage(tokens=1_500), *WORDS[1:]], waits_before=2)
        answer = an_answerer(store.uow, model=model)
        turn_id = await answer.start(owner=user.id, message=QUESTION, turn_key="k")
        await model.waiting.wait()
        assert await answer.cancel(owner=user.id, turn_id=turn_id)
        events = await read(answer, user.id, turn_id)
        assert (failed(events).failure.code, failed(events).failure.retryable) == (FailureCode.CANCELLED, False)
        assert failed(events).credits_charged == 2
        assert model.closed
        assert await books.balance(user.id) == (98, 0)
        assert not await answer.cancel(owner=user.id, turn_id=turn_id)
        # It is told so for ever after, and by another process as well.
        (last,) = await read(an_answerer(store.uow), user.id, turn_id, events[-1].seq - 1)
        assert last == events[-1]

    async def test_a_turn_that_has_ended_changes_nothing(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        answer = an_answerer(store.uow)
        turn_id = begun(await all_of(answer(owner=user.id, message=QUESTION))).turn_id
        assert not await answer.cancel(owner=user.id, turn_id=turn_id)
        assert isinstance((await read(answer, user.id, turn_id))[-1], TurnCompleted)
        assert await books.balance(user.id) == (99, 0)


class TestAProcessThatEnds:
    async def test_in_order_puts_its_turns_down_as_lost_and_charges_what_was_done(
        self, store: Store, books: Books
    ) -> None:
        user = await signed_up(store.uow, credits=100)
        model = ScriptedModel(WORDS, waits_before=1)
        answer = an_answerer(store.uow, model=model)
        turn_id = await answer.start(owner=user.id, message=QUESTION)
        reading = asyncio.create_task(read(answer, user.id, turn_id))
        await model.waiting.wait()
        await answer.running.aclose()
        failure = failed(await reading)
        assert (failure.failure.code, failure.failure.retryable) == (FailureCode.LOST, True)
        assert model.closed
        assert len(answer.running) == 0
        assert await books.balance(user.id) == (100 - failure.credits_charged, 0)

    async def test_by_force_leaves_a_turn_that_the_next_reader_ends_once(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        clock, log = TickingClock(), _Log()
        model = ScriptedModel(WORDS, waits_before=2)
        answer = an_answerer(store.uow, model=model, clock=clock, events=log)
        turn_id = await answer.start(owner=user.id, message=QUESTION, turn_key="k")
        seen = await first_of(answer, user.id, turn_id, 2)
        log.is_dead = True
        clock.advance(seconds=30)
        others = [an_answerer(store.uow, clock=clock, events=log) for _ in range(3)]
        rests = await asyncio.gather(*(read(other, user.id, turn_id, 2) for other in others))
        assert all(rest == rests[0] for rest in rests)
        assert numbers([*seen, *rests[0]]) == list(range(1, 3 + len(rests[0])))
        assert failed(rests[0]).failure.code is FailureCode.LOST
        assert await books.balance(user.id) == (100, 0)
        # The old process was not dead after all: what it stores comes too late, and is not charged.
        model.go_on.set()
        await answer.until_idle()
        assert await books.balance(user.id) == (100, 0)
        async with store.uow(user.id) as uow:
            turn = await uow.turns.with_key(owner=user.id, key="k")
        assert (turn.status, turn.failure.code) == (TurnStatus.FAILED, FailureCode.LOST)
        assert await read(others[0], user.id, turn_id, 2) == rests[0]


class TestAConversation:
    async def test_has_one_turn_at_a_time(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        model = ScriptedModel(WORDS, waits_before=1)
        answer = an_answerer(store.uow, model=model)
        turn_id = await answer.start(owner=user.id, message=QUESTION)
        conversation = begun(await first_of(answer, user.id, turn_id, 1)).conversation
        with pytest.raises(ConversationBusy) as busy:
            await answer.start(owner=user.id, message="E poi?", conversation_id=conversation.id)
        assert busy.value.turn_id == turn_id
        model.go_on.set()
        ended(await read(answer, user.id, turn_id))
        assert len(await books.said(user.id, conversation.id)) == 2
        again = await all_of(answer(owner=user.id, message="E poi?", conversation_id=conversation.id))
        assert is_final(again[-1])

    async def test_is_not_blocked_by_a_turn_that_lost_its_process(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        clock, log = TickingClock(), _Log()
        model = ScriptedModel(WORDS, waits_before=1)
        answer = an_answerer(store.uow, model=model, clock=clock, events=log)
        turn_id = await answer.start(owner=user.id, message=QUESTION)
        conversation = begun(await first_of(answer, user.id, turn_id, 1)).conversation
        log.is_dead = True
        other = an_answerer(store.uow, clock=clock)
        ended(await all_of(other(owner=user.id, message="E poi?", conversation_id=conversation.id)))
        assert await books.balance(user.id) == (99, 0)
        await answer.running.aclose()


class TestALogThatIsDown:
    async def test_before_the_first_event_refuses_the_question(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        log = _Log(is_down=True)
        with pytest.raises(Unavailable):
            await all_of(an_answerer(store.uow, events=log)(owner=user.id, message=QUESTION))
        assert await books.balance(user.id) == (100, 0)

    async def test_in_mid_turn_loses_no_event(self, store: Store, books: Books) -> None:
        user = await signed_up(store.uow, credits=100)
        model, log = ScriptedModel(WORDS, waits_before=2), _Log()
        answer = an_answerer(store.uow, model=model, events=log)
        turn_id = await answer.start(owner=user.id, message=QUESTION)
        await model.waiting.wait()
        log.is_down = True
        reading = asyncio.create_task(read(answer, user.id, turn_id))
        model.go_on.set()
        await answer.until_idle()
        events = await reading
        assert numbers(events) == list(range(1, len(events) + 1))
        assert ended(events).message.content == "".join(WORDS)
        assert await books.balance(user.id) == (99, 0)


class _Log(MemoryTurnEvents):
    """A log that can be down, and whose runners can be dead."""

    def __init__(self, *, is_down: bool = False) -> None:
        super().__init__(reminder=0.05)
        self.is_down = is_down
        self.is_dead = False

    async def append(self, turn_id: TurnId, events: Sequence[ChatEvent]) -> None:
        self._check()
        await super().append(turn_id, events)

    async def told(self, turn_id: TurnId, *, after_seq: int) -> tuple[ChatEvent, ...]:
        self._check()
        return await super().told(turn_id, after_seq=after_seq)

    async def is_running(self, turn_id: TurnId) -> bool:
        self._check()
        return not self.is_dead and await super().is_running(turn_id)

    def _check(self) -> None:
        if self.is_down:
            raise Unavailable("The log is down.")


def _told(event: ChatEvent) -> object:
    """What an event says, without what the store knows better by now: when a conversation was last spoken in, and that
    the passages of these tests are of no source."""
    match event:
        case TurnStarted():
            return event.turn_id, event.seq, event.conversation.id
        case CitationAdded():
            return event.seq, event.citation.marker, event.citation.quote, event.citation.start
        case TurnCompleted():
            return event.seq, event.message.content, event.tokens_used, event.credits_charged, event.balance
        case _:
            return event
