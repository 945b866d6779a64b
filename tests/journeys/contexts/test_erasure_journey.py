"""A user who has used everything takes it along, and goes for good."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from zipfile import ZipFile

import psycopg
import pytest

from domain.shared import user_id_of
from entrypoints.cli import demo_operations as operations
from entrypoints.cli.client import OperationFailed, StudioloClient
from entrypoints.cli.running_stack import addresses_of
from entrypoints.cli.sample_library import SAMPLE
from tests.builders import a_subject
from tests.contracts.test_erasure_tables import rows_of
from tests.journeys.commands import studiolo
from tests.journeys.contexts.conftest import Stack
from tests.journeys.contexts.test_library_journey import followed, upload
from tests.journeys.contexts.test_practice_journey import generate, submit
from tests.journeys.contexts.test_writing_journey import create

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("stack")]


@asynccontextmanager
async def settled(stack: Stack, subject: str) -> AsyncIterator[StudioloClient]:
    """A user with a source, exercises that were answered, a document, and a conversation."""
    async with StudioloClient(stack.url, stack.token(subject)) as client:
        source_id = (await upload(client, "lo_studiolo.pdf", SAMPLE.read_bytes()))["source"]["id"]
        await followed(client, source_id)
        (exercise,) = (await generate(client, count=1, sourceIds=[source_id]))["exercises"]
        await submit(client, exercise["id"], "non lo so")
        await create(client)
        said = [event async for event in client.events(operations.CHAT, {"input": {"message": "Studiolo?"}}, "chat")]
        assert said
        yield client


async def test_export_erase_certificate_and_nothing_left(stack: Stack, tmp_path: Path) -> None:
    subject, archive = a_subject(), tmp_path / "tutto.zip"
    owner, folder = user_id_of(subject), ["--data-dir", str(stack.up.data_dir)]
    async with settled(stack, subject) as client:
        exported = studiolo("account", "export", subject, "--output", str(archive), *folder)
        assert exported.returncode == 0, exported.stderr
        with ZipFile(archive) as found:
            data = {name: json.loads(found.read(name)) for name in found.namelist() if name.endswith(".json")}
            files = [found.read(name) for name in found.namelist() if name.startswith("files/")]
        assert files == [SAMPLE.read_bytes()]
        for kind in ("sources", "chunks", "exercises", "responses", "documents", "conversations", "messages"):
            assert data[f"data/{kind}.json"], kind
        assert studiolo("account", "export", subject, "--output", str(archive), *folder).returncode == 1

        assert studiolo("account", "erase", subject, *folder).returncode == 1  # not without --yes
        erased = studiolo("account", "erase", subject, "--yes", *folder)
        assert erased.returncode == 0, erased.stderr
        removed = dict(line.split() for line in erased.stdout.splitlines() if line.startswith("  "))
        assert int(removed["chunks"]) == len(data["data/chunks.json"])
        assert (removed["sources"], removed["files"], removed["documents"]) == ("1", "1", "1")

        with pytest.raises(OperationFailed) as refused:
            await client.run("{ viewer { id } }")
        assert refused.value.errors[0]["extensions"]["reason"] == "erased"

    addresses = addresses_of(stack.up.data_dir)
    assert addresses is not None
    with psycopg.connect(addresses.owner) as connection:
        assert set(rows_of(connection, owner)) == {"users", "credit_logs", "erasures"}
    assert not (stack.up.data_dir / "files" / str(owner)).exists()
    again = studiolo("account", "erase", subject, "--yes", *folder)
    assert again.stdout == erased.stdout


def test_somebody_unknown_is_not_erased_by_a_slip(stack: Stack) -> None:
    slip = studiolo("account", "erase", a_subject(), "--yes", "--data-dir", str(stack.up.data_dir))
    assert (slip.returncode, slip.stdout) == (1, "")
    assert slip.stderr == "studiolo: There is no such user.\n"
