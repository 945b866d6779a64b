"""An answer while it streams: the model's words go in, events come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from application.chat.ports import Piece
from domain.accounts import Usage
from domain.chat import ChatEvent, Citation, CitationAdded, Claim, TextDelta, Unread, align, cite, outlined
from domain.shared import Passage, TurnId


class Answering:
    """Counts the events of one turn, and looks up each claim as soon as it is complete."""

    __slots__ = ("_passages", "_pieces", "_seq", "_turn_id", "_unread", "citations", "outline", "usage")

    def __init__(self, turn_id: TurnId) -> None:
        self._turn_id = turn_id
        self._passages: Sequence[Passage] = ()
        self.usage = Usage()
        self._seq = 0
        self._pieces: list[str] = []
        self._unread = Unread()
        self.citations: tuple[Citation, ...] = ()
        self.outline: tuple[int, ...] = ()

    @property
    def content(self) -> str:
        """The answer so far."""
        return "".join(self._pieces)

    def next_seq(self) -> int:
        """The number of the next event, from 1."""
        self._seq += 1
        return self._seq

    def read_from(self, passages: Sequence[Passage]) -> None:
        """The passages that the model is given; marker `[1]` is the first."""
        self._passages = passages

    def take(self, pieces: Sequence[Piece]) -> Iterator[ChatEvent]:
        """More of the answer, all of it in one delta, and what it took until now."""
        for piece in pieces:
            if isinstance(piece, Usage):
                self.usage = piece
        text = "".join(piece for piece in pieces if isinstance(piece, str))
        if text:
            self._pieces.append(text)
            self._unread, claims = self._unread.grown(text)
            yield self._noted(TextDelta(turn_id=self._turn_id, seq=self.next_seq(), text=text))
            yield from self._cited(claims)

    def finish(self) -> Iterator[ChatEvent]:
        """Nothing more will come."""
        yield from self._cited(self._unread.finished())

    def _cited(self, claims: Sequence[Claim]) -> Iterator[ChatEvent]:
        """A marker without a passage cites nothing: the text keeps it, but there is nothing to show for it."""
        for claim in claims:
            for marker in claim.markers:
                if 1 <= marker <= len(self._passages):
                    passage = self._passages[marker - 1]
                    quotation, verdict = align(claim.text, passage)
                    citation = cite(marker, quotation=quotation, verdict=verdict, passage=passage)
                    self.citations += (citation,)
                    yield self._noted(CitationAdded(turn_id=self._turn_id, seq=self.next_seq(), citation=citation))

    def _noted(self, event: ChatEvent) -> ChatEvent:
        self.outline += outlined(event)
        return event
