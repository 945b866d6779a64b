"""Conversations, turns and their events, and citations with a verdict."""

from domain.chat.aligner import FUZZY_THRESHOLD, align
from domain.chat.anchoring import Anchored, anchor, anchor_all
from domain.chat.citation import Anchor, Citation, Verdict, cite
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
from domain.chat.events import (
    ChatEvent,
    CitationAdded,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    is_final,
)
from domain.chat.failure import CANCELLED, INTERNAL_FAILURE, LOST, FailureCode, TurnFailure, failure_of
from domain.chat.outline import CallBegun, CallEnded, Cited, Outline, OutlineEntry, Words
from domain.chat.retelling import outlined, retold
from domain.chat.turn import (
    KEY_LIMIT,
    ConversationBusy,
    Turn,
    TurnEnded,
    TurnKeyInUse,
    TurnKeyTaken,
    TurnStatus,
    checked_key,
)

__all__ = [
    "CANCELLED",
    "FUZZY_THRESHOLD",
    "INTERNAL_FAILURE",
    "KEY_LIMIT",
    "LOST",
    "MESSAGE_LIMIT",
    "UNTITLED",
    "Anchor",
    "Anchored",
    "CallBegun",
    "CallEnded",
    "ChatEvent",
    "Citation",
    "CitationAdded",
    "Cited",
    "Claim",
    "Conversation",
    "ConversationBusy",
    "FailureCode",
    "Message",
    "MessageRole",
    "Outline",
    "OutlineEntry",
    "TextDelta",
    "ToolCallFinished",
    "ToolCallStarted",
    "Turn",
    "TurnCompleted",
    "TurnEnded",
    "TurnFailed",
    "TurnFailure",
    "TurnKeyInUse",
    "TurnKeyTaken",
    "TurnStarted",
    "TurnStatus",
    "Unread",
    "UnsuitableMessage",
    "Verdict",
    "Words",
    "align",
    "anchor",
    "anchor_all",
    "checked_key",
    "cite",
    "failure_of",
    "is_final",
    "outlined",
    "question_in",
    "retold",
    "title_from",
]
