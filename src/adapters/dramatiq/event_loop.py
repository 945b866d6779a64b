"""The event loop of a worker process, in a thread that cannot keep a dying process alive."""

from __future__ import annotations

from dramatiq import Broker, Worker
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread
from dramatiq.middleware import AsyncIO

_START_SECONDS = 10.0


class SafeAsyncIO(AsyncIO):
    """As Dramatiq's own, but for two things that go wrong with it.

    Its thread is no daemon: a second SIGTERM then leaves a process that waits for the thread for ever, and goes on
    taking jobs. And it gives the loop one second to start, which a busy machine may not have.
    """

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        thread = EventLoopThread(self.logger)
        thread.daemon = True
        thread.start(timeout=_START_SECONDS)
        set_event_loop_thread(thread)
