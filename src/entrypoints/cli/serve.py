"""`studiolo serve`: the API in this process."""

from __future__ import annotations

import os

import uvicorn

from adapters.embedded.errors import PortTaken
from adapters.embedded.folders import is_free
from entrypoints.cli.environment import environment_of
from entrypoints.logging import configure_logging
from entrypoints.settings import Settings

LARGEST_FRAME = 262_144
"""Bytes of one WebSocket message: an operation with its variables, never a file."""

_STOP_SECONDS = 5


def serve(settings: Settings) -> None:
    """Serve until a signal comes. Errors: PortTaken."""
    if not is_free(settings.host, settings.port):
        raise PortTaken(settings.host, settings.port)
    configure_logging(settings.log_level)
    os.environ.update(environment_of(settings))  # `create_app` reads its settings itself
    uvicorn.run(
        "entrypoints.http.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=LARGEST_FRAME,
        # Answers come in small pieces: packing them costs more than it saves, and memory for each socket.
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
