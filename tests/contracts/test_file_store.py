"""The contract of the file store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from obstore.store import AzureStore, GCSStore, MemoryStore, S3Store

from adapters.files import FolderFileStore, ObjectFileStore, UnsafeKey, UnusableFilesUrl, open_files
from adapters.memory.files import MemoryFileStore
from application.library import FileStore
from domain.shared import NoSuch, Unavailable
from tests.dying import Killed


async def pieces(*contents: bytes, then: BaseException | None = None) -> AsyncIterator[bytes]:
    """One after the other; then an end, or a fault."""
    for content in contents:
        yield content
    if then is not None:
        raise then


async def got(files: FileStore, key: str) -> bytes:
    async with aclosing(files.read(key)) as found:
        return b"".join([piece async for piece in found])


@pytest.fixture(params=["memory", "folder", "objects"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    match request.param:
        case "memory":
            return MemoryFileStore()
        case "folder":
            return FolderFileStore(tmp_path / "files")
        case _:
            return ObjectFileStore(MemoryStore())


class TestFileStore:
    async def test_what_was_put_is_got(self, files: FileStore) -> None:
        await files.put("owner/source", pieces(b"\0\xff ", b"bytes"))
        assert await got(files, "owner/source") == b"\0\xff bytes"
        assert await files.exists("owner/source")

    async def test_it_is_there_as_a_local_file_while_that_is_open(self, files: FileStore) -> None:
        await files.put("owner/source", pieces(b"\0\xff ", b"bytes"))
        async with files.local("owner/source") as path:
            assert path.read_bytes() == b"\0\xff bytes"
        assert await got(files, "owner/source") == b"\0\xff bytes"

    async def test_a_large_file_comes_and_goes_in_pieces(self, files: FileStore) -> None:
        contents = [bytes([number]) * 700_001 for number in range(17)]
        await files.put("owner/source", pieces(*contents))
        async with aclosing(files.read("owner/source")) as found:
            sizes = [len(piece) async for piece in found]
        assert (sum(sizes), max(sizes) < 2_000_000) == (17 * 700_001, True)
        assert await got(files, "owner/source") == b"".join(contents)

    async def test_an_empty_file_is_a_file(self, files: FileStore) -> None:
        await files.put("owner/source", pieces())
        assert await got(files, "owner/source") == b""
        assert await files.exists("owner/source")

    async def test_a_second_put_replaces_the_first(self, files: FileStore) -> None:
        await files.put("owner/source", pieces(b"lungo, il primo"))
        await files.put("owner/source", pieces(b"corto"))
        assert await got(files, "owner/source") == b"corto"

    async def test_an_unknown_key_is_not_found(self, files: FileStore) -> None:
        await files.put("owner/source/hash", pieces(b"1"))
        for key in ("owner/nothing", "owner/source", "owner"):
            with pytest.raises(NoSuch):
                await got(files, key)
            with pytest.raises(NoSuch):
                async with files.local(key):
                    raise AssertionError(key)
            assert not await files.exists(key)

    async def test_a_deleted_file_is_gone_and_the_others_stay(self, files: FileStore) -> None:
        await files.put("owner/one", pieces(b"1"))
        await files.put("owner/two", pieces(b"2"))
        await files.delete("owner/one")
        with pytest.raises(NoSuch):
            await got(files, "owner/one")
        assert not await files.exists("owner/one")
        assert await got(files, "owner/two") == b"2"

    async def test_deleting_what_is_not_there_does_nothing(self, files: FileStore) -> None:
        await files.delete("owner/nothing")
        await files.put("owner/source/hash", pieces(b"1"))
        await files.delete("owner/source")
        await files.delete("owner/source/hash/more")
        assert await got(files, "owner/source/hash") == b"1"

    @pytest.mark.parametrize("fault", [ValueError("rotto"), OSError("disco"), FileNotFoundError("via"), Killed()])
    @pytest.mark.parametrize("size", [10, 3_000_000])
    async def test_a_stream_that_breaks_off_leaves_nothing_and_what_was_there_stays(
        self, files: FileStore, fault: BaseException, size: int
    ) -> None:
        broken = [b"a" * size, b"b" * size]
        with pytest.raises(type(fault)) as raised:
            await files.put("owner/source", pieces(*broken, then=fault))
        assert raised.value is fault
        assert list(await files.keys(under="owner")) == []
        await files.put("owner/source", pieces(b"intero"))
        with pytest.raises(type(fault)):
            await files.put("owner/source", pieces(*broken, then=fault))
        assert await got(files, "owner/source") == b"intero"

    async def test_a_put_that_is_cancelled_leaves_nothing(self, files: FileStore) -> None:
        reached = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            yield b"a" * 2_000_000
            reached.set()
            await asyncio.Event().wait()

        put = asyncio.create_task(files.put("owner/source", endless()))
        await reached.wait()
        put.cancel()
        with pytest.raises(asyncio.CancelledError):
            await put
        assert list(await files.keys(under="owner")) == []
        assert not await files.exists("owner/source")

    async def test_a_reader_never_sees_half_a_file(self, files: FileStore) -> None:
        contents = [bytes([letter]) * 200_000 for letter in b"abcdef"]
        await files.put("owner/source", pieces(contents[0]))
        _, *seen = await asyncio.gather(
            asyncio.gather(*(files.put("owner/source", pieces(content)) for content in contents)),
            *(got(files, "owner/source") for _ in range(12)),
        )
        assert all(content in contents for content in seen)

    async def test_it_can_be_filled_again_after_it_was_emptied(self, files: FileStore) -> None:
        for _ in range(3):
            await files.put("owner/source", pieces(b"1"))
            await files.delete("owner/source")
        await files.put("owner/source", pieces(b"2"))
        assert await got(files, "owner/source") == b"2"

    async def test_some_put_while_others_empty_the_place_beside(self, files: FileStore) -> None:
        async def come_and_go(number: int) -> None:
            for _ in range(5):
                await files.put(f"owner/{number}/hash", pieces(b"1"))
                await files.delete_all(under=f"owner/{number}")

        async def come_and_stay(number: int) -> None:
            await files.put(f"owner/stays{number}/hash", pieces(b"2"))

        await asyncio.gather(*(come_and_go(number) for number in range(4)), *(come_and_stay(n) for n in range(8)))
        assert list(await files.keys(under="owner")) == [f"owner/stays{number}/hash" for number in range(8)]

    async def test_the_keys_of_one_owner_are_told_in_order(self, files: FileStore) -> None:
        for key in ("owner/two", "owner/one/b", "owner/one/a", "owner-2/three", "other/four"):
            await files.put(key, pieces(b"1"))
        assert list(await files.keys(under="owner")) == ["owner/one/a", "owner/one/b", "owner/two"]
        assert list(await files.keys(under="owner/one")) == ["owner/one/a", "owner/one/b"]
        assert list(await files.keys(under="nobody")) == []

    async def test_everything_of_one_owner_goes_and_the_others_stay(self, files: FileStore) -> None:
        for key in ("owner/one", "owner/two/hash", "owner-2/three"):
            await files.put(key, pieces(b"1"))
        for _ in range(2):
            await files.delete_all(under="owner")
            assert list(await files.keys(under="owner")) == []
        assert await got(files, "owner-2/three") == b"1"
        await files.put("owner/one", pieces(b"2"))
        assert await got(files, "owner/one") == b"2"


class TestFolder:
    @pytest.mark.parametrize(
        "key",
        ["", "..", "../x", "a/../b", "/etc/passwd", "a//b", "a/", ".hidden", "a\\b", "a\0b", "a b", "é", "x" * 201],
    )
    async def test_a_key_never_leads_out(self, tmp_path: Path, key: str) -> None:
        for files in (FolderFileStore(tmp_path / "files"), ObjectFileStore(MemoryStore())):
            with pytest.raises(UnsafeKey):
                await files.put(key, pieces(b""))
            with pytest.raises(UnsafeKey):
                await got(files, key)
            with pytest.raises(UnsafeKey):
                files.local(key)
            for ask in (files.exists, files.delete):
                with pytest.raises(UnsafeKey):
                    await ask(key)
            for asked in (files.keys, files.delete_all):
                with pytest.raises(UnsafeKey):
                    await asked(under=key)

    async def test_nothing_but_the_file_is_left(self, tmp_path: Path) -> None:
        files = FolderFileStore(tmp_path)
        await files.put("owner/source", pieces(b"1" * 3_000_000))
        assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["source"]

    async def test_its_own_path_is_given_without_a_copy(self, tmp_path: Path) -> None:
        files = FolderFileStore(tmp_path)
        await files.put("owner/source", pieces(b"1"))
        async with files.local("owner/source") as path:
            assert path == tmp_path / "owner" / "source"

    async def test_only_its_owner_may_look_into_it(self, tmp_path: Path) -> None:
        await FolderFileStore(tmp_path / "data" / "files").put("owner/source/hash", pieces(b"1"))
        for folder in ("data/files", "data/files/owner", "data/files/owner/source"):
            assert (tmp_path / folder).stat().st_mode & 0o777 == 0o700

    async def test_what_a_killed_write_left_behind_is_no_file_and_goes_too(self, tmp_path: Path) -> None:
        files = FolderFileStore(tmp_path)
        await files.put("owner/source", pieces(b"1"))
        (tmp_path / "owner" / ".x7.partial").write_bytes(b"mezzo")
        (tmp_path / "owner" / "source#1").write_bytes(b"mezzo")
        assert list(await files.keys(under="owner")) == ["owner/source"]
        await files.delete_all(under="owner")
        assert list(tmp_path.iterdir()) == []

    async def test_a_folder_that_cannot_be_written_is_said_to_be_unavailable(self, tmp_path: Path) -> None:
        (tmp_path / "owner").write_text("a file where a folder should be")
        with pytest.raises(Unavailable):
            await FolderFileStore(tmp_path).put("owner/source", pieces(b"1"))
        with pytest.raises(Unavailable):
            await FolderFileStore(tmp_path / "owner").put("owner/source", pieces(b"1"))


class TestOpening:
    def test_without_an_address_files_are_in_the_folder(self, tmp_path: Path) -> None:
        assert isinstance(open_files(None, folder=tmp_path), FolderFileStore)

    def test_an_address_names_the_vendor_the_bucket_and_the_prefix(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "studiolo")
        kinds = {"s3": S3Store, "gs": GCSStore, "az": AzureStore}
        for scheme, kind in kinds.items():
            store = open_files(f"{scheme}://appunti/originali", folder=tmp_path)._store
            assert isinstance(store, S3Store | GCSStore | AzureStore)
            assert (type(store), store.prefix) == (kind, "originali")

    def test_what_a_vendor_still_needs_is_said_in_one_line(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_CONNECTION_STRING"):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(UnusableFilesUrl, match=r"^FILES_URL: .*Account must be specified$"):
            open_files("az://appunti", folder=tmp_path)

    async def test_a_store_that_does_not_answer_is_said_to_be_unavailable(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
        monkeypatch.setenv("AWS_REGION", "eu-south-1")
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
        files = open_files("s3://appunti", folder=tmp_path, patience=1)
        with pytest.raises(Unavailable):
            await files.put("owner/source", pieces(b"1"))
        with pytest.raises(Unavailable):
            await got(files, "owner/source")
