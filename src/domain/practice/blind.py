"""The blind re-solve: who does not know the key must find it with the passage, and must not find it without."""

from __future__ import annotations

from collections.abc import Sequence

from domain.practice.exercise import Exercise, gapped_sentence
from domain.practice.gates import Rejection
from domain.practice.grading import ANSWER_LIMIT, grade
from domain.shared import Passage

UNSOLVED, WITHOUT_PASSAGE = "blind_unsolved", "blind_without_passage"
BLIND_GATES = (UNSOLVED, WITHOUT_PASSAGE)
"""Gates that a setting turns on. They judge after all others, and count as they do."""

_LEFT_OUT = "[…]"


def needs_its_passage(exercise: Exercise) -> bool:
    """Whether only who read the source can know the answer: a question on what it says.

    A gap shows its own sentence and asks for what makes the filler certain: it can be filled without, as it should be.
    """
    return exercise.grammar_focus is None and gapped_sentence(exercise.question) is None


def shown_to_solve(exercise: Exercise, passage: Passage, batch: Sequence[Exercise] = ()) -> str:
    """The passage as a solver sees it, who may see those of the whole batch at once.

    Where grammar alone should fill a gap, the gap is in the passage too, since copying proves nothing; and from each
    other's passages the sentences of such exercises in the batch are left out.
    """
    own = _span(exercise, passage)
    others = {_span(one, passage) for one in batch if one.evidence.chunk_id == passage.chunk_id and _is_grammar(one)}
    instead = {span: _LEFT_OUT for span in others if span[1] <= own[0] or own[1] <= span[0]}
    if _is_grammar(exercise):
        instead[own] = gapped_sentence(exercise.question) or ""
    shown, done = passage.text, len(passage.text)
    for start, end in sorted(instead, reverse=True):
        if end <= done:
            shown, done = shown[:start] + instead[start, end] + shown[end:], start
    return shown


def _is_grammar(exercise: Exercise) -> bool:
    return exercise.grammar_focus is not None and gapped_sentence(exercise.question) is not None


def _span(exercise: Exercise, passage: Passage) -> tuple[int, int]:
    return exercise.evidence.start - passage.start, exercise.evidence.end - passage.start


def judge_blind(exercise: Exercise, *, with_passage: str, without_passage: str | None) -> Rejection | None:
    """What the solver's answers say of an exercise; None when it may stand. An answer is right as a student's is.

    `without_passage` is None where the exercise does not need its passage.
    """
    if not _is_right(exercise, with_passage):
        return Rejection(UNSOLVED, "with the passage, another answer was found than the key")
    if without_passage is not None and _is_right(exercise, without_passage):
        return Rejection(WITHOUT_PASSAGE, "it can be answered without the passage")
    return None


def _is_right(exercise: Exercise, answer: str) -> bool:
    # Whoever solves blind does not mistype: with every string a word, no slip is forgiven.
    return grade(exercise, answer[:ANSWER_LIMIT], is_word=lambda _: True).passed
