"""Where vectors are: in the database alone, or in a store of their own besides."""

from __future__ import annotations

from dependency_injector import providers

from adapters.personal_vectors import StoredPersonalVectors
from adapters.pinecone import PineconeConnection, PineconeVectorStore
from adapters.postgres.chunk_index import HnswSearch, PostgresChunkIndex, VectorSearch
from adapters.postgres.split_chunk_index import SplitChunkIndex
from adapters.postgres.vector_archive import PostgresVectorArchive
from adapters.postgres.vector_store import PgvectorStore
from application.library import KEEP_VECTORS_ALIVE, RECONCILE_VECTORS, day_start
from application.shared import Scheduled
from entrypoints.bootstrap.platform import PlatformContainer
from entrypoints.settings import Settings

UPKEEP = (Scheduled(job=KEEP_VECTORS_ALIVE, latest=day_start), Scheduled(job=RECONCILE_VECTORS, latest=day_start))
"""What a store of its own needs every day."""


def vector_search(settings: Settings) -> VectorSearch:
    """Which way vectors are compared."""
    return VectorSearch(
        path=settings.vector_search,
        crossover=settings.vector_crossover,
        hnsw=HnswSearch(
            ef_search=settings.hnsw_ef_search,
            iterative_scan=settings.hnsw_iterative_scan,
            max_scan_tuples=settings.hnsw_max_scan_tuples,
        ),
    )


def _has_store(settings: Settings) -> bool:
    return settings.vector_store != "pgvector"


class VectorsContainer(PlatformContainer):
    """The vector store, and searching in it."""

    store_kind = PlatformContainer.settings.provided.vector_store
    vector_store_name = providers.Callable(str, store_kind)
    has_vector_store = providers.Callable(_has_store, PlatformContainer.settings)
    pinecone = providers.Singleton(
        PineconeConnection,
        api_key=PlatformContainer.settings.provided.pinecone_api_key,
        index=PlatformContainer.settings.provided.pinecone_index,
        controller=PlatformContainer.settings.provided.pinecone_server_url,
    )
    pinecone_store = providers.Singleton(PineconeVectorStore, pinecone)
    vector_archive = providers.Singleton(PostgresVectorArchive, PlatformContainer.transactions)
    vector_store = providers.Selector(
        store_kind,
        pgvector=providers.Singleton(PgvectorStore, PlatformContainer.transactions),
        pinecone=pinecone_store,
    )
    store_elsewhere = providers.Selector(store_kind, pgvector=providers.Object(None), pinecone=pinecone_store)
    postgres_index = providers.Singleton(
        PostgresChunkIndex,
        PlatformContainer.transactions,
        providers.Callable(vector_search, PlatformContainer.settings),
    )
    chunk_index = providers.Selector(
        store_kind,
        pgvector=postgres_index,
        pinecone=providers.Singleton(SplitChunkIndex, postgres_index, pinecone_store),
    )
    personal_vectors = providers.Selector(
        store_kind,
        pgvector=providers.List(),
        pinecone=providers.List(providers.Singleton(StoredPersonalVectors, pinecone_store)),
    )
