"""Gates: named, pure judgements that every draft must pass, whoever wrote it. A draft that fails is not an exercise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from domain.practice import distractor_gates as distractors
from domain.practice import filler_gates as filler
from domain.practice import form_gates as form
from domain.practice import giveaway_gates as giveaway
from domain.practice import proof_gates as proof
from domain.practice.exercise import Draft
from domain.practice.judging import Context


@dataclass(frozen=True, slots=True)
class Rejection:
    """The gate that a draft failed, and why, for the log and the writer's second try."""

    gate: str
    reason: str


Gate: TypeAlias = Callable[[Draft, Context], str | None]
"""None when the draft passes, otherwise the reason."""


GATES: Mapping[str, Gate] = MappingProxyType(
    {
        "complete": form.has_all_parts,
        "as_asked": proof.is_what_was_asked_for,
        "plain_text": form.is_plain_text,
        "one_gap": form.has_one_gap,
        "one_question": form.asks_one_question,
        "options": form.has_its_options,
        "distinct_options": form.has_distinct_options,
        "key_among_options": form.has_its_key_among_the_options,
        "stock_options": form.has_no_stock_options,
        "nested_options": form.has_no_nested_options,
        "alternatives": form.has_distinct_alternatives,
        "key_phrase": form.is_a_phrase,
        "quotation_verbatim": proof.quotes_verbatim,
        "quotation_length": proof.quotes_a_whole_thought,
        "language": proof.is_in_the_language,
        "key_proved": proof.key_follows_from_quotation,
        "known_focus": proof.has_a_known_focus,
        "focus": filler.asks_what_its_focus_says,
        "one_filler": filler.leaves_one_filler,
        "alternatives_proved": proof.alternatives_follow_from_the_key,
        "stands_alone": proof.stands_alone,
        "about_quotation": proof.is_about_its_quotation,
        "explanation": proof.explains_the_key,
        "key_in_question": giveaway.question_does_not_hold_the_key,
        "real_distractors": distractors.has_real_distractors,
        "distractor_right": distractors.has_no_right_distractor,
        "key_length": giveaway.length_tells_nothing,
        "key_look": giveaway.look_tells_nothing,
        "key_position": giveaway.place_tells_nothing,
        "duplicate": giveaway.is_new,
    }
)
"""Every gate by its name, in the order in which they judge."""


def judge(draft: Draft, context: Context, *, gates: Mapping[str, Gate] = GATES) -> Rejection | None:
    """The first gate that the draft fails; None when it passes them all."""
    for name, gate in gates.items():
        reason = gate(draft, context)
        if reason is not None:
            return Rejection(name, reason)
    return None
