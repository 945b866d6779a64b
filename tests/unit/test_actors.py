"""Actors: a message becomes one call of a use case, whatever else the message carries; failures are tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from dramatiq import Message, Worker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import Retries, TimeLimit
from structlog.contextvars import get_contextvars

from adapters.dramatiq import SafeAsyncIO
from adapters.dramatiq.job_queue import QUEUE
from application.accounts import StillThere
from application.app import Application
from domain.accounts import AccountErased
from domain.shared import NoSuch, Unavailable
from entrypoints.worker import actors
from entrypoints.worker.actors import declare_actors
from entrypoints.worker.periodic import Periodic, PeriodicWork


class Recorded:
    """Use cases that note how they were called, and fail as often as they are told to."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.failures: list[Exception] = []

    async def __call__(self, **arguments: object) -> None:
        self.calls.append({**arguments, "request": get_contextvars().get("request_id")})
        if self.failures:
            raise self.failures.pop(0)


@pytest.fixture
def use_case() -> Recorded:
    return Recorded()


@pytest.fixture
def application(use_case: Recorded) -> Application:
    chat = SimpleNamespace(reanchor_citations=use_case)
    library = SimpleNamespace(recheck_pages=use_case, ingest_source=use_case)
    accounts = SimpleNamespace(reset_credits=use_case, erase_account=use_case)
    return cast("Application", SimpleNamespace(chat=chat, library=library, accounts=accounts))


@pytest.fixture
def woken() -> Event:
    """Set when the embedding engine was woken."""
    return Event()


Deliver = Callable[..., None]


@contextmanager
def working(broker: StubBroker) -> Iterator[None]:
    worker = Worker(broker, worker_timeout=20, worker_threads=1)
    worker.start()
    try:
        yield
    finally:
        worker.stop()


@pytest.fixture
def deliver(application: Application, woken: Event) -> Iterator[Deliver]:
    broker = StubBroker(middleware=[TimeLimit(), Retries(max_retries=5, min_backoff=1, max_backoff=2), SafeAsyncIO()])

    async def running() -> Application:
        return application

    declare_actors(broker, running, wake_engine=woken.set)

    def send(job: str, **arguments: str) -> None:
        message: Message[None] = Message(queue_name=QUEUE, actor_name=job, args=(), kwargs=arguments, options={})
        broker.enqueue(message)
        broker.join(QUEUE, fail_fast=False, timeout=10_000)

    with working(broker):
        yield send


def test_ids_are_parsed(deliver: Deliver, use_case: Recorded) -> None:
    owner, source = uuid4(), uuid4()
    deliver("library.ingest_source", owner=str(owner), source_id=str(source))
    assert use_case.calls == [{"owner": owner, "source_id": source, "request": None}]
    assert isinstance(use_case.calls[0]["owner"], UUID)


def test_citations_are_looked_for(deliver: Deliver, use_case: Recorded) -> None:
    owner, source = uuid4(), uuid4()
    deliver("chat.reanchor_citations", owner=str(owner), source_id=str(source))
    assert use_case.calls == [{"owner": owner, "source_id": source, "request": None}]


def test_what_a_newer_sender_adds_is_let_pass(deliver: Deliver, use_case: Recorded) -> None:
    deliver("accounts.reset_credits", priority="high")
    assert use_case.calls == [{"request": None}]


def test_the_request_that_asked_is_known_while_it_runs(deliver: Deliver, use_case: Recorded) -> None:
    deliver("accounts.reset_credits", request_id="r1")
    assert use_case.calls == [{"request": "r1"}]


def test_that_something_waits_for_a_vector_wakes_the_engine(deliver: Deliver, woken: Event) -> None:
    deliver("library.embed_chunks", request_id="r1")
    assert woken.is_set()


def test_pages_are_looked_after(deliver: Deliver, use_case: Recorded) -> None:
    deliver("library.recheck_pages")
    assert len(use_case.calls) == 1


def test_what_may_pass_is_tried_again(deliver: Deliver, use_case: Recorded) -> None:
    use_case.failures = [Unavailable("The database is away."), OSError("reset")]
    deliver("library.ingest_source", owner=str(uuid4()), source_id=str(uuid4()))
    assert len(use_case.calls) == 3


def test_what_is_down_leaves_no_traceback(
    deliver: Deliver, use_case: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    use_case.failures = [Unavailable("The database is away.")]
    deliver("library.ingest_source", owner=str(uuid4()), source_id=str(uuid4()))
    assert len(use_case.calls) == 2
    assert [line.message for line in caplog.records if line.exc_info] == []


def test_what_is_gone_is_not_tried_again(deliver: Deliver, use_case: Recorded) -> None:
    use_case.failures = [NoSuch("source")]
    deliver("library.ingest_source", owner=str(uuid4()), source_id=str(uuid4()))
    assert len(use_case.calls) == 1


def test_work_for_an_erased_account_is_not_tried_again(deliver: Deliver, use_case: Recorded) -> None:
    use_case.failures = [AccountErased()]
    deliver("library.ingest_source", owner=str(uuid4()), source_id=str(uuid4()))
    assert len(use_case.calls) == 1


def test_an_erasure_that_found_something_left_is_tried_again(deliver: Deliver, use_case: Recorded) -> None:
    owner = uuid4()
    use_case.failures = [StillThere(["files"])]
    deliver("accounts.erase", owner=str(owner))
    assert [call["owner"] for call in use_case.calls] == [owner, owner]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reset's own pauses are of many seconds."""
    monkeypatch.setitem(actors.OPTIONS["accounts.reset_credits"], "min_backoff", 1)


@pytest.mark.usefixtures("hurried")
def test_the_reset_is_tried_again_three_times(request: pytest.FixtureRequest, use_case: Recorded) -> None:
    use_case.failures = [Unavailable("The database is away.") for _ in range(9)]
    deliver: Deliver = request.getfixturevalue("deliver")
    deliver("accounts.reset_credits")
    assert len(use_case.calls) == 4


def test_the_pauses_of_the_reset_double(application: Application) -> None:
    broker = StubBroker(middleware=[TimeLimit(), Retries(max_retries=10), SafeAsyncIO()])

    async def running() -> Application:
        return application

    declare_actors(broker, running, wake_engine=Event().set)
    options = broker.get_actor("accounts.reset_credits").options
    assert (options["max_retries"], options["min_backoff"]) == (3, 15_000)
    assert options["max_backoff"] >= 2 * 2**3 * options["min_backoff"]


def test_periodic_work_goes_on_after_a_failure(application: Application) -> None:
    enough = Event()
    rounds: list[Application] = []

    async def running() -> Application:
        return application

    async def look(given: Application) -> None:
        rounds.append(given)
        if len(rounds) == 3:
            enough.set()
        raise Unavailable("The database is away.")

    periodic = PeriodicWork([Periodic(name="look", every=0.01, work=look)], running)
    with working(StubBroker(middleware=[SafeAsyncIO(), periodic])):
        assert enough.wait(5)
    assert rounds[:3] == [application] * 3
