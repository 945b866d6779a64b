"""Exercises from one's own source, answered and graded, paid for from the ledger."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from entrypoints.cli import demo_operations as operations
from entrypoints.cli.client import OperationFailed, StudioloClient
from entrypoints.cli.sample_library import SAMPLE
from tests.journeys.contexts.test_library_journey import all_chunks, followed, upload

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("stack")]


async def generate(client: StudioloClient, **given: Any) -> dict[str, Any]:
    made: dict[str, Any] = (await client.run(operations.GENERATE, {"input": given}))["generateExercises"]
    return made


async def submit(client: StudioloClient, exercise_id: str, answer: str, attempt: str | None = None) -> dict[str, Any]:
    given = {"exerciseId": exercise_id, "attemptId": attempt or str(uuid4()), "answer": answer}
    graded: dict[str, Any] = (await client.run(operations.SUBMIT, {"input": given}))["submitAnswer"]
    return graded


async def test_the_key_is_sealed_until_the_answer_and_proved_by_the_source(client: StudioloClient) -> None:
    source_id = (await upload(client, "lo_studiolo.pdf", SAMPLE.read_bytes()))["source"]["id"]
    await followed(client, source_id)
    made = await generate(client, count=5, sourceIds=[source_id])
    assert len(made["exercises"]) == 5
    assert {exercise["solution"] for exercise in made["exercises"]} == {None}
    text = "\n".join(chunk["content"] for chunk in await all_chunks(client, source_id))
    for exercise in made["exercises"]:
        graded = await submit(client, exercise["id"], "non lo so")
        solution = graded["exercise"]["solution"]
        assert solution["evidence"]["quote"] in text
        assert graded["response"]["score"] < 50
        again = await submit(client, exercise["id"], solution["key"])
        assert again["response"]["score"] == 100
        assert again["exercise"]["timesAttempted"] == 2

    ledger = (await client.run(operations.LEDGER))["viewer"]
    assert ledger["credits"]["available"] == 10_000 - made["creditsCharged"]
    assert ledger["credits"]["held"] == 0


async def test_the_same_attempt_twice_at_once_is_one_response(client: StudioloClient) -> None:
    source_id = (await upload(client, "lo_studiolo.pdf", SAMPLE.read_bytes()))["source"]["id"]
    await followed(client, source_id)
    (exercise,) = (await generate(client, count=1, sourceIds=[source_id]))["exercises"]
    attempt = str(uuid4())
    first, second = await asyncio.gather(
        submit(client, exercise["id"], "boh", attempt), submit(client, exercise["id"], "boh", attempt)
    )
    assert first["response"] == second["response"]
    assert first["exercise"]["timesAttempted"] == second["exercise"]["timesAttempted"] == 1


async def test_without_sources_there_is_a_clear_answer_and_no_charge(client: StudioloClient) -> None:
    with pytest.raises(OperationFailed) as refused:
        await generate(client, count=3)
    assert refused.value.code in {"BAD_USER_INPUT", "NOT_FOUND"}
    ledger = (await client.run(operations.LEDGER))["viewer"]
    assert (ledger["credits"]["available"], ledger["credits"]["held"]) == (10_000, 0)
