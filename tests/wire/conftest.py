"""Webs on this machine."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.wire.page_server import Web, web


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Web]:
    """With one site, over HTTP; temporary files lie in `tmp_path`."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with web() as running:
        running.site("fiumi.example")
        yield running


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[Web]:
    """With one site, over HTTP and over TLS with a certificate for it."""
    async with web(tmp_path) as running:
        running.site("fiumi.example")
        yield running
