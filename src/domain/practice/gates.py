"""Gates: named, pure judgements that every draft must pass, whoever wrote it. A draft that fails is not an exercise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from domain.practice import form_gates as form
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
        "one_gap": form.has_one_gap,
        "options": form.has_its_options,
        "distinct_options": form.has_distinct_options,
        "key_among_options": form.has_its_key_among_the_options,
        "alternatives": form.has_distinct_alternatives,
        "quotation_verbatim": proof.quotes_verbatim,
        "quotation_length": proof.quotes_a_whole_thought,
        "key_proved": proof.key_follows_from_quotation,
        "focus": proof.asks_what_its_focus_says,
        "one_filler": proof.leaves_one_filler,
        "key_in_question": form.question_does_not_hold_the_key,
        "distractor_right": proof.has_no_right_distractor,
        "key_length": form.length_tells_nothing,
        "key_look": form.look_tells_nothing,
        "key_position": form.place_tells_nothing,
        "duplicate": form.is_new,
    }
)
"""Every gate by its name, in the order in which they judge."""


def judge(draft: Draft, context: Context) -> Rejection | None:
    """The first gate that the draft fails; None when it passes them all."""
    for name, gate in GATES.items():
        reason = gate(draft, context)
        if reason is not None:
            return Rejection(name, reason)
    return None
