"""The embedding engine: who makes vectors, at what pace, and what former models are still good for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from dependency_injector import providers

from adapters.embedding_answers import OnLimits
from adapters.embedding_providers import WEIGHTS, BuiltEmbedders, EmbeddingProviders
from adapters.offline import REQUESTS_PER_MINUTE
from adapters.postgres.embedding_outlook import PostgresEmbeddingOutlook, PostgresPaceMeter
from adapters.postgres.embedding_queue import PostgresEmbeddingQueue
from adapters.postgres.former_vectors import PostgresFormerVectors
from adapters.postgres.provider_budget import PostgresProviderBudget
from adapters.query_embedder import QueryEmbedder
from adapters.split_embedding_queue import SplitEmbeddingQueue
from adapters.unlimited_budget import UnlimitedBudget
from application.library import Embedder
from application.library.ports import ObservedLimits, ProviderBudget
from application.shared import Clock
from entrypoints.bootstrap.accounts import AccountsContainer
from entrypoints.settings import Settings


def _embedding_providers(settings: Settings) -> EmbeddingProviders:
    return EmbeddingProviders(
        mistral_api_key=settings.mistral_api_key,
        mistral_server_url=settings.mistral_server_url,
        openai_compatible_url=settings.openai_compatible_url,
        openai_compatible_key=settings.openai_compatible_key,
    )


def _hosting(settings: Settings) -> str:
    return "offline" if settings.embedding_provider == "offline" else "hosted"


def _account(settings: Settings) -> str:
    return f"{settings.embedding_provider}:{settings.embedding_model}"


def _is_limited(settings: Settings) -> bool:
    return settings.embedding_provider != "offline"


def _first_seconds(settings: Settings) -> float:
    """What a request is taken to last until one was measured."""
    return 1.0 if _is_limited(settings) else 60 / REQUESTS_PER_MINUTE


def _embedder(settings: Settings, known: EmbeddingProviders, budget: ProviderBudget, clock: Clock) -> Embedder:
    return known.embedder(settings.embedding_provider, settings.embedding_model, on_limits=_observed_by(budget, clock))


def _former_embedders(
    known: EmbeddingProviders,
    budget_of: Callable[..., ProviderBudget],
    clock: Clock,
    batch_size: int,
    patience: float,
) -> BuiltEmbedders:
    def build(provider: str, model: str) -> Embedder:
        budget = UnlimitedBudget() if provider == "offline" else budget_of(account=f"{provider}:{model}")
        embedder = known.embedder(provider, model, on_limits=_observed_by(budget, clock))
        return QueryEmbedder(embedder, budget=budget, clock=clock, batch_size=batch_size, patience=patience)

    return BuiltEmbedders(known, build)


def _observed_by(budget: ProviderBudget, clock: Clock) -> OnLimits:
    async def observe(limits: ObservedLimits) -> None:
        await budget.observe(limits, at=clock())

    return observe


class EmbeddingContainer(AccountsContainer):
    """Who makes vectors, at what pace, and whose turn it is."""

    embedding_providers = providers.Singleton(_embedding_providers, AccountsContainer.settings)
    hosted_budget = providers.Factory(
        PostgresProviderBudget,
        AccountsContainer.transactions,
        requests_per_minute=AccountsContainer.settings.provided.embedding_requests_per_minute,
    )
    embedding_account = providers.Callable(_account, AccountsContainer.settings)
    own_budget = providers.Singleton(hosted_budget, account=embedding_account)
    pace_meter = providers.Singleton(PostgresPaceMeter, AccountsContainer.transactions, account=embedding_account)
    unlimited_budget = providers.Singleton(UnlimitedBudget, pace_meter)
    provider_budget = providers.Selector(
        providers.Callable(_hosting, AccountsContainer.settings), offline=unlimited_budget, hosted=own_budget
    )
    embedder = providers.Singleton(
        _embedder, AccountsContainer.settings, embedding_providers, provider_budget, AccountsContainer.clock
    )
    query_embedder = providers.Singleton(
        QueryEmbedder,
        embedder,
        budget=provider_budget,
        clock=AccountsContainer.clock,
        batch_size=AccountsContainer.settings.provided.embedding_batch_size,
        patience=AccountsContainer.settings.provided.search_patience_seconds,
    )
    former_embedders = providers.Singleton(
        _former_embedders,
        embedding_providers,
        hosted_budget.provider,
        AccountsContainer.clock,
        AccountsContainer.settings.provided.embedding_batch_size,
        AccountsContainer.settings.provided.search_patience_seconds,
    )
    fusion_weights = providers.Callable(WEIGHTS.__getitem__, AccountsContainer.settings.provided.embedding_provider)
    postgres_queue = providers.Singleton(
        PostgresEmbeddingQueue,
        AccountsContainer.transactions,
        clock=AccountsContainer.clock,
        lease=providers.Factory(timedelta, seconds=AccountsContainer.settings.provided.embedding_lease_seconds),
    )
    embedding_queue = providers.Selector(
        AccountsContainer.store_kind,
        pgvector=postgres_queue,
        pinecone=providers.Singleton(
            SplitEmbeddingQueue,
            postgres_queue,
            store=AccountsContainer.pinecone_store,
            archive=AccountsContainer.vector_archive,
            jobs=AccountsContainer.jobs,
        ),
    )
    former_vectors = providers.Singleton(PostgresFormerVectors, AccountsContainer.transactions)
    embedding_outlook = providers.Singleton(
        PostgresEmbeddingOutlook,
        AccountsContainer.transactions,
        account=embedding_account,
        model=AccountsContainer.settings.provided.embedding_model,
        texts_per_request=AccountsContainer.settings.provided.embedding_batch_size,
        seconds_per_request=providers.Callable(_first_seconds, AccountsContainer.settings),
        clock=AccountsContainer.clock,
        limited=providers.Callable(_is_limited, AccountsContainer.settings),
        requests_per_minute=AccountsContainer.settings.provided.embedding_requests_per_minute,
    )
