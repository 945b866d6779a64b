"""Everything that a user owns, handed over as it is; nothing of anybody else."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from adapters.files import StoredPersonalFiles
from adapters.memory.files import MemoryFileStore
from adapters.memory.personal_data import MemoryPersonalRecords
from adapters.postgres.personal_data import PostgresPersonalRecords
from application.accounts import ExportAccount
from domain.shared import NoSuch
from entrypoints.cli.archive import write_archive
from tests.builders import a_user
from tests.builders_erasure import a_tenant
from tests.builders_library import one_piece
from tests.contracts.conftest import Store


@pytest.fixture
def files() -> MemoryFileStore:
    return MemoryFileStore()


@pytest.fixture
def export(store: Store, files: MemoryFileStore) -> ExportAccount:
    records = store.worker_reader(memory=MemoryPersonalRecords, postgres=PostgresPersonalRecords)
    return ExportAccount(uow=store.uow, records=records, files=StoredPersonalFiles(files))


async def test_the_archive_has_every_kind_of_thing_and_the_original_files(
    store: Store, files: MemoryFileStore, export: ExportAccount, tmp_path: Path
) -> None:
    mine, theirs = await a_tenant(store.uow), await a_tenant(store.uow)
    await files.put(f"{mine.id}/{mine.source.id}/hash", one_piece(b"\0originale\xff" * 1_000))
    await files.put(f"{theirs.id}/{theirs.source.id}", one_piece(b"altrui"))

    written = await write_archive(tmp_path / "ada.zip", export(owner=mine.id))

    with ZipFile(tmp_path / "ada.zip") as archive:
        names = archive.namelist()
        assert len(set(names)) == len(names) == written
        assert archive.testzip() is None
        assert archive.read(f"files/{mine.source.id}") == b"\0originale\xff" * 1_000
        data = {name: json.loads(archive.read(name)) for name in names if name.startswith("data/")}
        everything = b"".join(archive.read(name) for name in names).decode(errors="replace")
    assert {name.removeprefix("data/").removesuffix(".json") for name in data} >= {
        "users", "credit_logs", "credit_holds", "sources", "source_texts", "chunks", "documents", "attachments",
        "exercises", "responses", "review_cards", "review_log", "conversations", "messages", "turns",
    }  # fmt: skip
    assert [source["title"] for source in data["data/sources.json"]] == [mine.source.title]
    assert len(data["data/chunks.json"]) == 2
    assert "Il Po nasce dal Monviso." in everything
    assert not [name for name in names if "vector" in name or "posting" in name]
    for foreign in (str(theirs.id), str(theirs.source.id), "altrui"):
        assert foreign not in everything
    assert oct((tmp_path / "ada.zip").stat().st_mode)[-3:] == "600"


async def test_of_nobody_there_is_nothing_and_no_file_is_left(export: ExportAccount, tmp_path: Path) -> None:
    with pytest.raises(NoSuch):
        await write_archive(tmp_path / "nessuno.zip", export(owner=a_user().id))
    assert list(tmp_path.iterdir()) == []
