"""Bringing sources in, reading them, and finding their passages."""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import version

from dependency_injector import providers

from adapters.extraction.pool import ProcessExtractor
from adapters.offline import OfflineEmbedder
from adapters.postgres.chunks import PostgresChunkReader
from adapters.postgres.deleted_sources import PostgresDeletedSources
from adapters.postgres.missing_planes import PostgresMissingPlanes
from adapters.postgres.page_sources import PostgresPageSources
from adapters.postgres.sources import PostgresSourceReader, PostgresStuckSources
from adapters.system import chance
from adapters.web import GuardedPageFetcher
from application.library import (
    AddSource,
    DeleteSource,
    EmbedChunks,
    Embedder,
    Gathering,
    IngestSource,
    KeepVectorsAlive,
    Library,
    RecheckPages,
    ReconcileVectors,
    ReindexSource,
    ReingestSource,
    RemoveSource,
    RetireModels,
    Retrieve,
    Search,
    Sweep,
    UpdateSource,
    WatchSource,
)
from entrypoints.bootstrap.embedding import EmbeddingContainer
from entrypoints.settings import Settings

_STUCK_AFTER = timedelta(seconds=30)
"""How long a source may be processing before the sweeper asks for it again; asking too early does no harm."""

_MODEL_RETIRED_AFTER = timedelta(minutes=10)
"""How long an embedding model must have been nobody's before its vectors go: longer than a deployment takes."""

_PAUSE_AT_A_SITE = 1.0
"""Seconds between two looks at pages of one site."""


def _user_agent(settings: Settings) -> str:
    contact = settings.fetch_contact
    return f"Studiolo/{version('studiolo')}" + (f" (+{contact})" if contact else "")


def _gathering(embedder: Embedder) -> Gathering:
    nothing = timedelta()
    if isinstance(embedder, OfflineEmbedder):  # its requests cost nothing
        return Gathering(quiet=nothing, at_most=nothing)
    return Gathering(quiet=timedelta(seconds=2), at_most=timedelta(seconds=15))


