"""Mistral's models, through its official SDK."""

from adapters.mistral.answer_judge import MistralAnswerJudge
from adapters.mistral.embedder import MistralEmbedder
from adapters.mistral.exercise_writer import TOKENS_EACH, MistralExerciseWriter
from adapters.mistral.item_solver import MistralItemSolver
from adapters.mistral.structured import CHAT_MODEL, MistralStructuredModel

__all__ = [
    "CHAT_MODEL",
    "TOKENS_EACH",
    "MistralAnswerJudge",
    "MistralEmbedder",
    "MistralExerciseWriter",
    "MistralItemSolver",
    "MistralStructuredModel",
]
