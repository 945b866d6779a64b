"""A first request makes an account with 10,000 credits; a bad token makes nothing."""

from __future__ import annotations

import asyncio

import httpx2
import jwt
import pytest

from entrypoints.cli.client import StudioloClient
from tests.builders import a_subject
from tests.journeys.contexts.conftest import Stack

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("stack")]

VIEWER = """
{ viewer { id preferences { citationFormat studyLanguage }
  credits { available held monthlyAllowance }
  creditEntries(first: 5) { totalCount nodes { operation cost balanceAfter } } } }"""


async def test_ten_first_requests_at_once_make_one_account_with_one_grant(stack: Stack) -> None:
    token = stack.token(a_subject())
    async with StudioloClient(stack.url, token) as client:
        answers = await asyncio.gather(*(client.run(VIEWER) for _ in range(10)))
    assert len({answer["viewer"]["id"] for answer in answers}) == 1
    viewer = answers[0]["viewer"]
    assert viewer["credits"] == {"available": 10_000, "held": 0, "monthlyAllowance": 10_000}
    assert viewer["creditEntries"]["totalCount"] == 1
    assert viewer["creditEntries"]["nodes"] == [{"operation": "GRANT", "cost": -10_000, "balanceAfter": 10_000}]


async def test_preferences_are_kept(client: StudioloClient) -> None:
    await client.run(
        'mutation { updatePreferences(input: {citationFormat: MLA, studyLanguage: "it-CH"}) '
        "{ preferences { citationFormat } } }"
    )
    viewer = (await client.run(VIEWER))["viewer"]
    assert viewer["preferences"] == {"citationFormat": "MLA", "studyLanguage": "it"}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("none", "missing"), ("garbage", "malformed"), ("unsigned", "algorithm"), ("expired", "expired")],
)
async def test_a_bad_token_is_401_with_its_reason(stack: Stack, kind: str, reason: str) -> None:
    token = {
        "none": "",
        "garbage": "non-un-token",
        "unsigned": jwt.encode({"sub": "user_1"}, key="", algorithm="none"),
        "expired": stack.token(expires_in=-3600) if kind == "expired" else "",
    }[kind]
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.post(stack.url, json={"query": VIEWER}, headers=headers)
    assert answer.status_code == 401
    (error,) = answer.json()["errors"]
    assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("UNAUTHENTICATED", reason)
