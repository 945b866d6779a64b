"""A chat model whose answers are always metered: by its own figures, by our estimate where it gives none."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass

from application.chat.ports import ChatModel, ChatTask, Piece
from domain.accounts import Usage
from domain.shared import estimate_tokens, estimate_tokens_of


@dataclass(frozen=True, slots=True)
class MeteredChatModel(ChatModel):
    """The same answer, each piece of text preceded by the usage so far, marked as estimated; the last usage counts.

    So an answer that is broken off has its price, too. The model's own figures take the place of ours as they come;
    figures of nothing for an answer of words are none.
    """

    model: ChatModel

    @property
    def name(self) -> str:
        return self.model.name

    async def answer(self, task: ChatTask) -> AsyncGenerator[Piece, None]:
        read = tokens_to_read(task)
        written, counted = 0, False
        async with aclosing(self.model.answer(task)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Usage):
                    if piece.tokens:
                        counted = True
                        yield piece
                    continue
                written += len(piece) if isinstance(piece, str) else len(piece.name) + len(piece.arguments)
                if not counted:
                    yield Usage(tokens=read + estimate_tokens_of(written), estimated=True)
                yield piece


def tokens_to_read(task: ChatTask) -> int:
    """About how many tokens the model reads before it says a word."""
    return sum(map(estimate_tokens, _texts(task)))


def _texts(task: ChatTask) -> Iterator[str]:
    """All that the model reads, but for our own instructions."""
    yield task.question
    for passage in task.passages:
        yield passage.text
    for message in task.history:
        yield message.content
    for past in task.rounds:
        yield past.said
        for result in past.results:
            yield f"{result.call.name} {result.call.arguments} {result.content}"
    for offer in task.tools:
        yield f"{offer.name} {offer.description} {offer.parameters}"
