"""The product's API with a model that takes its time: `python _unhurried_api.py WORDS SECONDS`.

Everything but the model is as `studiolo serve` has it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator

from dependency_injector import providers

from application.chat import ChatModel
from application.chat.ports import ChatTask, Piece
from domain.accounts import Usage
from entrypoints.bootstrap import Container
from entrypoints.cli.serve import serve
from entrypoints.settings import load_settings


class UnhurriedModel(ChatModel):
    """So many words, numbered, so many seconds apart; a hundred tokens each."""

    def __init__(self, words: int, seconds: float) -> None:
        self._words = words
        self._seconds = seconds

    @property
    def name(self) -> str:
        return "unhurried"

    async def answer(self, task: ChatTask) -> AsyncGenerator[Piece, None]:
        for number in range(1, self._words + 1):
            await asyncio.sleep(self._seconds)
            yield f"{task.question.split()[0]}-{number} "
            yield Usage(tokens=100 * number)


if __name__ == "__main__":
    Container.chat_model.override(providers.Object(UnhurriedModel(int(sys.argv[1]), float(sys.argv[2]))))
    serve(load_settings())
