"""Conversations: a question goes in, a cited answer streams out."""

from dataclasses import dataclass

from application.chat.answer_question import AnswerQuestion, Stop
from application.chat.asking import Question, estimated_credits
from application.chat.cancel_turn import CancelTurn
from application.chat.create_conversation import CreateConversation
from application.chat.delete_conversation import DeleteConversation
from application.chat.desk_tools import BringSource, CheckCredits, NextCitationNumber, SaveDocument
from application.chat.end_lost_turn import EndLostTurn
from application.chat.estimate_answer import EstimateAnswer
from application.chat.follow_turn import FollowTurn, NoSuchEvent
from application.chat.metered_model import MeteredChatModel
from application.chat.metered_search import MeteredWebSearch
from application.chat.ports import (
    ChatModel,
    CitationRepository,
    ConversationReader,
    ConversationRepository,
    FindPassages,
    MessageReader,
    MessageRepository,
    PlacedCitation,
    TurnEvents,
    TurnRepository,
    WaitingCitations,
    WebPage,
    WebSearch,
)
from application.chat.reanchor_citations import REANCHOR, ReanchorCitations
from application.chat.research_tools import QuerySources, SearchTheWeb
from application.chat.running_turns import RunningTurns
from application.chat.start_turn import StartTurn
from application.chat.sweep_citations import SweepCitations
from application.chat.tools import Done, Errand, Tool, Toolbox

__all__ = [
    "REANCHOR",
    "AnswerQuestion",
    "BringSource",
    "CancelTurn",
    "Chat",
    "ChatModel",
    "CheckCredits",
    "CitationRepository",
    "ConversationReader",
    "ConversationRepository",
    "CreateConversation",
    "DeleteConversation",
    "Done",
    "EndLostTurn",
    "Errand",
    "EstimateAnswer",
    "FindPassages",
    "FollowTurn",
    "MessageReader",
    "MessageRepository",
    "MeteredChatModel",
    "MeteredWebSearch",
    "NextCitationNumber",
    "NoSuchEvent",
    "PlacedCitation",
    "QuerySources",
    "Question",
    "ReanchorCitations",
    "RunningTurns",
    "SaveDocument",
    "SearchTheWeb",
    "StartTurn",
    "Stop",
    "SweepCitations",
    "Tool",
    "Toolbox",
    "TurnEvents",
    "TurnRepository",
    "WaitingCitations",
    "WebPage",
    "WebSearch",
    "estimated_credits",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """What an entrypoint may do with conversations."""

    conversations: ConversationReader
    messages: MessageReader
    start_turn: StartTurn
    follow_turn: FollowTurn
    cancel_turn: CancelTurn
    running: RunningTurns
    estimate_answer: EstimateAnswer
    create_conversation: CreateConversation
    delete_conversation: DeleteConversation
    reanchor_citations: ReanchorCitations
    sweep_citations: SweepCitations
