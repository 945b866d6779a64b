"""`POST /webhooks/clerk`: what the sign-in service tells of its users.

200: dealt with, now or before, or of no concern. 400: not proved to be the sign-in service's. 413: too large. 500: it
failed here; it is recorded, and the sender tries again.
"""

from __future__ import annotations

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from application.accounts import DeliveryReader, DeliveryRefused, ReceiveUserEvent

LARGEST_BODY = 1_000_000
"""Bytes. A user is a few thousand."""

_THROWN_AWAY = 32 * LARGEST_BODY

_log: structlog.stdlib.BoundLogger = structlog.get_logger("studiolo.webhooks")


class _TooLarge(Exception):
    """More than anybody honest sends."""


def webhooks(reader: DeliveryReader | None, receive: ReceiveUserEvent) -> list[Route]:
    """The route; none where no secret is set, because nothing could be proved."""
    if reader is None:
        return []

    async def clerk(request: Request) -> Response:
        try:
            body = await _body(request)
        except _TooLarge:
            return _refusal(413, "size")
        except ClientDisconnect:
            return _refusal(400, "body")
        try:
            delivery = reader.read(headers=request.headers, body=body)
        except DeliveryRefused as refused:
            return _refusal(400, str(refused.data["reason"]))
        known = {"delivery": delivery.id, "type": delivery.type, "subject": delivery.subject}
        try:
            outcome = await receive(delivery=delivery)
        except Exception:  # noqa: BLE001 (whatever it was, the sender is to try again)
            # With this line alone, too, somebody can ask for the delivery again, should the store itself be down.
            _log.exception("delivery_failed", **known)
            return JSONResponse({"error": "failed"}, status_code=500)
        _log.info("delivery_received", outcome=outcome, **known)
        return JSONResponse({"outcome": outcome})

    return [Route("/webhooks/clerk", clerk, methods=["POST"])]


def _refusal(status: int, reason: str) -> Response:
    _log.warning("delivery_refused", reason=reason)
    # Whatever of the body was not read must not be taken for the next request.
    return JSONResponse({"error": reason}, status_code=status, headers={"connection": "close"})


async def _body(request: Request) -> bytes:
    """Errors: _TooLarge; never more than the limit is in memory.

    The rest of a large body is read and thrown away, within reason: a sender who is cut off sees no answer.
    """
    body, size = bytearray(), 0
    async for part in request.stream():
        size += len(part)
        if size <= LARGEST_BODY:
            body += part
        elif size > _THROWN_AWAY:
            break
    if size > LARGEST_BODY:
        raise _TooLarge
    return bytes(body)
