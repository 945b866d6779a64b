"""Two processes on one budget: what the provider itself counts is never more than the limit."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from uuid import uuid4

from adapters.postgres.engine import API_ROLE, WORKER_ROLE
from tests.conftest import PostgresUrls
from tests.wire.embedding_server import EmbeddingServer

PROJECT = Path(__file__).resolve().parents[2]
LIMIT, WINDOW, MARGIN, SECONDS = 5, 2.0, 0.1, 7.0


async def made_by(*arguments: str) -> int:
    """How many requests a process made."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.contracts.budget_process", *arguments),
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": f"{PROJECT / 'src'}:{PROJECT}"},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return int(output)


async def test_two_processes_together_never_exceed_the_limit_and_use_it(postgres: PostgresUrls) -> None:
    with EmbeddingServer(dialect="openai") as server:
        shared = (server.url, f"account-{uuid4()}", str(LIMIT), str(WINDOW), str(MARGIN), str(SECONDS))
        made = await asyncio.gather(
            made_by(postgres.api, API_ROLE, *shared), made_by(postgres.worker, WORKER_ROLE, *shared)
        )
        assert min(made) > 0
        assert sum(made) == len(server.requests)
        assert server.most_within(WINDOW) == LIMIT
        assert len(server.requests) >= 2 * LIMIT  # it is not kept by asking hardly ever
