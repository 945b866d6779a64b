"""Conversations, turns and their events, and citations with a verdict."""

from domain.chat.aligner import FUZZY_THRESHOLD, align
from domain.chat.citation import Citation, Verdict, cite
from domain.chat.claims import Claim, Unread
from domain.chat.conversation import (
    MESSAGE_LIMIT,
    UNTITLED,
    Conversation,
    Message,
    MessageRole,
    UnsuitableMessage,
    question_in,
    title_from,
)
from domain.chat.deltas import Unsent
from domain.chat.events import ChatEvent, CitationAdded, TextDelta, TurnCompleted, TurnFailed, TurnStarted
from domain.chat.turn import (
    ABANDONED,
    INTERNAL_FAILURE,
    KEY_LIMIT,
    FailureCode,
    Turn,
    TurnFailure,
    TurnKeyTaken,
    TurnRunning,
    TurnStatus,
    checked_key,
    failure_of,
)

__all__ = [
    "ABANDONED",
    "FUZZY_THRESHOLD",
    "INTERNAL_FAILURE",
    "KEY_LIMIT",
    "MESSAGE_LIMIT",
    "UNTITLED",
    "ChatEvent",
    "Citation",
    "CitationAdded",
    "Claim",
    "Conversation",
    "FailureCode",
    "Message",
    "MessageRole",
    "TextDelta",
    "Turn",
    "TurnCompleted",
    "TurnFailed",
    "TurnFailure",
    "TurnKeyTaken",
    "TurnRunning",
    "TurnStarted",
    "TurnStatus",
    "Unread",
    "Unsent",
    "UnsuitableMessage",
    "Verdict",
    "align",
    "checked_key",
    "cite",
    "failure_of",
    "question_in",
    "title_from",
]
