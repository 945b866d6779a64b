"""Work that is going on while its user is erased brings nothing back."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.files import StoredPersonalFiles
from adapters.memory.embedding_queue import MemoryEmbeddingQueue
from adapters.memory.extraction import MemoryExtractor
from adapters.memory.files import MemoryFileStore
from adapters.memory.jobs import MemoryJobQueue
from adapters.memory.pages import MemoryPageFetcher
from adapters.memory.personal_data import MemoryPersonalData
from adapters.memory.signals import MemorySourceSignals
from adapters.postgres.embedding_queue import PostgresEmbeddingQueue
from adapters.postgres.personal_data import PostgresPersonalData
from adapters.system import new_uuid7
from application.accounts import EraseAccount, PersonalData, RequestErasure
from application.library import AddSource, Extractor, IngestSource, TextOrigin
from domain.accounts import AccountErased, User
from domain.chat import TextDelta
from domain.library import ExtractedText, SourceKind
from tests.builders import TickingClock, signed_up
from tests.builders_chat import ScriptedModel, an_answerer
from tests.builders_library import a_stored_source, toward
from tests.contracts.conftest import Store

TEXT = "Il Po nasce dal Monviso e sfocia nell'Adriatico."


class Bench:
    """A store, its erasing, and the files beside it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.rows: PersonalData = store.worker_reader(memory=MemoryPersonalData, postgres=PostgresPersonalData)
        self.files, self.jobs, self.clock = MemoryFileStore(), MemoryJobQueue(), TickingClock()
        self.signals = MemorySourceSignals(reminder=0.05)

    async def request(self, user: User) -> None:
        await RequestErasure(uow=self.store.uow, jobs=self.jobs, clock=self.clock)(owner=user.id, subject=user.subject)

    async def erase(self, user: User) -> None:
        await self.request(user)
        stores = (self.rows, StoredPersonalFiles(self.files))
        await EraseAccount(uow=self.store.worker_uow, stores=stores, clock=self.clock)(owner=user.id)

    async def nothing_is_left(self, user: User) -> bool:
        rows = await self.rows.remaining(owner=user.id)
        return not any(rows.values()) and not await self.files.keys(under=str(user.id))

    def adding(self, files: MemoryFileStore) -> AddSource:
        return AddSource(
            uow=self.store.uow,
            files=files,
            jobs=self.jobs,
            clock=self.clock,
            new_id=new_uuid7,
            max_upload_bytes=10_000,
        )

    def ingesting(self, extractor: Extractor) -> IngestSource:
        return IngestSource(
            uow=self.store.worker_uow,
            files=self.files,
            pages=MemoryPageFetcher(),
            extractor=extractor,
            jobs=self.jobs,
            signals=self.signals,
            clock=self.clock,
        )


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


class Interrupted(Extractor):
    """Something happens while a source is read."""

    def __init__(self, happens: Callable[[], Awaitable[None]]) -> None:
        self._happens = happens

    async def extract(self, file: Path, *, kind: SourceKind, **given: Any) -> ExtractedText:
        await self._happens()
        return await MemoryExtractor().extract(file, kind=kind, **given)


class TestASourceThatIsBeingRead:
    async def test_when_everything_is_removed_is_no_error(self, bench: Bench) -> None:
        user = await signed_up(bench.store.uow)
        source = (await bench.adding(bench.files)(owner=user.id, origin=TextOrigin(text=TEXT))).source
        ingest = bench.ingesting(Interrupted(lambda: bench.erase(user)))
        await ingest(owner=user.id, source_id=source.id)
        assert await bench.nothing_is_left(user)

    async def test_when_erasure_is_requested_is_not_stored(self, bench: Bench) -> None:
        user = await signed_up(bench.store.uow)
        source = (await bench.adding(bench.files)(owner=user.id, origin=TextOrigin(text=TEXT))).source
        ingest = bench.ingesting(Interrupted(lambda: bench.request(user)))
        with pytest.raises(AccountErased):
            await ingest(owner=user.id, source_id=source.id)
        await bench.erase(user)
        await ingest(owner=user.id, source_id=source.id)
        assert await bench.nothing_is_left(user)


class TestAnUpload:
    async def test_that_arrives_after_the_files_were_removed_leaves_no_file(self, bench: Bench) -> None:
        user = await signed_up(bench.store.uow)

        class Late(MemoryFileStore):
            async def put(self, key: str, content: AsyncIterable[bytes]) -> None:
                await bench.erase(user)
                await bench.files.put(key, content)

            async def delete_all(self, *, under: str) -> None:
                await bench.files.delete_all(under=under)

        with pytest.raises(AccountErased):
            await bench.adding(Late())(owner=user.id, origin=TextOrigin(text=TEXT))
        assert await bench.nothing_is_left(user)


class TestAnEmbedding:
    async def test_that_comes_back_after_the_erasure_is_passed_over(self, bench: Bench) -> None:
        queue = bench.store.worker_reader(
            memory=MemoryEmbeddingQueue,
            postgres=lambda transactions: PostgresEmbeddingQueue(
                transactions, clock=bench.clock, lease=timedelta(seconds=60)
            ),
        )
        user = await signed_up(bench.store.uow)
        await a_stored_source(bench.store.uow, user.id)
        async with queue.claim(model="m", limit=100) as waiting:
            await bench.erase(user)
            await queue.store(model="m", vectors={one.chunk_id: toward(1) for one in waiting if one.owner == user.id})
        assert await bench.nothing_is_left(user)


class TestATurnThatIsRunning:
    @pytest.mark.parametrize("removed", [False, True])
    async def test_stores_and_charges_nothing_more(self, bench: Bench, removed: bool) -> None:
        user = await signed_up(bench.store.uow, credits=100)
        model = ScriptedModel(["Garibaldi nacque a Nizza, dicono. ", "Era il quattro luglio, e faceva caldo."])
        answer = an_answerer(bench.store.uow, model=model)
        told = False
        async with aclosing(answer(owner=user.id, message="Dove nacque?", turn_key="k")) as events:
            async for event in events:
                if isinstance(event, TextDelta) and not told:
                    told = True
                    await (bench.erase(user) if removed else bench.request(user))
        assert told
        await bench.erase(user)
        assert await bench.nothing_is_left(user)

    async def test_that_the_client_leaves_ends_quietly(self, bench: Bench) -> None:
        user = await signed_up(bench.store.uow, credits=100)
        model = ScriptedModel(["Garibaldi nacque a Nizza, dicono. ", "Era il quattro luglio, e faceva caldo."])
        async with aclosing(an_answerer(bench.store.uow, model=model)(owner=user.id, message="Dove?")) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    await bench.request(user)
                    break
        await bench.erase(user)
        assert await bench.nothing_is_left(user)
