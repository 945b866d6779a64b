"""Practice, writing and chat."""

from __future__ import annotations

from dependency_injector import providers

from adapters.fsrs.scheduler import FsrsScheduler
from adapters.offline.chat_model import OfflineChatModel
from adapters.offline.exercise_writer import OfflineExerciseWriter
from adapters.offline.lexicon import OfflineLexicon
from adapters.postgres.chat import PostgresConversationReader, PostgresMessageReader
from adapters.postgres.practice import PostgresExerciseReader, PostgresResponseReader
from adapters.postgres.writing import PostgresDocumentReader
from application.chat import (
    AnswerQuestion,
    Chat,
    CreateConversation,
    DeleteConversation,
    EstimateAnswer,
    MeteredChatModel,
)
from application.practice import DeleteExercise, GenerateExercises, MeteredExerciseWriter, Practice, SubmitAnswer
from application.writing import (
    AttachSource,
    CreateDocument,
    DeleteDocument,
    DetachSource,
    TakeCitationNumber,
    UpdateDocument,
    Writing,
)
from entrypoints.bootstrap.library import LibraryContainer


class StudyContainer(LibraryContainer):
    """Practice, writing, chat."""

    chat_model = providers.Singleton(OfflineChatModel)
    lexicon = providers.Singleton(OfflineLexicon)
    exercise_writer = providers.Singleton(OfflineExerciseWriter, lexicon)
    scheduler = providers.Singleton(FsrsScheduler)
    exercise_reader = providers.Singleton(PostgresExerciseReader, LibraryContainer.transactions)
    response_reader = providers.Singleton(PostgresResponseReader, LibraryContainer.transactions)
    document_reader = providers.Singleton(PostgresDocumentReader, LibraryContainer.transactions)
    conversation_reader = providers.Singleton(PostgresConversationReader, LibraryContainer.transactions)
    message_reader = providers.Singleton(PostgresMessageReader, LibraryContainer.transactions)
    practice = providers.Singleton(
        Practice,
        generate_exercises=providers.Singleton(
            GenerateExercises,
            uow=LibraryContainer.uow,
            hold=LibraryContainer.hold,
            retrieve=LibraryContainer.retrieve,
            chunks=LibraryContainer.chunk_reader,
            sources=LibraryContainer.source_reader,
            exercises=exercise_reader,
            writer=providers.Singleton(MeteredExerciseWriter, exercise_writer),
            clock=LibraryContainer.clock,
            new_id=LibraryContainer.new_id,
        ),
        submit_answer=providers.Singleton(
            SubmitAnswer,
            uow=LibraryContainer.uow,
            exercises=exercise_reader,
            responses=response_reader,
            lexicon=lexicon,
            scheduler=scheduler,
            clock=LibraryContainer.clock,
            new_id=LibraryContainer.new_id,
        ),
        delete_exercise=providers.Singleton(DeleteExercise, uow=LibraryContainer.uow),
        exercises=exercise_reader,
        responses=response_reader,
    )
    writing = providers.Singleton(
        Writing,
        documents=document_reader,
        create_document=providers.Singleton(
            CreateDocument, uow=LibraryContainer.uow, clock=LibraryContainer.clock, new_id=LibraryContainer.new_id
        ),
        update_document=providers.Singleton(UpdateDocument, uow=LibraryContainer.uow, clock=LibraryContainer.clock),
        delete_document=providers.Singleton(DeleteDocument, uow=LibraryContainer.uow),
        attach_source=providers.Singleton(AttachSource, uow=LibraryContainer.uow, clock=LibraryContainer.clock),
        detach_source=providers.Singleton(DetachSource, uow=LibraryContainer.uow),
        take_citation_number=providers.Singleton(TakeCitationNumber, uow=LibraryContainer.uow),
    )
    chat = providers.Singleton(
        Chat,
        conversations=conversation_reader,
        messages=message_reader,
        answer_question=providers.Singleton(
            AnswerQuestion,
            uow=LibraryContainer.uow,
            hold=LibraryContainer.hold,
            find_passages=LibraryContainer.retrieve,
            model=providers.Singleton(MeteredChatModel, chat_model),
            clock=LibraryContainer.clock,
            new_id=LibraryContainer.new_id,
        ),
        estimate_answer=providers.Singleton(
            EstimateAnswer, uow=LibraryContainer.uow, clock=LibraryContainer.clock, new_id=LibraryContainer.new_id
        ),
        create_conversation=providers.Singleton(
            CreateConversation, uow=LibraryContainer.uow, clock=LibraryContainer.clock, new_id=LibraryContainer.new_id
        ),
        delete_conversation=providers.Singleton(DeleteConversation, uow=LibraryContainer.uow),
    )
