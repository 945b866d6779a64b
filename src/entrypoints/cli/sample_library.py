"""The library that a new student finds: one text of ours, in the account whose token `studiolo up` prints."""

from __future__ import annotations

import asyncio
from pathlib import Path

SAMPLE = Path(__file__).parent / "samples" / "lo_studiolo.pdf"
SAMPLE_NAME = "Lo studiolo.pdf"
"""As a student would have it; a source without a title is called by its file."""


def announce(*, address: str, token: str) -> str:
    """Put it there through the API, unless it is there, and do not wait until it is read; what the banner says."""
    # The client's libraries take a third of a second to import: the servers start meanwhile, not after.
    import httpx2

    from entrypoints.cli.client import OperationFailed

    try:
        title = asyncio.run(_add(f"{address}/graphql", token))
    except (OperationFailed, httpx2.HTTPError) as error:
        return f"the sample text could not be added ({error})"
    return f"«{title}», in the account of this token"


async def _add(url: str, token: str) -> str:
    from entrypoints.cli import demo_operations as operations
    from entrypoints.cli.client import StudioloClient

    async with StudioloClient(url, token, timeout_seconds=10) as client:
        data = await client.upload(
            operations.ADD_SOURCE,
            {"input": {"origin": {"file": None}}},
            at="variables.input.origin.file",
            filename=SAMPLE_NAME,
            content=SAMPLE.read_bytes(),
        )
    title: str = data["addSource"]["source"]["title"]
    return title
