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
    ConversationRepository,
    MessageRepository,
    OpenUnitOfWork,
    TurnRepository,
    UnitOfWork,
)

__all__ = [
    "ChatModel",
    "ChatTask",
    "ConversationReader",
    "ConversationRepository",
    "FindPassages",
    "MessageReader",
    "MessageRepository",
    "OpenUnitOfWork",
    "Piece",
    "ToolCall",
    "ToolOffer",
    "ToolResult",
    "ToolRound",
    "TurnEvents",
    "TurnRepository",
    "UnitOfWork",
    "WebPage",
    "WebSearch",
]
