"""Exercises that prove their key, and grading that names the fault.

A writer proposes a `Draft`; the gates (`judge`) let it pass or name why not; an `Exercise` keeps its `Solution` sealed
until it was answered; `grade` says by rule what an answer is worth; `ReviewCard` remembers when to see it again.
"""

from domain.practice.analysis import analyse, is_verb
from domain.practice.diagnosis import Diagnosis, Fault, IsWord, diagnose
from domain.practice.exercise import (
    GAP,
    Difficulty,
    Draft,
    Evidence,
    Exercise,
    ExerciseKind,
    Solution,
    exercise_from,
    filled,
    fingerprint,
    folded,
    seeded_order,
)
from domain.practice.feedback import described
from domain.practice.focus import GrammarFocus, UnknownFocus, focuses_of
from domain.practice.function_words import (
    ARTICLES,
    ARTICULATED,
    DEFINITE,
    INDEFINITE,
    PRONOUNS,
    REFLEXIVE,
    SIMPLE_PREPOSITIONS,
    Agreement,
    Article,
    agreement_of,
    definite_article,
    indefinite_article,
    is_impure,
    joined,
    starts_with_vowel,
)
from domain.practice.gates import GATES, Rejection, judge
from domain.practice.grades import PASS_SCORE, Grade, Grader, RubricLine
from domain.practice.grading import ANSWER_LIMIT, AnswerTooLong, grade
from domain.practice.judgements import MOST_POINTS, Criterion, Judgement
from domain.practice.judging import Context
from domain.practice.normalising import normalised, tokens
from domain.practice.paradigm import Form, Mood, Tense, form_of, forms_of, same_place
from domain.practice.progress import FocusProgress, StudyProgress, end_of_day, streak
from domain.practice.responses import ATTEMPT_ID_LIMIT, AttemptTaken, Response, UnsuitableAttemptId
from domain.practice.review import CardState, Rating, ReviewCard, ReviewEntry, rating_of
from domain.practice.wordlists import words

__all__ = [
    "ANSWER_LIMIT",
    "ARTICLES",
    "ARTICULATED",
    "ATTEMPT_ID_LIMIT",
    "DEFINITE",
    "GAP",
    "GATES",
    "INDEFINITE",
    "MOST_POINTS",
    "PASS_SCORE",
    "PRONOUNS",
    "REFLEXIVE",
    "SIMPLE_PREPOSITIONS",
    "Agreement",
    "AnswerTooLong",
    "Article",
    "AttemptTaken",
    "CardState",
    "Context",
    "Criterion",
    "Diagnosis",
    "Difficulty",
    "Draft",
    "Evidence",
    "Exercise",
    "ExerciseKind",
    "Fault",
    "FocusProgress",
    "Form",
    "Grade",
    "Grader",
    "GrammarFocus",
    "IsWord",
    "Judgement",
    "Mood",
    "Rating",
    "Rejection",
    "Response",
    "ReviewCard",
    "ReviewEntry",
    "RubricLine",
    "Solution",
    "StudyProgress",
    "Tense",
    "UnknownFocus",
    "UnsuitableAttemptId",
    "agreement_of",
    "analyse",
    "definite_article",
    "described",
    "diagnose",
    "end_of_day",
    "exercise_from",
    "filled",
    "fingerprint",
    "focuses_of",
    "folded",
    "form_of",
    "forms_of",
    "grade",
    "indefinite_article",
    "is_impure",
    "is_verb",
    "joined",
    "judge",
    "normalised",
    "rating_of",
    "same_place",
    "seeded_order",
    "starts_with_vowel",
    "streak",
    "tokens",
    "words",
]
