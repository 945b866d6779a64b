"""The embedding server of the tests keeps its word; what it says is what the provider's specification says."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.wire.embedding_server import (
    Dialect,
    EmbeddingServer,
    complaint_about_answer,
    cut,
    failing,
    garbled,
    most_within,
    rate_limited,
    too_many_tokens,
    vector_of,
    with_vectors,
)


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as serving:
        yield serving


def ask(server: EmbeddingServer, *texts: str, **body: Any) -> httpx2.Response:
    asked = {"model": "mistral-embed", "input": list(texts), **body}
    with httpx2.Client(headers={"authorization": "Bearer key"}, trust_env=False) as client:
        return client.post(f"{server.url}/v1/embeddings", json=asked, timeout=5)


@pytest.mark.parametrize("dialect", ["mistral", "openai"])
def test_it_gives_one_vector_a_text_and_counts(dialect: Dialect) -> None:
    with EmbeddingServer(dialect=dialect) as server:
        told = ask(server, "uno", "due").json()
        assert [one["embedding"] for one in told["data"]] == [vector_of("uno"), vector_of("due")]
        assert ("id" in told) is (dialect == "mistral")
        assert complaint_about_answer(told) is None or dialect == "openai"
        ask(server, "due")
        assert server.times_embedded == {"uno": 1, "due": 2}
        assert server.counts() == {"requests": 2, "texts": 3, "twice": 1, "complaints": 0}


def test_vectors_are_of_unit_length_and_of_the_text_alone() -> None:
    assert math.hypot(*vector_of("uno")) == pytest.approx(1)
    assert sum(a * b for a, b in zip(vector_of("uno"), vector_of("due"), strict=True)) == pytest.approx(0, abs=0.2)


def test_what_is_scripted_comes_once_and_in_order(server: EmbeddingServer) -> None:
    server.answer_next(rate_limited(after=2), failing(502), too_many_tokens(), with_vectors(1))
    answers = [ask(server, "uno", "due") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [429, 502, 400, 200, 200]
    assert answers[0].headers["retry-after"] == "2"
    assert answers[2].json()["code"] == "3210"
    assert [len(answer.json()["data"]) for answer in answers[3:]] == [1, 2]


def test_an_answer_that_is_cut_or_garbled_was_paid_all_the_same(server: EmbeddingServer) -> None:
    server.answer_next(cut(), garbled())
    with pytest.raises(httpx2.RemoteProtocolError):
        ask(server, "uno")
    with pytest.raises(json.JSONDecodeError):
        ask(server, "uno").json()
    assert server.times_embedded == {"uno": 2}


def test_it_refuses_what_it_was_told_to_refuse(server: EmbeddingServer) -> None:
    server.refused.add("veleno")
    server.most_inputs = 2
    assert ask(server, "uno", "un veleno").status_code == 400
    assert ask(server, "1", "2", "3").json()["code"] == "3210"
    assert not server.times_embedded


def test_a_request_against_the_specification_is_refused_and_noted(server: EmbeddingServer) -> None:
    assert ask(server, "uno", model=7).status_code == 422
    assert ask(server, "").status_code == 422
    assert len(server.complaints) == 2


def test_more_requests_than_fit_in_a_minute_are_told_when_to_come_again(server: EmbeddingServer) -> None:
    server.requests_per_minute = 2
    answers = [ask(server, str(number)) for number in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining-req-minute"] for answer in answers] == ["1", "0", "0"]
    assert 58 <= int(answers[2].headers["retry-after"]) <= 60
    assert server.most_within(60) == 2


def test_a_sliding_minute_is_half_open() -> None:
    assert most_within([0, 30, 59, 60, 61, 130], 60) == 4
    assert most_within([0, 60], 60) == 1
