"""The product's API with a model that does what the question says. Everything else is as `studiolo serve` has it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from dependency_injector import providers

from application.chat import ChatModel
from application.chat.ports import ChatTask, Piece
from benchmarks._scripted_stream import streamed
from domain.accounts import Usage
from entrypoints.bootstrap import Container
from entrypoints.cli.serve import serve
from entrypoints.settings import load_settings


class ScriptedModel(ChatModel):
    """The words of `_scripted_stream`, and a hundred tokens."""

    @property
    def name(self) -> str:
        return "scripted"

    async def answer(self, task: ChatTask) -> AsyncGenerator[Piece, None]:
        async for word in streamed(task.question):
            yield word
        yield Usage(tokens=100)


if __name__ == "__main__":
    Container.chat_model.override(providers.Object(ScriptedModel()))
    serve(load_settings())
