"""The npm clients `graphql-ws` and `graphql-sse`, and the client of docs/streaming.md, against the running stack.

What they do and must see stands in tests/clients/*.test.mjs, in their own language.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from entrypoints.cli.client import StudioloClient
from entrypoints.cli.sample_library import SAMPLE
from tests.builders import a_subject
from tests.journeys.contexts.conftest import Stack
from tests.journeys.contexts.test_library_journey import followed, upload

CLIENTS = Path(__file__).parents[2] / "clients"
NODE = shutil.which("node")
_INSTALLED = CLIENTS / "node_modules" / ".studiolo-setup"
_SHORT = 10
"""Seconds that a token lasts: long enough to connect with it on a busy machine."""

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("stack"),
    pytest.mark.skipif(NODE is None, reason="Node is not installed here"),
    pytest.mark.skipif(not _INSTALLED.exists(), reason="tests/clients has no packages: `make clients` installs them"),
]


@pytest.mark.parametrize("clients", ["websocket", "events", "document"])
async def test_npm_clients_work_with_the_api(stack: Stack, clients: str) -> None:
    user = a_subject()
    token = stack.token(user)
    async with StudioloClient(stack.url, token) as client:
        source_id = (await upload(client, "lo_studiolo.pdf", SAMPLE.read_bytes()))["source"]["id"]
        await followed(client, source_id)
    told = subprocess.run(
        [str(NODE), "--test", "--test-reporter=spec", f"{clients}.test.mjs"],
        cwd=CLIENTS,
        env={
            "PATH": os.environ["PATH"],
            "STUDIOLO_URL": stack.url,
            "STUDIOLO_TOKEN": token,
            "STUDIOLO_SHORT_TOKEN": stack.token(user, expires_in=_SHORT),
            "STUDIOLO_SOURCE": source_id,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert told.returncode == 0, told.stdout + told.stderr
