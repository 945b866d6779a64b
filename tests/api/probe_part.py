"""Fields that only the edge's own tests have: they fail in every way, count, measure, and wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from domain.shared import Conflict, NoSuch, NotYours, PaymentRequired, RateLimited, StudioloError, Unavailable
from entrypoints.graphql.fields import mutation, resolver, subscription
from entrypoints.graphql.parts import Part
from entrypoints.graphql.scalars import Input, Upload

FAILURES: dict[str, StudioloError] = {
    "CONFLICT": Conflict("Somebody was quicker.", current_version=7),
    "FORBIDDEN": NotYours("thing"),
    "NOT_FOUND": NoSuch("thing"),
    "INSUFFICIENT_CREDITS": PaymentRequired("This costs 3.", balance=1, required=3),
    "RATE_LIMITED": RateLimited("Too many.", retry_after=2.5),
    "SERVICE_UNAVAILABLE": Unavailable("The database is down.", retry_after=3),
}

waiting: set[str] = set()
"""Names of subscriptions that are open."""


@strawberry.type
class Tick:
    number: int
    label: str


@strawberry.type
class Query:
    @resolver("Fails with this code.")
    def fail(self, code: str) -> int:
        raise FAILURES[code]

    @resolver("Fails with this code, and may be null.")
    def fail_softly(self, code: str) -> int | None:
        raise FAILURES[code]

    @resolver("Fails in a way that nobody thought of.")
    def crash(self) -> int | None:
        raise RuntimeError("password=hunter2")

    @resolver("Breaks its own promise.")
    def impossible(self) -> int | None:
        return 2**40

    @resolver("Says what it was told.")
    def echo(self, text: Annotated[str, strawberry.argument(description="What.")]) -> str:
        return text


@strawberry.input(one_of=True)
class Origin:
    text: strawberry.Maybe[str]
    file: strawberry.Maybe[Upload]


@strawberry.input
class MeasureOriginInput:
    origin: Origin


@strawberry.type
class Mutation:
    @mutation("The size of a text or a file.")
    async def measure_origin(self, given: Input[MeasureOriginInput]) -> int:
        origin = given.origin
        return len(await origin.file.value.read()) if origin.file else len(origin.text.value if origin.text else "")

    @mutation("The size of a file.")
    async def measure(self, file: Upload, note: str | None = None) -> int:
        return len(await file.read())


@strawberry.type
class Subscription:
    @subscription("Counts up, then perhaps fails.")
    async def ticks(self, count: int, fail: str | None = None) -> AsyncGenerator[Tick, None]:
        for number in range(count):
            yield Tick(number=number, label=f"tick {number}")
            await asyncio.sleep(0)
        if fail == "CRASH":
            raise RuntimeError("password=hunter2")
        if fail:
            raise FAILURES[fail]

    @subscription("Says `open`, then nothing for ever.")
    async def wait(self, name: str) -> AsyncGenerator[str, None]:
        waiting.add(name)
        try:
            yield "open"
            await asyncio.Event().wait()
        finally:
            waiting.discard(name)


PROBES = Part(query=Query, mutation=Mutation, subscription=Subscription)
