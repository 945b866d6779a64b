"""The same stream from Strawberry, Starlette and uvicorn and nothing else: `python -m benchmarks._bare_api PORT`.

No token, no store, no turn that outlives its client: what the libraries cost by themselves.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from strawberry.asgi import GraphQL

from benchmarks._scripted_stream import streamed


@strawberry.type
class TextDelta:
    turn_id: strawberry.ID
    seq: int
    text: str


@strawberry.type
class Query:
    works: bool = True


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def chat(self, message: str) -> AsyncGenerator[TextDelta, None]:
        async with aclosing(streamed(message)) as words:
            seq = 0
            async for word in words:
                seq += 1
                yield TextDelta(turn_id=strawberry.ID("VHVybjow"), seq=seq, text=word)


def main() -> None:
    """Serve until a signal comes."""
    view: GraphQL[None, None] = GraphQL(strawberry.Schema(query=Query, subscription=Subscription))
    app = Starlette(routes=[WebSocketRoute("/graphql", view)])
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", ws_per_message_deflate=False)


if __name__ == "__main__":
    main()
