"""Exercises written from the user's sources, answers graded, reviews scheduled."""

from dataclasses import dataclass

from application.practice.delete_exercise import DeleteExercise
from application.practice.generate_exercises import (
    LARGEST_COUNT,
    GeneratedExercises,
    GenerateExercises,
    LanguageNotTaught,
    NothingToPractise,
    brief_of,
    estimated_credits,
)
from application.practice.metered_writer import MeteredExerciseWriter
from application.practice.ports import (
    ExerciseBrief,
    ExerciseFilter,
    ExerciseReader,
    ExerciseRepository,
    ExerciseWriter,
    Lexicon,
    ResponseReader,
    ResponseRepository,
    ReviewRepository,
    ReviewScheduler,
    WrittenDrafts,
)
from application.practice.submit_answer import SubmitAnswer

__all__ = [
    "LARGEST_COUNT",
    "DeleteExercise",
    "ExerciseBrief",
    "ExerciseFilter",
    "ExerciseReader",
    "ExerciseRepository",
    "ExerciseWriter",
    "GenerateExercises",
    "GeneratedExercises",
    "LanguageNotTaught",
    "Lexicon",
    "MeteredExerciseWriter",
    "NothingToPractise",
    "Practice",
    "ResponseReader",
    "ResponseRepository",
    "ReviewRepository",
    "ReviewScheduler",
    "SubmitAnswer",
    "WrittenDrafts",
    "brief_of",
    "estimated_credits",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """What an entrypoint may do with exercises."""

    exercises: ExerciseReader
    responses: ResponseReader
    generate_exercises: GenerateExercises
    submit_answer: SubmitAnswer
    delete_exercise: DeleteExercise
