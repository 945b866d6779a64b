"""The log: one JSON line each, and no secret in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from entrypoints.logging import configure_logging


@pytest.fixture
def log() -> Iterator[StringIO]:
    root = logging.getLogger()
    before = (root.handlers, root.level)
    stream = StringIO()
    configure_logging("INFO", stream)
    yield stream
    root.handlers, root.level = before
    structlog.reset_defaults()


def record(log: StringIO) -> dict[str, object]:
    (line,) = log.getvalue().splitlines()
    parsed: dict[str, object] = json.loads(line)
    return parsed


def test_an_event_is_one_line_of_json(log: StringIO) -> None:
    structlog.get_logger("here").info("source read", pages=3, title="Perché\nno")
    told = record(log)
    assert (told["event"], told["pages"], told["level"], told["logger"]) == ("source read", 3, "info", "here")


def test_a_library_speaks_the_same_way(log: StringIO) -> None:
    logging.getLogger("some.library").warning("slow: %d ms", 7)
    assert record(log)["event"] == "slow: 7 ms"


def test_the_request_runs_through_every_line(log: StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger("here").info("done")
    assert record(log)["request_id"] == "r1"


def test_an_exception_stays_in_its_line(log: StringIO) -> None:
    try:
        int("broken")
    except ValueError:
        structlog.get_logger("here").exception("failed")
    assert "ValueError: invalid literal" in str(record(log)["exception"])


@pytest.mark.parametrize(
    "secret",
    [
        {"password": "hunter2"},
        {"authorization": "Bearer hunter2"},
        {"api_key": "hunter2"},
        {"token": "hunter2"},
        {"error": "cannot connect to postgresql://anna:hunter2@db/studiolo"},
        {"error": "redis://:hunter2@127.0.0.1:6379/0 is down"},
        {"said": "the token eyJhbGciOiJSUzI1NiJ9.hunter2.hunter2 was sent"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_secret_is_hidden(log: StringIO, secret: dict[str, str]) -> None:
    structlog.get_logger("here").info("something", **secret)
    assert "hunter2" not in json.dumps(record(log))


def test_a_secret_in_the_event_of_a_library_is_hidden(log: StringIO) -> None:
    logging.getLogger("some.library").warning("no answer from redis://:hunter2@h:1/0")
    assert "hunter2" not in json.dumps(record(log))


def test_what_a_client_makes_up_is_cut_and_a_traceback_is_not(log: StringIO) -> None:
    def fail() -> None:
        raise ValueError("x" * 5_000)

    try:
        fail()
    except ValueError:
        structlog.get_logger("a").error("broken", operation="o" * 5_000, exc_info=True)
    written = record(log)
    assert len(str(written["operation"])) == 1_000
    assert "x" * 5_000 in str(written["exception"])


def test_a_number_of_tokens_is_no_secret(log: StringIO) -> None:
    structlog.get_logger("here").info("charged", tokens_used=12, tokens=3)
    told = record(log)
    assert (told["tokens_used"], told["tokens"]) == (12, 3)
