"""The job queue of processes that are not workers."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import structlog
from dramatiq import Broker, Message
from dramatiq.errors import BrokerError
from redis.exceptions import RedisError
from structlog.contextvars import get_contextvars

from application.shared import JobQueue

QUEUE = "default"
REQUEST_ID = "request_id"
_THREADS = 4

_log = structlog.get_logger(__name__)


class DramatiqJobQueue(JobQueue):
    """Publishes from threads of its own, because the broker's client blocks: one that hangs holds up nobody else.

    The id of the request goes along into the job's log. `patience` is in seconds.
    """

    def __init__(self, broker: Broker, *, patience: float = 2.0) -> None:
        self._broker = broker
        self._patience = patience
        self._threads = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="publish")

    async def enqueue(self, job: str, /, **arguments: str) -> None:
        request_id = get_contextvars().get(REQUEST_ID)
        carried = arguments if request_id is None else {**arguments, REQUEST_ID: str(request_id)}
        message: Message[None] = Message(queue_name=QUEUE, actor_name=job, args=(), kwargs=carried, options={})
        try:
            async with asyncio.timeout(self._patience):
                await asyncio.get_running_loop().run_in_executor(self._threads, self._broker.enqueue, message)
        except (RedisError, BrokerError, OSError) as error:
            reason = str(error) or "no answer in time"
            _log.warning("job not queued", wanted=job, error=reason, arguments=arguments)
