"""What Dramatiq's command loads in each worker process: `dramatiq entrypoints.worker.main:start`."""

from __future__ import annotations

from dramatiq import set_broker

from adapters.dramatiq import working_broker
from application.app import Application
from entrypoints import bootstrap
from entrypoints.logging import configure_logging
from entrypoints.settings import Settings, load_settings
from entrypoints.worker.actors import declare_actors
from entrypoints.worker.engine_process import EngineProcess
from entrypoints.worker.periodic import Periodic, PeriodicWork
from entrypoints.worker.process import Lifecycle, RunningApplication

_HOLDS_AT_A_TIME = 1_000
_SHORTCUTS_AT_A_TIME = 5_000


def start() -> None:
    """Make this process a worker: settings, log, broker, actors. Errors: InvalidSettings."""
    settings = load_settings()
    configure_logging(settings.log_level)
    if settings.redis_url is None:
        raise RuntimeError("REDIS_URL is not set: start a worker with `studiolo worker` or `studiolo up`")
    running = RunningApplication(lambda: bootstrap.running(settings, "worker"))
    engine = EngineProcess()
    broker = working_broker(
        settings.redis_url,
        heartbeat_seconds=settings.worker_heartbeat_seconds,
        also=(Lifecycle(running), PeriodicWork(periodic_work(settings), running), engine),
    )
    declare_actors(broker, running, wake_engine=engine.wake)
    set_broker(broker)


def periodic_work(settings: Settings) -> tuple[Periodic, ...]:
    """What is repeated, and how often."""

    async def sweep_library(application: Application) -> None:
        await application.library.sweep()

    async def release_expired_holds(application: Application) -> None:
        await application.accounts.expired_holds.release(at=application.clock(), limit=_HOLDS_AT_A_TIME)

    async def fire_due_jobs(application: Application) -> None:
        await application.fire_due_jobs()

    async def sweep_citations(application: Application) -> None:
        await application.chat.sweep_citations()

    async def retire_models(application: Application) -> None:
        await application.library.retire_models()

    async def build_shortcuts(application: Application) -> None:
        await application.library.shortcuts.build(limit=_SHORTCUTS_AT_A_TIME)

    async def sweep_erasures(application: Application) -> None:
        await application.accounts.sweep_erasures()

    return (
        Periodic(name="library.sweep", every=settings.sweep_seconds, work=sweep_library),
        Periodic(name="chat.citations", every=settings.sweep_seconds, work=sweep_citations),
        Periodic(name="library.retire_models", every=settings.sweep_seconds, work=retire_models),
        Periodic(name="library.shortcuts", every=settings.sweep_seconds, work=build_shortcuts),
        Periodic(name="accounts.erasures", every=settings.sweep_seconds, work=sweep_erasures),
        Periodic(name="accounts.expired_holds", every=settings.sweep_seconds, work=release_expired_holds),
        Periodic(name="schedule", every=settings.sweep_seconds, work=fire_due_jobs),
    )
