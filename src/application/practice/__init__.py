"""Exercises written from the user's sources, answers graded, reviews scheduled."""

from dataclasses import dataclass

from application.practice.appeal_grade import AppealGrade
from application.practice.choose_passages import ChoosePassages, NothingToPractise
from application.practice.delete_exercise import DeleteExercise
from application.practice.generate_exercises import LARGEST_COUNT, GenerateExercises, brief_of
from application.practice.metered_judge import MeteredAnswerJudge
from application.practice.metered_writer import MeteredExerciseWriter
from application.practice.ports import (
    ExerciseBrief,
    ExerciseFilter,
    ExerciseReader,
    ExerciseRepository,
    ExerciseWriter,
    LanguageModel,
    Lexicon,
    ResponseReader,
    ResponseRepository,
    ReviewRepository,
    ReviewScheduler,
    WrittenDrafts,
)
from application.practice.renew_exercise import RenewExercise
from application.practice.submit_answer import SubmitAnswer
from application.practice.write_exercises import (
    TOKENS_PER_EXERCISE,
    GeneratedExercises,
    LanguageNotTaught,
    WriteExercises,
)

__all__ = [
    "LARGEST_COUNT",
    "TOKENS_PER_EXERCISE",
    "AppealGrade",
    "ChoosePassages",
    "DeleteExercise",
    "ExerciseBrief",
    "ExerciseFilter",
    "ExerciseReader",
    "ExerciseRepository",
    "ExerciseWriter",
    "GenerateExercises",
    "GeneratedExercises",
    "LanguageModel",
    "LanguageNotTaught",
    "Lexicon",
    "MeteredAnswerJudge",
    "MeteredExerciseWriter",
    "NothingToPractise",
    "Practice",
    "RenewExercise",
    "ResponseReader",
    "ResponseRepository",
    "ReviewRepository",
    "ReviewScheduler",
    "SubmitAnswer",
    "WriteExercises",
    "WrittenDrafts",
    "brief_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """What an entrypoint may do with exercises. `language_model` is None where rules do all the work."""

    exercises: ExerciseReader
    responses: ResponseReader
    generate_exercises: GenerateExercises
    renew_exercise: RenewExercise
    submit_answer: SubmitAnswer
    appeal_grade: AppealGrade
    delete_exercise: DeleteExercise
    language_model: LanguageModel | None = None
