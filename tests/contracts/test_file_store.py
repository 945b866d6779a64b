"""The contract of the file store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from adapters.files.folder import FolderFileStore, UnsafeKey
from adapters.memory.files import MemoryFileStore
from application.library import FileStore
from domain.shared import NoSuch, Unavailable


@pytest.fixture(params=["memory", "folder"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    return MemoryFileStore() if request.param == "memory" else FolderFileStore(tmp_path / "files")


class TestFileStore:
    async def test_what_was_put_is_got(self, files: FileStore) -> None:
        await files.put("owner/source", b"\0\xff bytes")
        assert await files.get("owner/source") == b"\0\xff bytes"

    async def test_a_second_put_replaces_the_first(self, files: FileStore) -> None:
        await files.put("owner/source", b"lungo, il primo")
        await files.put("owner/source", b"corto")
        assert await files.get("owner/source") == b"corto"

    async def test_an_unknown_key_is_not_found(self, files: FileStore) -> None:
        with pytest.raises(NoSuch):
            await files.get("owner/nothing")

    async def test_a_deleted_file_is_gone_and_the_others_stay(self, files: FileStore) -> None:
        await files.put("owner/one", b"1")
        await files.put("owner/two", b"2")
        await files.delete("owner/one")
        with pytest.raises(NoSuch):
            await files.get("owner/one")
        assert await files.get("owner/two") == b"2"

    async def test_deleting_what_is_not_there_does_nothing(self, files: FileStore) -> None:
        await files.delete("owner/nothing")
        await files.delete("owner/nothing")

    async def test_a_reader_never_sees_half_a_file(self, files: FileStore) -> None:
        contents = [bytes([letter]) * 200_000 for letter in b"abcdef"]
        await files.put("owner/source", contents[0])

        async def read() -> bytes:
            return await files.get("owner/source")

        _, *seen = await asyncio.gather(
            asyncio.gather(*(files.put("owner/source", content) for content in contents)), *(read() for _ in range(12))
        )
        assert all(content in contents for content in seen)

    async def test_it_can_be_filled_again_after_it_was_emptied(self, files: FileStore) -> None:
        for _ in range(3):
            await files.put("owner/source", b"1")
            await files.delete("owner/source")
        await files.put("owner/source", b"2")
        assert await files.get("owner/source") == b"2"

    async def test_the_keys_of_one_owner_are_told_in_order(self, files: FileStore) -> None:
        for key in ("owner/two", "owner/one", "owner-2/three", "other/four"):
            await files.put(key, b"1")
        assert list(await files.keys(under="owner")) == ["owner/one", "owner/two"]
        assert list(await files.keys(under="nobody")) == []

    async def test_everything_of_one_owner_goes_and_the_others_stay(self, files: FileStore) -> None:
        for key in ("owner/one", "owner/two", "owner-2/three"):
            await files.put(key, b"1")
        for _ in range(2):
            await files.delete_all(under="owner")
            assert list(await files.keys(under="owner")) == []
        assert await files.get("owner-2/three") == b"1"
        await files.put("owner/one", b"2")
        assert await files.get("owner/one") == b"2"


class TestFolder:
    @pytest.mark.parametrize(
        "key",
        ["", "..", "../x", "a/../b", "/etc/passwd", "a//b", "a/", ".hidden", "a\\b", "a\0b", "a b", "é", "x" * 201],
    )
    async def test_a_key_never_leads_out(self, tmp_path: Path, key: str) -> None:
        files = FolderFileStore(tmp_path / "files")
        with pytest.raises(UnsafeKey):
            await files.put(key, b"")
        with pytest.raises(UnsafeKey):
            await files.get(key)

    async def test_nothing_but_the_file_is_left(self, tmp_path: Path) -> None:
        files = FolderFileStore(tmp_path)
        await files.put("owner/source", b"1")
        assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["source"]

    async def test_what_a_killed_write_left_behind_goes_too(self, tmp_path: Path) -> None:
        files = FolderFileStore(tmp_path)
        await files.put("owner/source", b"1")
        (tmp_path / "owner" / ".x7.partial").write_bytes(b"mezzo")
        assert list(await files.keys(under="owner")) == ["owner/source"]
        await files.delete_all(under="owner")
        assert list(tmp_path.iterdir()) == []

    async def test_a_folder_that_cannot_be_written_is_said_to_be_unavailable(self, tmp_path: Path) -> None:
        (tmp_path / "owner").write_text("a file where a folder should be")
        with pytest.raises(Unavailable):
            await FolderFileStore(tmp_path).put("owner/source", b"1")
