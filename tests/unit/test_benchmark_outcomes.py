"""The benchmark of reading judges as a manifest means it."""

from __future__ import annotations

import pytest

from benchmarks._outcomes import is_as_expected, outcome_of
from benchmarks._reading import Reading
from domain.library import ExtractedText


def refused(sentence: str) -> str:
    return outcome_of(Reading(seconds=0.1, peak_mb=1, refusal=sentence))


def a_reading(text: str) -> Reading:
    return Reading(seconds=0.1, peak_mb=1, extracted=ExtractedText(text=text, language="it"))


@pytest.mark.parametrize(
    ("sentence", "outcome"),
    [
        ("This PDF needs a password. Save a copy without a password, and upload that.", "needs_password"),
        ("This PDF is damaged and could not be opened. Export or download it again.", "invalid"),
        ("This is really a web page, not a PDF. Save the page as PDF, or paste its text.", "invalid"),
        ("This file is called PDF but is not one: it is damaged, or something else.", "invalid"),
        ("This PDF has no text in it, only pictures of pages.", "no_text"),
        ("This PDF has more than 3,000 pages. Split it and upload the parts.", "too_many_pages"),
        ("This file needs too much memory to read: it is too complex, or made to be.", "too_big"),
        ("This document unpacks to far more than it should: it is too large, or made to be.", "too_big"),
        ("This file took too long to read: it is too complex, or made to be.", "too_slow"),
    ],
)
def test_each_sentence_is_an_outcome(sentence: str, outcome: str) -> None:
    assert refused(sentence) == outcome


@pytest.mark.parametrize("text", ["con \0 dentro", "una meta\N{COMBINING GRAVE ACCENT}", "un \ud800 solo"])
def test_a_text_that_no_store_takes_is_a_crash(text: str) -> None:
    assert outcome_of(a_reading("tutto bene")) == "ok"
    assert outcome_of(a_reading(text)) == "crash"


@pytest.mark.parametrize(
    ("outcome", "expect", "verdict"),
    [
        ("ok", "ok_text", True),
        ("ok", "ok_text_sanitised", True),
        ("ok", "ok_text_within_limits", True),
        ("ok", "needs_password_or_ok", True),
        ("ok", "needs_password", False),
        ("ok", "invalid_or_no_text", False),
        ("no_text", "invalid_or_no_text", True),
        ("no_text", "ok_or_no_text", True),
        ("too_big", "too_big_or_no_text_within_limits", True),
        ("too_many_pages", "too_many_pages_within_limits", True),
        ("invalid", "any_no_crash", True),
        ("too_slow", "any_within_limits", True),
        ("crash", "any_no_crash", False),
        ("invalid", "ok_text", False),
    ],
)
def test_an_outcome_is_held_against_what_was_expected(outcome: str, expect: str, verdict: bool) -> None:
    assert is_as_expected(outcome, expect) is verdict
