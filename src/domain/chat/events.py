"""What happens in a turn, in order: each event has the turn and a sequence number that begins at 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from domain.chat.citation import Citation
from domain.chat.conversation import Conversation, Message
from domain.chat.turn import TurnFailure
from domain.shared import TurnId


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStarted:
    """The question is stored; `conversation` is new when none was given."""

    turn_id: TurnId
    seq: int
    conversation: Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    """The next words of the answer. All of them joined are the answer's content."""

    turn_id: TurnId
    seq: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationAdded:
    """A cited sentence is complete; its words were streamed before."""

    turn_id: TurnId
    seq: int
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnCompleted:
    """The answer is stored and paid for. `balance` is what is left, in credits."""

    turn_id: TurnId
    seq: int
    message: Message
    tokens_used: int
    credits_charged: int
    balance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFailed:
    """There will be no answer. Nothing follows."""

    turn_id: TurnId
    seq: int
    failure: TurnFailure
    credits_charged: int


ChatEvent: TypeAlias = TurnStarted | TextDelta | CitationAdded | TurnCompleted | TurnFailed


def is_final(event: ChatEvent) -> bool:
    """Whether nothing follows."""
    return isinstance(event, TurnCompleted | TurnFailed)
