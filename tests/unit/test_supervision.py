"""The supervisor: in order up, healed when wounded, in the opposite order down."""

from __future__ import annotations

import pytest

from adapters.embedded.errors import CannotStart
from entrypoints.cli import supervision
from entrypoints.cli.supervision import Interrupted, Supervisor


class Wounded:
    """A service that ends when a test says so, and whose starts may fail."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name = name
        self.log = log
        self.alive = False
        self.failures = 0

    def start(self) -> None:
        self.log.append(f"start {self.name}")
        if self.failures:
            self.failures -= 1
            raise CannotStart(f"{self.name} cannot")
        self.alive = True

    def is_running(self) -> bool:
        return self.alive

    def stop(self) -> None:
        self.log.append(f"stop {self.name}")
        self.alive = False


class Time:
    """A monotonic clock whose seconds pass while the supervisor sleeps; then the test says what happens."""

    def __init__(self, *, until: float) -> None:
        self.now = 0.0
        self.until = until

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.now > self.until:
            raise Interrupted


@pytest.fixture
def log() -> list[str]:
    return []


def watched_for(seconds: float, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Time(until=seconds)
    monkeypatch.setattr(supervision, "time", clock)
    with pytest.raises(Interrupted):
        supervisor.watch()


def test_what_was_started_last_is_stopped_first(log: list[str]) -> None:
    with Supervisor(log.append) as supervisor:
        for name in ("database", "api"):
            supervisor.start(Wounded(name, log))
    assert log == ["start database", "start api", "stop api", "stop database"]


def test_a_first_start_that_fails_is_an_error_and_is_stopped_with_the_rest(log: list[str]) -> None:
    broken = Wounded("api", log)
    broken.failures = 1
    with Supervisor(log.append) as supervisor:
        supervisor.start(Wounded("database", log))
        with pytest.raises(CannotStart):
            supervisor.start(broken)
    assert log == ["start database", "start api", "stop api", "stop database"]


def test_what_ends_is_started_again(log: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    service = Wounded("api", log)
    supervisor = Supervisor(log.append)
    supervisor.start(service)
    service.alive = False
    watched_for(5, supervisor, monkeypatch)
    assert service.alive
    assert log == ["start api", "api ended; it is started again in 0.5 s.", "start api", "api is up again."]


def test_what_fails_again_and_again_is_tried_ever_more_seldom(log: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    service = Wounded("api", log)
    supervisor = Supervisor(log.append)
    supervisor.start(service)
    service.alive, service.failures = False, 1_000
    watched_for(120, supervisor, monkeypatch)
    pauses = [line.split()[-2] for line in log if "started again" in line]
    assert pauses[:8] == ["0.5", "1", "2", "4", "8", "16", "30", "30"]


def test_what_runs_is_left_alone(log: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor = Supervisor(log.append)
    supervisor.start(Wounded("api", log))
    watched_for(60, supervisor, monkeypatch)
    assert log == ["start api"]
