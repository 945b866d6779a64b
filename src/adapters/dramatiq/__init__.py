"""Dramatiq over Redis: jobs that survive their workers."""

from adapters.dramatiq.broker import publishing_broker, working_broker
from adapters.dramatiq.event_loop import SafeAsyncIO
from adapters.dramatiq.job_queue import DramatiqJobQueue

__all__ = ["DramatiqJobQueue", "SafeAsyncIO", "publishing_broker", "working_broker"]
