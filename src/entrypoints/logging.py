"""One JSON line for each thing that happened, from our code and from every library; never a secret in it."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

_SECRET_NAME = re.compile(r"password|passwd|secret|token$|authorization|cookie|api_?key", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/@\s:]*):[^/@\s]+@")
_BEARER = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*")
_HIDDEN = "[hidden]"
_LONGEST_VALUE = 1_000
"""Of all but tracebacks. The name of an operation, which the client makes up, cannot fill the disk."""

# They tell of every connection and every statement at INFO.
_TALKATIVE = ("dramatiq", "asyncio", "httpcore", "httpx2", "uvicorn.access", "websockets", "alembic.runtime")


def configure_logging(level: str, stream: TextIO | None = None) -> None:
    """Log to the stream, by default standard error, from now on. `level` is DEBUG, INFO, WARNING or ERROR."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def hide_secrets(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide values whose name says that they are secret, passwords in addresses, and what looks like a token; cut what
    is long.
    """
    for name, value in event.items():
        if _SECRET_NAME.search(name):
            event[name] = _HIDDEN
        elif isinstance(value, str):
            whole = value if name == "exception" else value[:_LONGEST_VALUE]
            event[name] = _BEARER.sub(_HIDDEN, _PASSWORD_IN_URL.sub(rf"\1:{_HIDDEN}@", whole))
    return event
