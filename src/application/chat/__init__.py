"""Conversations: a question goes in, a cited answer streams out."""

from dataclasses import dataclass

from application.chat.answer_question import AnswerQuestion
from application.chat.asking import estimated_credits
from application.chat.create_conversation import CreateConversation
from application.chat.delete_conversation import DeleteConversation
from application.chat.estimate_answer import EstimateAnswer
from application.chat.metered_model import MeteredChatModel
from application.chat.metered_search import MeteredWebSearch
from application.chat.ports import (
    ChatModel,
    ConversationReader,
    ConversationRepository,
    FindPassages,
    MessageReader,
    MessageRepository,
    TurnRepository,
    WebPage,
    WebSearch,
)

__all__ = [
    "AnswerQuestion",
    "Chat",
    "ChatModel",
    "ConversationReader",
    "ConversationRepository",
    "CreateConversation",
    "DeleteConversation",
    "EstimateAnswer",
    "FindPassages",
    "MessageReader",
    "MessageRepository",
    "MeteredChatModel",
    "MeteredWebSearch",
    "TurnRepository",
    "WebPage",
    "WebSearch",
    "estimated_credits",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """What an entrypoint may do with conversations."""

    conversations: ConversationReader
    messages: MessageReader
    answer_question: AnswerQuestion
    estimate_answer: EstimateAnswer
    create_conversation: CreateConversation
    delete_conversation: DeleteConversation
