"""A worker with one slow job, for the journey that kills it: `dramatiq tests.journeys.slow_worker:start`."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from dramatiq import Broker, actor, set_broker
from dramatiq.middleware import Middleware

from adapters.dramatiq import working_broker


class Announced(Middleware):
    """Says that jobs can be sent."""

    def after_worker_boot(self, broker: Broker, worker: object) -> None:
        note("booted")


def note(what: str) -> None:
    with Path(os.environ["NOTES"]).open("a") as notes:
        notes.write(f"{what}\n")


async def slow(*, seconds: str, **_: str) -> None:
    note("began")
    await asyncio.sleep(float(seconds))
    note("ended")


def start() -> None:
    broker = working_broker(os.environ["REDIS_URL"], heartbeat_seconds=2, also=(Announced(),))
    actor(actor_name="slow", queue_name="default", broker=broker)(slow)
    set_broker(broker)
