"""A chat model whose answers are always metered: by its own figures, by our estimate where it gives none."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from application.chat.ports import ChatModel
from domain.accounts import Usage
from domain.chat import Message
from domain.shared import Passage, estimate_tokens, estimate_tokens_of


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

    async def answer(
        self, *, question: str, passages: Sequence[Passage], history: Sequence[Message]
    ) -> AsyncGenerator[str | Usage, None]:
        read = sum(map(estimate_tokens, (question, *_texts(passages, history))))
        written, counted = 0, False
        async with aclosing(self.model.answer(question=question, passages=passages, history=history)) as pieces:
            async for piece in pieces:
                if isinstance(piece, str):
                    written += len(piece)
                    if not counted:
                        yield Usage(tokens=read + estimate_tokens_of(written), estimated=True)
                    yield piece
                elif piece.tokens:
                    counted = True
                    yield piece


def _texts(passages: Sequence[Passage], history: Sequence[Message]) -> tuple[str, ...]:
    return (*(passage.text for passage in passages), *(message.content for message in history))
