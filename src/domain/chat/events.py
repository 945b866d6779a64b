"""What happens in a turn, in order: each event has the turn and a sequence number that begins at 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from domain.chat.citation import Citation
from domain.chat.conversation import Conversation, Message
from domain.chat.failure import FailureCode, TurnFailure
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
class ToolCallStarted:
    """The model called a tool. `call_id` is unique in the turn; `arguments` is JSON, long texts in it are cut."""

    turn_id: TurnId
    seq: int
    call_id: str
    tool: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallFinished:
    """What came of it: `summary` is a sentence for a person, `failure` None when the tool did what it was asked for."""

    turn_id: TurnId
    seq: int
    call_id: str
    tool: str
    summary: str
    duration_ms: int
    failure: FailureCode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationAdded:
    """A cited sentence is complete; its words were streamed before."""

    turn_id: TurnId
    seq: int
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnCompleted:
    """The answer is stored and paid for. `balance` is what is left, in credits.

    `out_of_credits`: tools were refused for want of them, and the answer was ended without what they would have found.
    """

    turn_id: TurnId
    seq: int
    message: Message
    tokens_used: int
    credits_charged: int
    balance: int
    out_of_credits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFailed:
    """There will be no answer. Nothing follows."""

    turn_id: TurnId
    seq: int
    failure: TurnFailure
    credits_charged: int


ChatEvent: TypeAlias = (
    TurnStarted | TextDelta | ToolCallStarted | ToolCallFinished | CitationAdded | TurnCompleted | TurnFailed
)


def is_final(event: ChatEvent) -> bool:
    """Whether nothing follows."""
    return isinstance(event, TurnCompleted | TurnFailed)
