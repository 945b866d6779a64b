"""Chat: a model, its tools, and turns that go on by themselves."""

from __future__ import annotations

from datetime import timedelta

from dependency_injector import providers

from adapters.mistral.chat_model import MistralChatModel
from adapters.offline.chat_model import OfflineChatModel
from adapters.openai_compatible import OpenAICompatibleChatModel
from adapters.postgres.chat import PostgresConversationReader, PostgresMessageReader
from adapters.postgres.citations import PostgresWaitingCitations
from adapters.searxng import SearxngWebSearch
from adapters.streamed_answers import Patience
from adapters.tavily import TavilyWebSearch
from application.chat import (
    AnswerQuestion,
    BringSource,
    CancelTurn,
    Chat,
    CheckCredits,
    CreateConversation,
    DeleteConversation,
    EndLostTurn,
    EstimateAnswer,
    FollowTurn,
    MeteredChatModel,
    MeteredWebSearch,
    NextCitationNumber,
    QuerySources,
    ReanchorCitations,
    RunningTurns,
    SaveDocument,
    SearchTheWeb,
    StartTurn,
    SweepCitations,
    Tool,
    Toolbox,
)
from entrypoints.bootstrap.study import StudyContainer

_ASKED_AGAIN_AFTER = timedelta(minutes=1)
"""How long citations wait for their job before it counts as lost; asking too early does no harm."""


def _identifier(name: str) -> str:
    return name.replace("-", "_")


def _offered(*tools: Tool | None) -> tuple[Tool, ...]:
    """Those that there are."""
    return tuple(tool for tool in tools if tool is not None)


def _searched(provider: str) -> str:
    return "off" if provider == "off" else "on"


class ChatContainer(StudyContainer):
    """Chat."""

    chat_patience = providers.Singleton(
        Patience,
        first_token=StudyContainer.settings.provided.chat_first_token_seconds,
        between_tokens=StudyContainer.settings.provided.chat_token_seconds,
        whole=StudyContainer.settings.provided.chat_answer_seconds,
    )
    chat_model = providers.Selector(
        providers.Callable(_identifier, StudyContainer.settings.provided.chat_provider),
        offline=providers.Singleton(OfflineChatModel),
        mistral=providers.Singleton(
            MistralChatModel,
            StudyContainer.settings.provided.mistral_api_key,
            model=StudyContainer.settings.provided.chat_model,
            context_tokens=StudyContainer.settings.provided.chat_context_tokens,
            server_url=StudyContainer.settings.provided.mistral_server_url,
            patience=chat_patience,
        ),
        openai_compatible=providers.Singleton(
            OpenAICompatibleChatModel,
            StudyContainer.settings.provided.openai_compatible_url,
            model=StudyContainer.settings.provided.chat_model,
            context_tokens=StudyContainer.settings.provided.chat_context_tokens,
            api_key=StudyContainer.settings.provided.openai_compatible_key,
            patience=chat_patience,
        ),
    )
    conversation_reader = providers.Singleton(PostgresConversationReader, StudyContainer.transactions)
    waiting_citations = providers.Singleton(PostgresWaitingCitations, StudyContainer.transactions)
    message_reader = providers.Singleton(PostgresMessageReader, StudyContainer.transactions)
    tavily = providers.Singleton(TavilyWebSearch, StudyContainer.settings.provided.tavily_api_key)
    searxng = providers.Singleton(SearxngWebSearch, StudyContainer.settings.provided.searxng_url)
    web_search = providers.Selector(
        StudyContainer.settings.provided.web_search, tavily=tavily, searxng=searxng, off=providers.Object(None)
    )
    web_tool = providers.Selector(
        providers.Callable(_searched, StudyContainer.settings.provided.web_search),
        on=providers.Singleton(
            SearchTheWeb,
            search=providers.Singleton(
                MeteredWebSearch,
                provider=web_search,
                uow=StudyContainer.uow,
                hold=StudyContainer.hold,
                clock=StudyContainer.clock,
            ),
        ),
        off=providers.Object(None),
    )
    toolbox = providers.Singleton(
        Toolbox,
        tools=providers.Callable(
            _offered,
            providers.Singleton(QuerySources, find_passages=StudyContainer.retrieve),
            providers.Singleton(
                BringSource, add_source=StudyContainer.add_source, attach_source=StudyContainer.attach_source
            ),
            providers.Singleton(
                SaveDocument,
                uow=StudyContainer.uow,
                create_document=StudyContainer.create_document,
                update_document=StudyContainer.update_document,
            ),
            providers.Singleton(CheckCredits, credits=StudyContainer.credit_reader),
            providers.Singleton(NextCitationNumber, take_citation_number=StudyContainer.take_citation_number),
            web_tool,
        ),
    )
    running_turns = providers.Singleton(RunningTurns)
    end_lost_turn = providers.Singleton(
        EndLostTurn,
        uow=StudyContainer.uow,
        events=StudyContainer.turn_events,
        clock=StudyContainer.clock,
    )
    chat = providers.Singleton(
        Chat,
        conversations=conversation_reader,
        messages=message_reader,
        start_turn=providers.Singleton(
            StartTurn,
            uow=StudyContainer.uow,
            answer=providers.Singleton(
                AnswerQuestion,
                uow=StudyContainer.uow,
                hold=StudyContainer.hold,
                find_passages=StudyContainer.retrieve,
                model=providers.Singleton(MeteredChatModel, chat_model),
                clock=StudyContainer.clock,
                new_id=StudyContainer.new_id,
                tools=toolbox,
            ),
            events=StudyContainer.turn_events,
            running=running_turns,
            end_lost=end_lost_turn,
        ),
        follow_turn=providers.Singleton(
            FollowTurn,
            uow=StudyContainer.uow,
            events=StudyContainer.turn_events,
            end_lost=end_lost_turn,
            clock=StudyContainer.clock,
        ),
        cancel_turn=providers.Singleton(CancelTurn, uow=StudyContainer.uow, events=StudyContainer.turn_events),
        running=running_turns,
        estimate_answer=providers.Singleton(
            EstimateAnswer, uow=StudyContainer.uow, clock=StudyContainer.clock, new_id=StudyContainer.new_id
        ),
        create_conversation=providers.Singleton(
            CreateConversation, uow=StudyContainer.uow, clock=StudyContainer.clock, new_id=StudyContainer.new_id
        ),
        delete_conversation=providers.Singleton(DeleteConversation, uow=StudyContainer.uow),
        reanchor_citations=providers.Singleton(
            ReanchorCitations,
            uow=StudyContainer.uow,
            sources=StudyContainer.source_reader,
            chunks=StudyContainer.chunk_reader,
        ),
        sweep_citations=providers.Singleton(
            SweepCitations,
            waiting=waiting_citations,
            jobs=StudyContainer.jobs,
            clock=StudyContainer.clock,
            patience=_ASKED_AGAIN_AFTER,
        ),
    )
