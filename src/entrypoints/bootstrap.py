"""The composition root: from one `Settings`, one `Application`. Only this file knows the container and the adapters.

Synchronous providers only, of objects that connect when they are first used: nothing here does I/O until it is asked,
and what was opened is closed at the end of `running`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from importlib.metadata import version
from typing import Literal, TypeAlias

import httpx2
from dependency_injector import containers, providers

from adapters.alerts import LoggedAlerts
from adapters.cached_verifier import CachedVerifier
from adapters.clerk import ClerkKeys, ClerkTokenVerifier, SvixDeliveryReader
from adapters.development_issuer import DevelopmentIssuer
from adapters.dramatiq import DramatiqJobQueue, publishing_broker
from adapters.extraction.pool import ProcessExtractor
from adapters.files import FolderFileStore, StoredPersonalFiles
from adapters.fsrs.scheduler import FsrsScheduler
from adapters.offline import FUSION_WEIGHTS, REQUESTS_PER_MINUTE, OfflineEmbedder
from adapters.offline.chat_model import OfflineChatModel
from adapters.offline.exercise_writer import OfflineExerciseWriter
from adapters.offline.lexicon import OfflineLexicon
from adapters.postgres.accounts import PostgresCreditReader, PostgresExpiredHolds
from adapters.postgres.chat import PostgresConversationReader, PostgresMessageReader
from adapters.postgres.chunk_index import PostgresChunkIndex
from adapters.postgres.chunks import PostgresChunkReader
from adapters.postgres.credit_resets import PostgresCreditResets
from adapters.postgres.deliveries import PostgresFailedDeliveries
from adapters.postgres.embedding_queue import PostgresEmbeddingQueue
from adapters.postgres.engine import API_ROLE, WORKER_ROLE, PostgresDependency, Transactions, create_engine
from adapters.postgres.erasures import PostgresPendingErasures
from adapters.postgres.personal_data import PostgresPersonalData, PostgresPersonalRecords
from adapters.postgres.practice import PostgresExerciseReader, PostgresResponseReader
from adapters.postgres.sources import PostgresSourceReader, PostgresStuckSources
from adapters.postgres.ticks import PostgresTicks
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from adapters.postgres.writing import PostgresDocumentReader
from adapters.query_embedder import CachedEmbedder
from adapters.redis import RedisDependency, RedisSourceSignals, connect
from adapters.system import new_uuid7, utc_now
from application.accounts import (
    RESET,
    Accounts,
    AdjustCredits,
    ChargeCredits,
    EraseAccount,
    ExportAccount,
    HoldCredits,
    ReceiveUserEvent,
    RefundCharge,
    RequestErasure,
    ResetCredits,
    SignIn,
    SweepErasures,
    UpdatePreferences,
)
from application.app import Application, ServiceInfo
from application.chat import (
    AnswerQuestion,
    Chat,
    CreateConversation,
    DeleteConversation,
    EstimateAnswer,
    MeteredChatModel,
)
from application.library import (
    AddSource,
    DeleteSource,
    EmbedChunks,
    IngestSource,
    Library,
    ReingestSource,
    Retrieve,
    Search,
    Sweep,
    UpdateSource,
    WatchSource,
)
from application.practice import DeleteExercise, GenerateExercises, MeteredExerciseWriter, Practice, SubmitAnswer
from application.shared import FireDueJobs, Scheduled
from application.writing import (
    AttachSource,
    CreateDocument,
    DeleteDocument,
    DetachSource,
    TakeCitationNumber,
    UpdateDocument,
    Writing,
)
from domain.accounts import period_start
from domain.library import EmbeddingPace
from entrypoints.settings import Settings

Role: TypeAlias = Literal["api", "worker"]

_STUCK_AFTER = timedelta(seconds=30)
"""How long a source may be processing before the sweeper asks for it again; asking too early does no harm."""


_ERASURE_LOST_AFTER = timedelta(minutes=10)
"""How long an erasure may take before it is asked for again: as long as a job may."""

_SCHEDULE = (Scheduled(job=RESET, latest=period_start),)
_LOST_AFTER = timedelta(hours=1)
"""How long a scheduled job may take; it is then asked for again. Longer than its retries together."""

_RESET_BATCH = 2_000
"""Users; a tenth of a second or two, for which a spend of one of them waits."""


def _issuer(settings: Settings) -> str:
    return "development" if settings.clerk_issuer is None else "clerk"


def _delivery_reader(settings: Settings) -> SvixDeliveryReader | None:
    return SvixDeliveryReader(settings.clerk_webhook_secrets) if settings.clerk_webhook_secrets else None


class Container(containers.DeclarativeContainer):
    """Adapters, then use cases. A test overrides the adapters and keeps the rest."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    role: providers.Dependency[str] = providers.Dependency(instance_of=str)

    # --- adapters -----------------------------------------------------------------------------------------------------

    engine = providers.Singleton(
        create_engine,
        settings.provided.database_url,
        pool_size=settings.provided.database_pool_size,
        prepared_statements=settings.provided.database_prepared_statements,
    )
    transactions = providers.Singleton(Transactions, engine, role=role)
    redis = providers.Singleton(connect, settings.provided.redis_url)
    broker = providers.Singleton(publishing_broker, settings.provided.redis_url)

    clock = providers.Object(utc_now)
    new_id = providers.Object(new_uuid7)
    alerts = providers.Singleton(LoggedAlerts)
    jobs = providers.Singleton(DramatiqJobQueue, broker)
    signals = providers.Singleton(RedisSourceSignals, redis)
    files = providers.Singleton(FolderFileStore, settings.provided.files_dir)
    extractor = providers.Singleton(ProcessExtractor)
    development_issuer = providers.Singleton(DevelopmentIssuer, settings.provided.issuer_dir, clock=clock)
    clerk_http = providers.Singleton(httpx2.AsyncClient)
    clerk_keys = providers.Singleton(ClerkKeys, settings.provided.clerk_keys_url, clerk_http)
    clerk_verifier = providers.Singleton(
        ClerkTokenVerifier,
        clerk_keys,
        issuer=settings.provided.clerk_issuer,
        parties=settings.provided.clerk_authorized_parties,
        clock=clock,
    )
    issuer = providers.Callable(_issuer, settings)
    sign_in_keys = providers.Selector(issuer, clerk=clerk_keys, development=providers.Object(None))
    verifier = providers.Singleton(
        CachedVerifier,
        providers.Selector(issuer, clerk=clerk_verifier, development=development_issuer),
        clock=clock,
    )
    delivery_reader = providers.Singleton(_delivery_reader, settings)

    embedder = providers.Singleton(OfflineEmbedder)
    query_embedder = providers.Singleton(CachedEmbedder, embedder)
    fusion_weights = providers.Object(FUSION_WEIGHTS)
    chat_model = providers.Singleton(OfflineChatModel)
    lexicon = providers.Singleton(OfflineLexicon)
    exercise_writer = providers.Singleton(OfflineExerciseWriter, lexicon)
    scheduler = providers.Singleton(FsrsScheduler)

    uow = providers.Singleton(OpenPostgresUnitOfWork, transactions)
    failed_deliveries = providers.Singleton(PostgresFailedDeliveries, transactions)
    credit_reader = providers.Singleton(PostgresCreditReader, transactions)
    expired_holds = providers.Singleton(PostgresExpiredHolds, transactions)
    credit_resets = providers.Singleton(PostgresCreditResets, transactions)
    ticks = providers.Singleton(PostgresTicks, transactions)
    pending_erasures = providers.Singleton(PostgresPendingErasures, transactions)
    personal_rows = providers.Singleton(PostgresPersonalData, transactions)
    personal_records = providers.Singleton(PostgresPersonalRecords, transactions)
    personal_files = providers.Singleton(StoredPersonalFiles, files)
    source_reader = providers.Singleton(PostgresSourceReader, transactions)
    stuck_sources = providers.Singleton(PostgresStuckSources, transactions)
    chunk_reader = providers.Singleton(PostgresChunkReader, transactions)
    chunk_index = providers.Singleton(PostgresChunkIndex, transactions)
    embedding_queue = providers.Singleton(
        PostgresEmbeddingQueue,
        transactions,
        clock=clock,
        lease=providers.Factory(timedelta, seconds=settings.provided.embedding_lease_seconds),
    )
    exercise_reader = providers.Singleton(PostgresExerciseReader, transactions)
    response_reader = providers.Singleton(PostgresResponseReader, transactions)
    document_reader = providers.Singleton(PostgresDocumentReader, transactions)
    conversation_reader = providers.Singleton(PostgresConversationReader, transactions)
    message_reader = providers.Singleton(PostgresMessageReader, transactions)
    vector_store_name = providers.Object("pgvector")

    servers = providers.List(
        providers.Singleton(PostgresDependency, engine), providers.Singleton(RedisDependency, redis)
    )

    # --- accounts -----------------------------------------------------------------------------------------------------

    allowance = settings.provided.monthly_allowance
    hold = providers.Singleton(
        HoldCredits,
        uow=uow,
        alerts=alerts,
        clock=clock,
        new_id=new_id,
        lifetime=providers.Factory(timedelta, seconds=settings.provided.hold_lifetime_seconds),
    )
    request_erasure = providers.Singleton(RequestErasure, uow=uow, jobs=jobs, clock=clock)
    accounts = providers.Singleton(
        Accounts,
        sign_in=providers.Singleton(SignIn, uow=uow, verifier=verifier, clock=clock, allowance=allowance),
        sign_in_keys=sign_in_keys,
        receive_user_event=providers.Singleton(
            ReceiveUserEvent, uow=uow, failures=failed_deliveries, jobs=jobs, clock=clock, allowance=allowance
        ),
        delivery_reader=delivery_reader,
        update_preferences=providers.Singleton(UpdatePreferences, uow=uow),
        hold=hold,
        credits=credit_reader,
        expired_holds=expired_holds,
        charge=providers.Singleton(ChargeCredits, uow=uow, clock=clock, new_id=new_id),
        refund=providers.Singleton(RefundCharge, uow=uow, clock=clock, new_id=new_id),
        adjust_credits=providers.Singleton(AdjustCredits, uow=uow, clock=clock, new_id=new_id),
        request_erasure=request_erasure,
        erase_account=providers.Singleton(
            EraseAccount, uow=uow, stores=providers.List(personal_rows, personal_files), clock=clock
        ),
        sweep_erasures=providers.Singleton(
            SweepErasures, pending=pending_erasures, jobs=jobs, clock=clock, patience=_ERASURE_LOST_AFTER
        ),
        export_account=providers.Singleton(ExportAccount, uow=uow, records=personal_records, files=personal_files),
        reset_credits=providers.Singleton(
            ResetCredits,
            resets=credit_resets,
            ticks=ticks,
            clock=clock,
            allowance=allowance,
            batch_size=_RESET_BATCH,
        ),
        allowance=allowance,
    )

    # --- library ------------------------------------------------------------------------------------------------------

    search = providers.Singleton(Search, index=chunk_index, embedder=query_embedder, weights=fusion_weights)
    retrieve = providers.Singleton(Retrieve, search=search)
    library = providers.Singleton(
        Library,
        add_source=providers.Singleton(
            AddSource,
            uow=uow,
            files=files,
            jobs=jobs,
            clock=clock,
            new_id=new_id,
            max_upload_bytes=settings.provided.max_upload_bytes,
        ),
        ingest_source=providers.Singleton(
            IngestSource, uow=uow, files=files, extractor=extractor, jobs=jobs, signals=signals, clock=clock
        ),
        embed_chunks=providers.Singleton(
            EmbedChunks,
            queue=embedding_queue,
            embedder=embedder,
            signals=signals,
            batch_size=settings.provided.embedding_batch_size,
        ),
        update_source=providers.Singleton(UpdateSource, uow=uow),
        reingest_source=providers.Singleton(ReingestSource, uow=uow, jobs=jobs, signals=signals, clock=clock),
        delete_source=providers.Singleton(DeleteSource, uow=uow, files=files, signals=signals),
        sweep=providers.Singleton(
            Sweep,
            stuck=stuck_sources,
            queue=embedding_queue,
            jobs=jobs,
            clock=clock,
            model=embedder.provided.model,
            patience=_STUCK_AFTER,
        ),
        watch_source=providers.Singleton(WatchSource, sources=source_reader, signals=signals),
        search=search,
        retrieve=retrieve,
        sources=source_reader,
        chunks=chunk_reader,
        pace=providers.Singleton(
            EmbeddingPace,
            texts_per_request=settings.provided.embedding_batch_size,
            requests_per_minute=REQUESTS_PER_MINUTE,
        ),
    )

    # --- practice -----------------------------------------------------------------------------------------------------

    practice = providers.Singleton(
        Practice,
        generate_exercises=providers.Singleton(
            GenerateExercises,
            uow=uow,
            hold=hold,
            retrieve=retrieve,
            chunks=chunk_reader,
            sources=source_reader,
            exercises=exercise_reader,
            writer=providers.Singleton(MeteredExerciseWriter, exercise_writer),
            clock=clock,
            new_id=new_id,
        ),
        submit_answer=providers.Singleton(
            SubmitAnswer,
            uow=uow,
            exercises=exercise_reader,
            responses=response_reader,
            lexicon=lexicon,
            scheduler=scheduler,
            clock=clock,
            new_id=new_id,
        ),
        delete_exercise=providers.Singleton(DeleteExercise, uow=uow),
        exercises=exercise_reader,
        responses=response_reader,
    )

    # --- writing ------------------------------------------------------------------------------------------------------

    writing = providers.Singleton(
        Writing,
        documents=document_reader,
        create_document=providers.Singleton(CreateDocument, uow=uow, clock=clock, new_id=new_id),
        update_document=providers.Singleton(UpdateDocument, uow=uow, clock=clock),
        delete_document=providers.Singleton(DeleteDocument, uow=uow),
        attach_source=providers.Singleton(AttachSource, uow=uow, clock=clock),
        detach_source=providers.Singleton(DetachSource, uow=uow),
        take_citation_number=providers.Singleton(TakeCitationNumber, uow=uow),
    )

    # --- chat ---------------------------------------------------------------------------------------------------------

    chat = providers.Singleton(
        Chat,
        conversations=conversation_reader,
        messages=message_reader,
        answer_question=providers.Singleton(
            AnswerQuestion,
            uow=uow,
            hold=hold,
            find_passages=retrieve,
            model=providers.Singleton(MeteredChatModel, chat_model),
            clock=clock,
            new_id=new_id,
        ),
        estimate_answer=providers.Singleton(EstimateAnswer, uow=uow, clock=clock, new_id=new_id),
        create_conversation=providers.Singleton(CreateConversation, uow=uow, clock=clock, new_id=new_id),
        delete_conversation=providers.Singleton(DeleteConversation, uow=uow),
    )

    service = providers.Singleton(
        ServiceInfo,
        version=version("studiolo"),
        language_model=chat_model.provided.name,
        embedder=embedder.provided.model,
        vector_store=vector_store_name,
        web_search=None,
        monthly_allowance=allowance,
    )
    application = providers.Singleton(
        Application,
        accounts=accounts,
        library=library,
        practice=practice,
        writing=writing,
        chat=chat,
        fire_due_jobs=providers.Singleton(
            FireDueJobs, schedule=providers.Object(_SCHEDULE), ticks=ticks, jobs=jobs, clock=clock, patience=_LOST_AFTER
        ),
        service=service,
        clock=clock,
        dependencies=providers.Factory(tuple, servers),
    )


@asynccontextmanager
async def running(settings: Settings, role: Role) -> AsyncIterator[Application]:
    """The application of an API or worker process, for as long as the block is open.

    Nothing connects before it is used. DATABASE_URL and REDIS_URL must be set by now (the command line sets them when
    it runs the embedded servers).
    """
    if settings.database_url is None or settings.redis_url is None:
        raise RuntimeError("DATABASE_URL and REDIS_URL are not set: start with `studiolo up`, `serve` or `worker`")
    container = Container(settings=settings, role=API_ROLE if role == "api" else WORKER_ROLE)
    async with AsyncExitStack() as opened:
        opened.push_async_callback(container.engine().dispose)
        opened.push_async_callback(container.redis().aclose)
        opened.callback(container.broker().close)
        if settings.clerk_issuer is not None:
            opened.push_async_callback(container.clerk_keys().aclose)
        opened.callback(container.extractor().close)
        yield container.application()
