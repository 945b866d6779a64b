"""Practice and writing."""

from __future__ import annotations

from dependency_injector import providers

from adapters.fsrs.scheduler import FsrsScheduler
from adapters.mistral import (
    TOKENS_EACH,
    MistralAnswerJudge,
    MistralExerciseWriter,
    MistralItemSolver,
    MistralStructuredModel,
)
from adapters.offline.exercise_writer import OfflineExerciseWriter
from adapters.offline.lexicon import OfflineLexicon
from adapters.postgres.practice import PostgresExerciseReader, PostgresResponseReader
from adapters.postgres.writing import PostgresDocumentReader
from application.practice import (
    TOKENS_PER_EXERCISE,
    AppealGrade,
    ChoosePassages,
    DeleteExercise,
    GenerateExercises,
    MeteredAnswerJudge,
    MeteredExerciseWriter,
    Practice,
    RenewExercise,
    SubmitAnswer,
    WriteExercises,
)
from application.practice.ports import AnswerJudge, ExerciseWriter, ItemSolver, LanguageModel
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


def _asked(is_asked: bool) -> str:
    return "asked" if is_asked else "nobody"


def _metered(judge: AnswerJudge | None) -> MeteredAnswerJudge | None:
    return None if judge is None else MeteredAnswerJudge(judge)


class StudyContainer(LibraryContainer):
    """Practice and writing."""

    lexicon = providers.Singleton(OfflineLexicon)
    structured_model = providers.Singleton(
        MistralStructuredModel,
        LibraryContainer.settings.provided.mistral_api_key,
        model=LibraryContainer.settings.provided.mistral_chat_model,
        server_url=LibraryContainer.settings.provided.mistral_server_url,
        deadline=LibraryContainer.settings.provided.language_model_deadline_seconds,
    )
    language_model: providers.Provider[LanguageModel | None] = providers.Selector(
        providers.Callable(_asked, LibraryContainer.settings.provided.asks_language_model),
        asked=structured_model,
        nobody=providers.Object(None),
    )
    exercise_writer: providers.Provider[ExerciseWriter] = providers.Selector(
        LibraryContainer.settings.provided.exercise_writer,
        mistral=providers.Singleton(MistralExerciseWriter, structured_model),
        offline=providers.Singleton(OfflineExerciseWriter, lexicon),
    )
    answer_judge: providers.Provider[AnswerJudge | None] = providers.Selector(
        LibraryContainer.settings.provided.answer_judge,
        mistral=providers.Singleton(MistralAnswerJudge, structured_model),
        off=providers.Object(None),
    )
    metered_judge = providers.Callable(_metered, answer_judge)
    item_solver: providers.Provider[ItemSolver | None] = providers.Selector(
        providers.Callable(_asked, LibraryContainer.settings.provided.blind_resolve),
        asked=providers.Singleton(MistralItemSolver, structured_model),
        nobody=providers.Object(None),
    )
    scheduler = providers.Singleton(FsrsScheduler)
    exercise_reader = providers.Singleton(PostgresExerciseReader, LibraryContainer.transactions)
    response_reader = providers.Singleton(PostgresResponseReader, LibraryContainer.transactions)
    document_reader = providers.Singleton(PostgresDocumentReader, LibraryContainer.transactions)
    choose_passages = providers.Singleton(
        ChoosePassages,
        search=LibraryContainer.search,
        sources=LibraryContainer.source_reader,
        chunks=LibraryContainer.chunk_reader,
    )
    write_exercises = providers.Singleton(
        WriteExercises,
        uow=LibraryContainer.uow,
        exercises=exercise_reader,
        writer=providers.Singleton(MeteredExerciseWriter, exercise_writer),
        clock=LibraryContainer.clock,
        new_id=LibraryContainer.new_id,
        solver=item_solver,
        tokens_each=providers.Selector(
            LibraryContainer.settings.provided.exercise_writer,
            mistral=providers.Object(TOKENS_EACH),
            offline=providers.Object(TOKENS_PER_EXERCISE),
        ),
    )
    practice = providers.Singleton(
        Practice,
        generate_exercises=providers.Singleton(
            GenerateExercises, hold=LibraryContainer.hold, choose=choose_passages, write=write_exercises
        ),
        renew_exercise=providers.Singleton(
            RenewExercise,
            hold=LibraryContainer.hold,
            exercises=exercise_reader,
            choose=choose_passages,
            write=write_exercises,
        ),
        submit_answer=providers.Singleton(
            SubmitAnswer,
            uow=LibraryContainer.uow,
            hold=LibraryContainer.hold,
            exercises=exercise_reader,
            responses=response_reader,
            lexicon=lexicon,
            judge=metered_judge,
            scheduler=scheduler,
            clock=LibraryContainer.clock,
            new_id=LibraryContainer.new_id,
        ),
        appeal_grade=providers.Singleton(
            AppealGrade,
            uow=LibraryContainer.uow,
            hold=LibraryContainer.hold,
            exercises=exercise_reader,
            responses=response_reader,
            lexicon=lexicon,
            judge=metered_judge,
            scheduler=scheduler,
            clock=LibraryContainer.clock,
            new_id=LibraryContainer.new_id,
        ),
        delete_exercise=providers.Singleton(DeleteExercise, uow=LibraryContainer.uow),
        exercises=exercise_reader,
        responses=response_reader,
        language_model=language_model,
    )
    create_document = providers.Singleton(
        CreateDocument, uow=LibraryContainer.uow, clock=LibraryContainer.clock, new_id=LibraryContainer.new_id
    )
    update_document = providers.Singleton(UpdateDocument, uow=LibraryContainer.uow, clock=LibraryContainer.clock)
    attach_source = providers.Singleton(AttachSource, uow=LibraryContainer.uow, clock=LibraryContainer.clock)
    take_citation_number = providers.Singleton(TakeCitationNumber, uow=LibraryContainer.uow)
    writing = providers.Singleton(
        Writing,
        documents=document_reader,
        create_document=create_document,
        update_document=update_document,
        delete_document=providers.Singleton(DeleteDocument, uow=LibraryContainer.uow),
        attach_source=attach_source,
        detach_source=providers.Singleton(DetachSource, uow=LibraryContainer.uow),
        take_citation_number=take_citation_number,
    )
