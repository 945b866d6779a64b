"""The operator sees an account and corrects it, on a running stack."""

from __future__ import annotations

import re
import subprocess

import pytest

from entrypoints.cli.client import StudioloClient
from tests.builders import a_subject
from tests.journeys.commands import studiolo
from tests.journeys.contexts.conftest import Stack

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("stack")]

CREDITS = "{ viewer { credits { available } creditEntries(first: 5) { nodes { operation cost } } } }"


def credits(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    return studiolo("credits", *arguments, "--data-dir", str(stack.up.data_dir))


async def test_credits_are_taken_given_and_shown_with_their_reasons(stack: Stack) -> None:
    subject = a_subject()
    async with StudioloClient(stack.url, stack.token(subject)) as client:
        await client.run(CREDITS)
        taken = credits(stack, "adjust", subject, "--amount", "-10000", "--reason", "Chargeback.", "--key", "ticket 7")
        again = credits(stack, "adjust", subject, "--amount", "-10000", "--reason", "Chargeback.", "--key", "ticket 7")
        assert taken.stdout.startswith("10000 credits taken; the balance is 0."), taken.stderr
        assert again.stdout == taken.stdout
        given = credits(stack, "adjust", subject, "--amount", "25", "--reason", "Perché sì.")
        assert given.stdout.startswith("25 credits given; the balance is 25."), given.stderr
        viewer = (await client.run(CREDITS))["viewer"]
        assert viewer["credits"] == {"available": 25}
        assert [entry["cost"] for entry in viewer["creditEntries"]["nodes"]] == [-25, 10_000, -10_000]

    shown = credits(stack, "show", subject).stdout
    assert "balance    25   held 0   available 25" in shown
    assert re.search(r"ADJUSTMENT +10000 +0 .*Chargeback\.", shown)
    assert re.search(r"ADJUSTMENT +-25 +25 .*Perché sì\.", shown)
    # Our own id names the same user.
    (id,) = re.findall(r"^user +(\S+)", shown)
    assert credits(stack, "show", id).stdout == shown


async def test_what_cannot_be_done_is_said_in_a_line(stack: Stack) -> None:
    subject = a_subject()
    nobody = credits(stack, "show", subject)
    assert (nobody.returncode, nobody.stderr) == (1, "studiolo: There is no such user.\n")
    async with StudioloClient(stack.url, stack.token(subject)) as client:
        await client.run(CREDITS)
    too_much = credits(stack, "adjust", subject, "--amount", "-10001", "--reason", "All of it.")
    assert (too_much.returncode, too_much.stdout) == (1, "")
    assert too_much.stderr == "studiolo: 10001 credits cannot be taken: 10000 are available.\n"
    unreasoned = credits(stack, "adjust", subject, "--amount", "1", "--reason", " ")
    assert unreasoned.stderr == "studiolo: A reason has 1 to 500 characters.\n"
