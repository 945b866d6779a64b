"""What every context stands on: database, broker, clock, files."""

from __future__ import annotations

from dependency_injector import containers, providers

from adapters.alerts import LoggedAlerts
from adapters.dramatiq import DramatiqJobQueue, publishing_broker
from adapters.files import open_files
from adapters.postgres.engine import PostgresDependency, Transactions, create_engine
from adapters.postgres.ticks import PostgresTicks
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from adapters.redis import RedisChannels, RedisDependency, RedisSourceSignals, RedisTurnEvents, connect
from adapters.system import new_uuid7, utc_now
from entrypoints.settings import Settings


class PlatformContainer(containers.DeclarativeContainer):
    """What every context stands on: database, broker, clock, files."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    role: providers.Dependency[str] = providers.Dependency(instance_of=str)
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
    # Each listener to a source keeps a connection, so that turns must not wait for one of the same pool.
    listening_redis = providers.Singleton(connect, settings.provided.redis_url)
    signals = providers.Singleton(RedisSourceSignals, listening_redis)
    channels = providers.Singleton(RedisChannels, redis)
    turn_events = providers.Singleton(RedisTurnEvents, redis, channels)
    files = providers.Singleton(open_files, settings.provided.files_url, folder=settings.provided.files_dir)
    uow = providers.Singleton(OpenPostgresUnitOfWork, transactions)
    ticks = providers.Singleton(PostgresTicks, transactions)
    servers = providers.List(
        providers.Singleton(PostgresDependency, engine), providers.Singleton(RedisDependency, redis)
    )
