"""What practice needs from outside."""

from application.practice.ports.grading import (
    AnswerJudge,
    JudgedAnswer,
    Lexicon,
    OpenAnswer,
    ReviewScheduler,
    Wording,
)
from application.practice.ports.models import LanguageModel
from application.practice.ports.reading import ExerciseFilter, ExerciseReader, ResponseReader
from application.practice.ports.stores import (
    ExerciseRepository,
    OpenUnitOfWork,
    ResponseRepository,
    ReviewRepository,
    UnitOfWork,
)
from application.practice.ports.writing import (
    ExerciseBrief,
    ExerciseWriter,
    FailedDraft,
    ItemSolver,
    SolvedItems,
    UnsolvedItem,
    WrittenDrafts,
)

__all__ = [
    "AnswerJudge",
    "ExerciseBrief",
    "ExerciseFilter",
    "ExerciseReader",
    "ExerciseRepository",
    "ExerciseWriter",
    "FailedDraft",
    "ItemSolver",
    "JudgedAnswer",
    "LanguageModel",
    "Lexicon",
    "OpenAnswer",
    "OpenUnitOfWork",
    "ResponseReader",
    "ResponseRepository",
    "ReviewRepository",
    "ReviewScheduler",
    "SolvedItems",
    "UnitOfWork",
    "UnsolvedItem",
    "Wording",
    "WrittenDrafts",
]
