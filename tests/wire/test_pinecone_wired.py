"""The application as it is put together with VECTOR_STORE=pinecone, against the stand-in at the wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.offline import OfflineEmbedder
from adapters.postgres.embedding_queue import PostgresEmbeddingQueue
from adapters.postgres.engine import WORKER_ROLE, Transactions, create_engine
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from entrypoints.bootstrap import running
from entrypoints.settings import InvalidSettings, Settings, load_settings
from tests.builders import signed_up
from tests.builders_library import CORPUS, a_stored_source
from tests.conftest import PostgresUrls
from tests.wire.pinecone_server import KEY, pinecone_server


def settings_for(database: str, pinecone: str, folder: Path) -> Settings:
    return load_settings(
        env_file=None,
        data_dir=folder,
        database_url=database,
        redis_url="redis://127.0.0.1:9",
        vector_store="pinecone",
        pinecone_api_key=KEY,
        pinecone_server_url=pinecone,
    )


async def test_vectors_reach_pinecone_answer_searches_and_go_with_their_source(
    postgres: PostgresUrls, shared: Path, tmp_path: Path
) -> None:
    engine, embedder = create_engine(postgres.worker), OfflineEmbedder()
    transactions = Transactions(engine, role=WORKER_ROLE)
    uow = OpenPostgresUnitOfWork(transactions)
    user = await signed_up(uow)
    source, chunks = await a_stored_source(uow, user.id, CORPUS)
    vectors = await embedder.embed(CORPUS)
    await PostgresEmbeddingQueue(transactions).store(
        model=embedder.model, vectors={chunk.id: one for chunk, one in zip(chunks, vectors, strict=True)}
    )
    async with pinecone_server(shared / "specs") as server:
        async with running(settings_for(postgres.worker, server.url, tmp_path), "worker") as worker:
            assert (await worker.library.reconcile_vectors(owner=user.id)).holes == len(CORPUS)
            await worker.library.keep_vectors_alive()
        async with running(settings_for(postgres.api, server.url, tmp_path), "api") as api:
            found = await api.library.search(owner=user.id, query="Da dove partì Garibaldi?")
            assert found.coverage.degraded is None
            assert found.hits[0].semantic_rank == 1
            assert api.service.vector_store == "pinecone"
            await api.library.delete_source(owner=user.id, id=source.id)
        assert server.namespaces.held[str(user.id)] == {}
    await engine.dispose()


def test_pinecone_without_a_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="PINECONE_API_KEY: is not set, but VECTOR_STORE is pinecone"):
        load_settings(env_file=None, data_dir=tmp_path, vector_store="pinecone")
