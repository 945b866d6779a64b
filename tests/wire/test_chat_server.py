"""The chat server of the tests is held against the provider's own specification."""

from __future__ import annotations

import json

import pytest

from tests.wire.chat_server import (
    ChatServer,
    Reply,
    complaint_about,
    complaint_about_answer,
    cut_short,
    no_choices,
    says,
)
from tests.wire.embedding_specification import specified


@pytest.mark.skipif(specified("ChatCompletionRequest") is None, reason="the specification is not on this machine")
def test_it_complains_of_what_the_specification_forbids() -> None:
    headers = {"authorization": "Bearer k", "content-type": "application/json"}
    good = {"model": "m", "messages": [{"role": "user", "content": "ciao"}], "temperature": 0.0}
    assert complaint_about(good, headers) is None
    for bad in (
        {**good, "temperature": 9},
        {**good, "seed": 1},
        {**good, "messages": [{"role": "user"}]},
        {**good, "response_format": {"type": "json_schema", "json_schema": {"schema": {}}}},
    ):
        assert complaint_about(bad, headers) is not None
    assert complaint_about(good, {"content-type": "application/json"}) is not None


@pytest.mark.skipif(specified("ChatCompletionResponse") is None, reason="the specification is not on this machine")
@pytest.mark.parametrize("reply", [says('{"ready": true}'), cut_short(), no_choices(), says(None), says("")])
def test_it_answers_as_the_specification_says(reply: Reply) -> None:
    with ChatServer() as server:
        server.answer_next(reply)
        _, body = server.take(
            headers={"authorization": "Bearer k", "content-type": "application/json"},
            raw=b'{"model": "m", "messages": [{"role": "user", "content": "ciao"}]}',
        )
    assert complaint_about_answer(json.loads(body)) is None
