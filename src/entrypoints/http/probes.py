"""Is it alive, and can it work? For load balancers and people."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from application.shared import Dependency
from domain.shared import StudioloError

_PATIENCE = 3.0

_log: structlog.stdlib.BoundLogger = structlog.get_logger("studiolo.http")


def probes(dependencies: Sequence[Dependency]) -> list[Route]:
    """`/healthz`: this process answers. `/readyz`: so does all that it stands on; 503, naming what is down, if not."""

    async def alive(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(_: Request) -> Response:
        states = dict(
            zip((one.name for one in dependencies), await asyncio.gather(*map(_state, dependencies)), strict=True)
        )
        up = all(state == "up" for state in states.values())
        body = {"ready": up, "dependencies": states}
        return JSONResponse(body, status_code=200 if up else 503, headers={} if up else {"retry-after": "5"})

    return [Route("/healthz", alive), Route("/readyz", ready)]


async def _state(dependency: Dependency) -> str:
    try:
        await asyncio.wait_for(dependency.check(), _PATIENCE)
    except (StudioloError, TimeoutError) as fault:
        _log.warning("dependency_down", dependency=dependency.name, reason=str(fault) or "no answer in time")
        return "down"
    except Exception:  # noqa: BLE001 - whatever it raises, it does not answer
        _log.exception("dependency_down", dependency=dependency.name)
        return "down"
    return "up"
