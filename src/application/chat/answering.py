"""An answer while it streams: the model's words and calls go in, events come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from application.chat.ports import Piece, ToolCall, ToolRound
from application.chat.tool_arguments import shown_arguments
from application.chat.tools import Outcome, tool_name
from domain.accounts import Usage
from domain.chat import (
    ChatEvent,
    Citation,
    CitationAdded,
    Claim,
    Outline,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    Unread,
    align,
    cite,
    outlined,
)
from domain.shared import Passage, TurnId

_BREAK = "\n\n"
"""Between what is said before tools are called and after it."""


class Answering:
    """Counts the events of one turn, and looks up each claim as soon as it is complete.

    The model may be asked several times in it: what it takes adds up, and its words follow each other.
    """

    __slots__ = (
        "_asked",
        "_calls",
        "_pieces",
        "_said",
        "_seq",
        "_spent",
        "_turn_id",
        "_unread",
        "calls",
        "citations",
        "outline",
        "passages",
        "rounds",
    )

    def __init__(self, turn_id: TurnId) -> None:
        self._turn_id = turn_id
        self._seq = 0
        self._pieces: list[str] = []
        self._said: list[str] = []
        self._unread = Unread()
        self._spent, self._asked = Usage(), Usage()
        self._calls = 0
        self.passages: tuple[Passage, ...] = ()
        self.calls: list[ToolCall] = []
        self.rounds: tuple[ToolRound, ...] = ()
        self.citations: tuple[Citation, ...] = ()
        self.outline: Outline = ()

    @property
    def content(self) -> str:
        """The answer so far."""
        return "".join(self._pieces)

    @property
    def usage(self) -> Usage:
        """What it took so far."""
        return self._spent + self._asked

    def next_seq(self) -> int:
        """The number of the next event, from 1."""
        self._seq += 1
        return self._seq

    def read_from(self, passages: Sequence[Passage]) -> tuple[int, ...]:
        """More passages that the model is given: their numbers, from 1. One that it has keeps its number."""
        known = {passage.chunk_id: number for number, passage in enumerate(self.passages, 1)}
        for passage in passages:
            if passage.chunk_id not in known:
                self.passages += (passage,)
                known[passage.chunk_id] = len(self.passages)
        return tuple(known[passage.chunk_id] for passage in passages)

    def take(self, pieces: Sequence[Piece]) -> Iterator[ChatEvent]:
        """More of the answer, all of it in one delta; what it calls; and what it took until now."""
        for piece in pieces:
            if isinstance(piece, Usage):
                self._asked = piece
            elif isinstance(piece, ToolCall):
                self.calls.append(piece)
        text = "".join(piece for piece in pieces if isinstance(piece, str))
        if text:
            follows = not self._said and self._pieces and not self._pieces[-1].endswith("\n")
            self._said.append(text)
            yield from self._worded(_BREAK + text if follows else text)

    def finish(self) -> Iterator[ChatEvent]:
        """The model has ended, this time: a sentence that was begun is looked up in what it was given until now."""
        unread, self._unread = self._unread, Unread()
        yield from self._cited(unread.finished())
        self._spent, self._asked = self.usage, Usage()

    def begun(self, call: ToolCall) -> ToolCallStarted:
        """A call is about to be done. Models may name two calls alike; here each has a number of its own."""
        self._calls += 1
        event = ToolCallStarted(
            turn_id=self._turn_id,
            seq=self.next_seq(),
            call_id=str(self._calls),
            tool=tool_name(call),
            arguments=shown_arguments(call.arguments),
        )
        self._note(event)
        return event

    def ended(self, begun: ToolCallStarted, outcome: Outcome) -> ToolCallFinished:
        """It was done, or not."""
        event = ToolCallFinished(
            turn_id=self._turn_id,
            seq=self.next_seq(),
            call_id=begun.call_id,
            tool=begun.tool,
            summary=outcome.summary,
            duration_ms=outcome.duration_ms,
            failure=None if outcome.failure is None else outcome.failure.code,
        )
        self._note(event)
        return event

    def close_round(self, outcomes: Sequence[Outcome]) -> None:
        """All calls have ended: what they came to, in the order in which the model made them, is for it to read."""
        results = tuple(outcome.result(self.read_from(outcome.passages)) for outcome in outcomes)
        self.rounds += (ToolRound(said="".join(self._said), results=results),)
        self._said, self.calls = [], []

    def _worded(self, text: str) -> Iterator[ChatEvent]:
        self._pieces.append(text)
        self._unread, claims = self._unread.grown(text)
        event = TextDelta(turn_id=self._turn_id, seq=self.next_seq(), text=text)
        self._note(event)
        yield event
        yield from self._cited(claims)

    def _cited(self, claims: Sequence[Claim]) -> Iterator[ChatEvent]:
        """A marker without a passage cites nothing: the text keeps it, but there is nothing to show for it."""
        for claim in claims:
            for marker in claim.markers:
                if 1 <= marker <= len(self.passages):
                    passage = self.passages[marker - 1]
                    quotation, verdict = align(claim.text, passage)
                    citation = cite(marker, quotation=quotation, verdict=verdict, passage=passage)
                    self.citations += (citation,)
                    event = CitationAdded(turn_id=self._turn_id, seq=self.next_seq(), citation=citation)
                    self._note(event)
                    yield event

    def _note(self, event: ChatEvent) -> None:
        self.outline += outlined(event)