class LibraryContainer(EmbeddingContainer):
    """Bringing sources in and finding their passages."""

    pause_at_a_site = providers.Object(_PAUSE_AT_A_SITE)
    page_fetcher = providers.Singleton(
        GuardedPageFetcher,
        user_agent=providers.Callable(_user_agent, EmbeddingContainer.settings),
        max_bytes=EmbeddingContainer.settings.provided.fetch_max_bytes,
        seconds=EmbeddingContainer.settings.provided.fetch_seconds,
    )
    extractor = providers.Singleton(ProcessExtractor)
    source_reader = providers.Singleton(PostgresSourceReader, EmbeddingContainer.transactions)
    stuck_sources = providers.Singleton(PostgresStuckSources, EmbeddingContainer.transactions)
    deleted_sources = providers.Singleton(PostgresDeletedSources, EmbeddingContainer.transactions)
    page_sources = providers.Singleton(PostgresPageSources, EmbeddingContainer.transactions)
    chunk_reader = providers.Singleton(PostgresChunkReader, EmbeddingContainer.transactions)
    shortcuts = providers.Singleton(PostgresMissingPlanes, EmbeddingContainer.transactions)
    search = providers.Singleton(
        Search,
        index=EmbeddingContainer.chunk_index,
        embedder=EmbeddingContainer.query_embedder,
        weights=EmbeddingContainer.fusion_weights,
        former=EmbeddingContainer.former_embedders,
        patience=EmbeddingContainer.settings.provided.search_patience_seconds,
    )
    retrieve = providers.Singleton(Retrieve, search=search)
    remove_source = providers.Singleton(
        RemoveSource,
        deleted=deleted_sources,
        files=EmbeddingContainer.files,
        vectors=EmbeddingContainer.store_elsewhere,
    )
    add_source = providers.Singleton(
        AddSource,
        uow=EmbeddingContainer.uow,
        files=EmbeddingContainer.files,
        jobs=EmbeddingContainer.jobs,
        clock=EmbeddingContainer.clock,
        new_id=EmbeddingContainer.new_id,
        max_upload_bytes=EmbeddingContainer.settings.provided.max_upload_bytes,
    )
    library = providers.Singleton(
        Library,
        add_source=add_source,
        ingest_source=providers.Singleton(
            IngestSource,
            uow=EmbeddingContainer.uow,
            files=EmbeddingContainer.files,
            pages=page_fetcher,
            extractor=extractor,
            jobs=EmbeddingContainer.jobs,
            signals=EmbeddingContainer.signals,
            clock=EmbeddingContainer.clock,
            has_vector_store=EmbeddingContainer.has_vector_store,
        ),
        embed_chunks=providers.Singleton(
            EmbedChunks,
            queue=EmbeddingContainer.embedding_queue,
            embedder=EmbeddingContainer.embedder,
            budget=EmbeddingContainer.provider_budget,
            signals=EmbeddingContainer.signals,
            clock=EmbeddingContainer.clock,
            chance=providers.Object(chance),
            batch_size=EmbeddingContainer.settings.provided.embedding_batch_size,
            gathering=providers.Callable(_gathering, EmbeddingContainer.embedder),
        ),
        update_source=providers.Singleton(UpdateSource, uow=EmbeddingContainer.uow, jobs=EmbeddingContainer.jobs),
        reindex_source=providers.Singleton(ReindexSource, uow=EmbeddingContainer.uow),
        reingest_source=providers.Singleton(
            ReingestSource,
            uow=EmbeddingContainer.uow,
            jobs=EmbeddingContainer.jobs,
            signals=EmbeddingContainer.signals,
            clock=EmbeddingContainer.clock,
        ),
        delete_source=providers.Singleton(
            DeleteSource,
            uow=EmbeddingContainer.uow,
            remove=remove_source,
            jobs=EmbeddingContainer.jobs,
            signals=EmbeddingContainer.signals,
            clock=EmbeddingContainer.clock,
        ),
        remove_source=remove_source,
        sweep=providers.Singleton(
            Sweep,
            stuck=stuck_sources,
            deleted=deleted_sources,
            queue=EmbeddingContainer.embedding_queue,
            jobs=EmbeddingContainer.jobs,
            clock=EmbeddingContainer.clock,
            model=EmbeddingContainer.embedder.provided.model,
            patience=_STUCK_AFTER,
        ),
        recheck_pages=providers.Singleton(
            RecheckPages,
            pages=page_sources,
            fetcher=page_fetcher,
            ticks=EmbeddingContainer.ticks,
            jobs=EmbeddingContainer.jobs,
            clock=EmbeddingContainer.clock,
            pause=pause_at_a_site,
        ),
        reconcile_vectors=providers.Singleton(
            ReconcileVectors,
            store=EmbeddingContainer.vector_store,
            archive=EmbeddingContainer.vector_archive,
            ticks=EmbeddingContainer.ticks,
            clock=EmbeddingContainer.clock,
            model=EmbeddingContainer.embedder.provided.model,
        ),
        keep_vectors_alive=providers.Singleton(
            KeepVectorsAlive,
            store=EmbeddingContainer.vector_store,
            ticks=EmbeddingContainer.ticks,
            clock=EmbeddingContainer.clock,
        ),
        retire_models=providers.Singleton(
            RetireModels,
            vectors=EmbeddingContainer.former_vectors,
            clock=EmbeddingContainer.clock,
            model=EmbeddingContainer.embedder.provided.model,
            patience=_MODEL_RETIRED_AFTER,
        ),
        watch_source=providers.Singleton(WatchSource, sources=source_reader, signals=EmbeddingContainer.signals),
        search=search,
        retrieve=retrieve,
        sources=source_reader,
        chunks=chunk_reader,
        outlook=EmbeddingContainer.embedding_outlook,
        shortcuts=shortcuts,
    )
