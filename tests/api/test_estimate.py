"""What something would hold, asked beforehand; and how being out of credits is told, wherever it happens."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from application.app import Application
from domain.accounts import CreditOperation
from domain.shared import UserId
from entrypoints.cli.credits_view import shown
from entrypoints.graphql.ids import global_id, key_of
from tests.api.clients import Api
from tests.api.shelf import Shelf
from tests.builders_chat import GARIBALDI

ESTIMATE = "query Estimate($input: EstimateInput!) { estimate(input: $input) { credits available affordable } }"
GENERATE = "mutation Go($input: GenerateExercisesInput!) { generateExercises(input: $input) { creditsCharged } }"
CHAT = """
    subscription Chat($input: ChatInput!) { chat(input: $input) {
      __typename ... on TurnStarted { conversation { id } } ... on TurnCompleted { creditsCharged balance } } }
"""
LEDGER = """
    { viewer { credits { available held }
      creditEntries(first: 5) { nodes { operation cost tokensUsed estimated balanceAfter } } } }
"""
QUESTION = "Dove nacque Garibaldi?"


async def owner_of(api: Api) -> UserId:
    return UserId(key_of("User", (await api("{ viewer { id } }")).data["viewer"]["id"]))


async def left_with(api: Api, application: Application, credits: int) -> UserId:
    """The user of this API with so many credits left."""
    owner = await owner_of(api)
    account = await application.accounts.credits.account(owner=owner)
    await application.accounts.adjust_credits(owner=owner, amount=credits - account.credits, reason="For a test.")
    return owner


async def estimated(api: Api, **what: Any) -> dict[str, Any]:
    estimate: dict[str, Any] = (await api(ESTIMATE, input=what)).data["estimate"]
    return estimate


@pytest.mark.parametrize(("count", "credits"), [(1, 1), (5, 3), (50, 30)])
async def test_a_generation_holds_six_hundred_tokens_an_exercise(api: Api, count: int, credits: int) -> None:
    estimate = await estimated(api, generateExercises={"count": count})
    assert estimate == {"credits": credits, "available": 10_000, "affordable": True}


async def test_a_chat_turn_holds_more_the_longer_the_question_and_what_was_said_before(api: Api, shelf: Shelf) -> None:
    await shelf.put(await owner_of(api), GARIBALDI)
    short = await estimated(api, chat={"message": QUESTION})
    long = await estimated(api, chat={"message": QUESTION * 300})
    assert (short["credits"], long["credits"]) == (5, 7)
    conversation = (await api.events(CHAT, input={"message": QUESTION * 300}))[0]["data"]["chat"]["conversation"]
    later = await estimated(api, chat={"message": QUESTION, "conversationId": conversation["id"]})
    assert later["credits"] == 7


async def test_what_is_told_again_holds_nothing(api: Api, shelf: Shelf) -> None:
    await shelf.put(await owner_of(api), GARIBALDI)
    asked = {"message": QUESTION, "turnKey": "once"}
    before = await estimated(api, chat=asked)
    await api.events(CHAT, input=asked)
    assert (before["credits"], (await estimated(api, chat=asked))["credits"]) == (5, 0)


async def test_an_estimate_holds_and_costs_nothing_and_begins_no_conversation(api: Api) -> None:
    await estimated(api, chat={"message": QUESTION})
    viewer = (await api("{ viewer { credits { available held } conversations { totalCount } } }")).data["viewer"]
    assert viewer == {"credits": {"available": 10_000, "held": 0}, "conversations": {"totalCount": 0}}


async def test_what_is_exactly_affordable_is(api: Api, application: Application) -> None:
    await left_with(api, application, 3)
    assert await estimated(api, generateExercises={"count": 5}) == {"credits": 3, "available": 3, "affordable": True}
    assert await estimated(api, generateExercises={"count": 6}) == {"credits": 4, "available": 3, "affordable": False}


@pytest.mark.parametrize(
    "what",
    [
        {"generateExercises": {"count": 0}},
        {"generateExercises": {"count": 51}},
        {"generateExercises": {"topic": "x" * 301}},
        {"generateExercises": {"sourceIds": ["no id"]}},
        {"chat": {"message": "  "}},
        {"chat": {"message": "x" * 8_001}},
        {"chat": {"message": "Sì?", "conversationId": "no id"}},
        {},
        {"chat": {"message": "Sì?"}, "generateExercises": {"count": 1}},
    ],
)
async def test_what_could_not_be_done_is_not_estimated(api: Api, what: dict[str, Any]) -> None:
    answer = await api(ESTIMATE, input=what)
    assert answer.code == "BAD_USER_INPUT"


async def test_a_conversation_that_is_not_there_is_not_found(api: Api) -> None:
    nowhere = global_id("Conversation", uuid4())
    answer = await api(ESTIMATE, input={"chat": {"message": QUESTION, "conversationId": nowhere}})
    assert answer.code == "NOT_FOUND"


async def test_nobody_is_told_nothing(stranger: Api) -> None:
    assert (await stranger(ESTIMATE, input={"generateExercises": {"count": 1}})).code == "UNAUTHENTICATED"


async def test_a_generation_out_of_credits_tells_the_balance_and_what_it_needs(
    api: Api, application: Application, shelf: Shelf
) -> None:
    await shelf.put(await left_with(api, application, 2), GARIBALDI)
    assert (await api(GENERATE, input={"count": 5})).failure == {
        "code": "INSUFFICIENT_CREDITS",
        "balance": 2,
        "required": 3,
    }


async def test_a_chat_out_of_credits_tells_the_balance_and_what_it_needs(
    api: Api, application: Application, shelf: Shelf
) -> None:
    await shelf.put(await left_with(api, application, 4), GARIBALDI)
    (event,) = await api.events(CHAT, input={"message": QUESTION})
    (error,) = event["errors"]
    assert error["extensions"] == {"code": "INSUFFICIENT_CREDITS", "balance": 4, "required": 5}


async def test_a_turn_that_can_just_be_held_is_answered_and_its_line_says_that_it_is_estimated(
    api: Api, application: Application, shelf: Shelf
) -> None:
    await shelf.put(await left_with(api, application, 5), GARIBALDI)
    completed = (await api.events(CHAT, input={"message": QUESTION}))[-1]["data"]["chat"]
    assert (completed["creditsCharged"], completed["balance"]) == (1, 4)
    viewer = (await api(LEDGER)).data["viewer"]
    assert viewer["credits"] == {"available": 4, "held": 0}
    line = viewer["creditEntries"]["nodes"][0]
    assert (line["operation"], line["cost"], line["estimated"], line["balanceAfter"]) == ("CHAT", 1, True, 4)
    assert line["tokensUsed"] > 0


async def test_the_operator_sees_the_balance_the_lines_and_their_reasons(api: Api, application: Application) -> None:
    owner = await left_with(api, application, 25)
    async with application.accounts.hold(owner=owner, operation=CreditOperation.CHAT, estimate=5):
        text = await shown(application, owner, lines=5)
    assert "balance    25   held 5   available 20" in text
    assert "hold       5 for CHAT" in text
    assert "For a test." in text
    assert [word in text for word in ("ADJUSTMENT", "GRANT")] == [True, True]
