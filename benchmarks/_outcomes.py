"""What a hostile file should end as, and what it ended as, in the words of a manifest."""

from __future__ import annotations

import re

from benchmarks._reading import Reading

SENTENCES = {
    "needs_password": r"needs a password|locked by its seller",
    "too_many_pages": r"more than [\d,]+ pages",
    "too_big": r"too large|too much memory|more than [\d,]+ characters|unpacks to|larger than",
    "too_slow": r"took too long",
    "no_text": r"no text|is empty",
    "invalid": r"damaged|is really|web page|is not one|can(not)? be read|could not be read|made to be|entities|deeply",
}
"""How each outcome is said, in this order: the first that fits."""

_MEANS_OK = {"ok", "ok_text", "ok_text_sanitised"}


def outcome_of(reading: Reading) -> str:
    """`ok`, one of SENTENCES, `refused` for a sentence that is none of them, or `crash`."""
    if reading.crash is not None:
        return "crash"
    if reading.refusal is None:
        return "ok" if reading.is_exact else "crash"
    return next((name for name, said in SENTENCES.items() if re.search(said, reading.refusal)), "refused")


def is_as_expected(outcome: str, expect: str) -> bool:
    """Whether a manifest's word admits the outcome: `a_or_b`, `any_...`, with or without `_within_limits`."""
    wanted = set(expect.removesuffix("_within_limits").removesuffix("_no_crash").split("_or_"))
    if outcome == "crash":
        return False
    if "any" in wanted:
        return True
    return outcome in wanted or (outcome == "ok" and bool(wanted & _MEANS_OK))
