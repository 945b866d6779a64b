"""What `studiolo doctor` says of the language model: a real call, through the real composition."""

from __future__ import annotations

from typing import Any

import pytest

from entrypoints.cli.doctor import CHECKS, Complaint, language_model
from entrypoints.settings import Settings, load_settings
from tests.wire.chat_server import ChatServer, failing, hanging, rate_limited, says

KEY = "sk-hunter2hunter2"
READY = '{"ready": true}'


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)


def settings(**given: Any) -> Settings:
    """No database is asked."""
    return load_settings(env_file=None, database_url="postgresql://nowhere/d", redis_url="redis://nowhere/0", **given)


def with_key(server: ChatServer, **given: Any) -> Settings:
    return settings(mistral_api_key=KEY, mistral_server_url=server.url, **given)


def test_it_is_one_of_the_checks() -> None:
    assert "language model" in [check.name for check in CHECKS]


def test_without_one_it_says_who_does_the_work() -> None:
    assert language_model(settings()) == "none; exercises are written and answers graded by rules"


def test_with_a_key_it_names_the_model_its_work_and_the_tokens() -> None:
    with ChatServer(lambda _: READY) as server:
        told = language_model(with_key(server, blind_resolve=True))
        assert server.complaints == []
        assert len(server.requests) == 1
    assert told == "mistral-small-latest (mistral) writes exercises, judges answers, solves exercises, 790 tokens used"


def test_with_a_key_and_nothing_to_do_it_is_not_asked() -> None:
    with ChatServer() as server:
        assert (
            language_model(with_key(server, chosen_exercise_writer="offline", chosen_answer_judge="off"))[:4] == "none"
        )
        assert server.requests == []


def test_a_refused_key_is_told_and_the_key_is_not() -> None:
    with ChatServer() as server:
        server.answer_next(failing(401))
        with pytest.raises(Complaint, match="correct the key") as told:
            language_model(with_key(server))
    assert KEY not in str(told.value)


def test_an_unknown_model_is_told_with_its_setting() -> None:
    with ChatServer() as server:
        server.answer_next(failing(400))
        with pytest.raises(Complaint, match="MISTRAL_CHAT_MODEL"):
            language_model(with_key(server, mistral_chat_model="mistral-tiny"))
        assert server.requests[0].body["model"] == "mistral-tiny"


def test_a_limit_is_told_as_such() -> None:
    with ChatServer() as server:
        server.answer_next(rate_limited(after=60))
        with pytest.raises(Complaint, match="try again in a minute"):
            language_model(with_key(server))


def test_a_model_that_cannot_keep_a_shape_is_no_use() -> None:
    with ChatServer() as server:
        server.answer_next(says("Ready!"), says("Ready, as I said."))
        with pytest.raises(Complaint, match="no usable answer"):
            language_model(with_key(server))


def test_silence_ends_at_the_deadline() -> None:
    with ChatServer() as server:
        server.answer_next(hanging())
        with pytest.raises(Complaint, match="within 1 seconds"):
            language_model(with_key(server, language_model_deadline_seconds=1))
