"""What chat needs from outside."""

from application.chat.ports.answering import (
    ChatModel,
    ChatTask,
    FindPassages,
    Piece,
    ToolCall,
    ToolOffer,
    ToolResult,
    ToolRound,
    WebPage,
    WebSearch,
)
from application.chat.ports.events import TurnEvents
from application.chat.ports.reading import ConversationReader, MessageReader
from application.chat.ports.stores import (
    CitationRepository,
    ConversationRepository,
    MessageRepository,
    OpenUnitOfWork,
    PlacedCitation,
    TurnRepository,
    UnitOfWork,
    WaitingCitations,
)

__all__ = [
    "ChatModel",
    "ChatTask",
    "CitationRepository",
    "ConversationReader",
    "ConversationRepository",
    "FindPassages",
    "MessageReader",
    "MessageRepository",
    "OpenUnitOfWork",
    "Piece",
    "PlacedCitation",
    "ToolCall",
    "ToolOffer",
    "ToolResult",
    "ToolRound",
    "TurnEvents",
    "TurnRepository",
    "UnitOfWork",
    "WaitingCitations",
    "WebPage",
    "WebSearch",
]
