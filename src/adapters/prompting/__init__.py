"""What language models are asked, as data: no network here, and no model's name.

A `Prompt` holds the words, the shape of the answer, and how it is read. Text of anybody (sources, topics, students'
answers) is in it only behind a fence; what a model says is read as text of anybody as well.
"""

from adapters.prompting.answers import judgement_prompt
from adapters.prompting.exercises import LANGUAGES, ExerciseOrder, exercise_prompt
from adapters.prompting.prompt import Prompt, Unusable, probe
from adapters.prompting.solving import solving_prompt

__all__ = [
    "LANGUAGES",
    "ExerciseOrder",
    "Prompt",
    "Unusable",
    "exercise_prompt",
    "judgement_prompt",
    "probe",
    "solving_prompt",
]
