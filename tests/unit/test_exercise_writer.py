"""The offline writer: what it writes passes every gate, is what was asked for, and is the same every time."""

from __future__ import annotations

from collections import Counter

import pytest

from adapters.offline.exercise_writer import OfflineExerciseWriter
from adapters.offline.lexicon import OfflineLexicon
from application.practice import ExerciseBrief
from domain.accounts import Usage
from domain.practice import (
    ARTICULATED,
    DEFINITE,
    GAP,
    INDEFINITE,
    Context,
    Difficulty,
    Draft,
    ExerciseKind,
    fingerprint,
    focuses_of,
    folded,
    forms_of,
    judge,
    normalised,
)
from domain.shared import Passage
from tests.builders_practice import DANTE, TEXTS, a_passage, paragraphs

WRITER = OfflineExerciseWriter(OfflineLexicon())
PASSAGES = tuple(passage for number, text in enumerate(TEXTS, start=1) for passage in paragraphs(text, number=number))
FOCUSES = [focus.key for focus in focuses_of("it")]
GAPS = (ExerciseKind.FILL_GAP, ExerciseKind.MULTIPLE_CHOICE)


def written(*passages: Passage, count: int = 50, **brief: object) -> tuple[Draft, ...]:
    asked = ExerciseBrief(
        **{"count": count, "kinds": tuple(ExerciseKind), "difficulty": Difficulty.INTERMEDIATE, **brief}  # type: ignore[arg-type]
    )
    return WRITER.drafts(asked, passages or PASSAGES)


@pytest.mark.parametrize("kind", GAPS)
@pytest.mark.parametrize("focus", FOCUSES)
def test_every_focus_has_exercises_that_pass_every_gate(focus: str, kind: ExerciseKind) -> None:
    drafts = written(grammar_focus=focus, kinds=(kind,))
    assert len(drafts) >= 5
    for draft in drafts:
        assert judge(draft, Context(passages=PASSAGES)) is None
        assert (draft.grammar_focus, draft.kind, draft.language) == (focus, kind, "it")
        assert draft.question.count(GAP) == 1


def test_questions_on_facts_have_their_key_in_the_text() -> None:
    asked = {draft.question: draft for draft in written(kinds=(ExerciseKind.SINGLE_ANSWER,))}
    assert asked["Dove nacque Dante Alighieri?"].key == "Firenze"
    assert asked["Qual è il fiume più lungo d'Italia?"].accepted == ("Po",)
    assert asked["In quale anno una grande alluvione distrusse i paesi del Polesine?"].key == "1951"
    assert all(folded(draft.key) in folded(draft.evidence.quote) for draft in asked.values())


def test_distractors_of_a_verb_are_forms_of_that_verb() -> None:
    drafts = [
        draft
        for focus in ("verbs-tense", "verbs-mood")
        for draft in written(grammar_focus=focus, kinds=(ExerciseKind.MULTIPLE_CHOICE,))
    ]
    for draft in drafts:
        infinitive = draft.question.split("«")[1].split("»")[0]
        assert {normalised(option) for option in draft.options} <= {form.text for form in forms_of(infinitive)}
    assert len(drafts) >= 20


def test_distractors_of_a_function_word_are_of_its_kind() -> None:
    kinds = {"articles-definite": DEFINITE, "articles-indefinite": INDEFINITE, "prepositions-articulated": ARTICULATED}
    for focus, members in kinds.items():
        for draft in written(grammar_focus=focus, kinds=(ExerciseKind.MULTIPLE_CHOICE,)):
            assert {normalised(option) for option in draft.options} <= set(members)
            assert len(draft.options) == 4


def test_the_same_passages_make_the_same_exercises() -> None:
    assert written(count=12) == written(count=12)


def test_kinds_take_turns_and_no_sentence_is_used_twice() -> None:
    drafts = written(count=9)
    assert Counter(draft.kind for draft in drafts) == dict.fromkeys(ExerciseKind, 3)
    assert len({draft.evidence for draft in drafts}) == 9


def test_keys_of_choices_do_not_keep_one_place() -> None:
    drafts = written(kinds=(ExerciseKind.MULTIPLE_CHOICE,))
    places = Counter(draft.options.index(draft.key) for draft in drafts)
    assert set(places) == {0, 1, 2, 3}
    assert max(places.values()) < len(drafts) / 2


def test_what_is_to_be_avoided_is_not_written_again() -> None:
    first = written(count=5)
    avoid = frozenset(fingerprint(draft.question) for draft in first)
    assert not avoid & {fingerprint(draft.question) for draft in written(count=20, avoid=avoid)}


def test_beginners_are_not_asked_for_the_subjunctive() -> None:
    hard = {"verbs-mood", "pronouns-clitic"}
    assert not hard & {draft.grammar_focus for draft in written(count=20, difficulty=Difficulty.BEGINNER)}
    assert hard & {draft.grammar_focus for draft in written(count=20, difficulty=Difficulty.ADVANCED)}


def test_offsets_point_into_the_source() -> None:
    shifted = a_passage(DANTE, start=1_000, page=4)
    for draft in written(shifted, count=10):
        quotation = draft.evidence
        assert DANTE[quotation.start - 1_000 : quotation.end - 1_000] == quotation.quote
        assert quotation.page == 4


def test_a_sentence_over_two_lines_is_quoted_as_it_is_and_asked_on_one() -> None:
    broken = a_passage("I pescatori\nvendevano il pesce fresco al mercato\ndella piccola città.")
    (draft, *_) = written(broken, kinds=(ExerciseKind.FILL_GAP,))
    assert "\n" in draft.evidence.quote
    assert draft.question.count("\n") == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Indice",
        "Questo gli permise di vedere la casa della zia nel piccolo paese di montagna.",
        "Ma il poeta vendeva la casa della zia nel piccolo paese di montagna.",
        "La casa della zia.",
        "la zia vendeva la casa nel piccolo paese vicino al mare azzurro.",
        "La zia vendeva la casa (quella nel paese vicino al mare azzurro.",
        "Vedi http://esempio.it per sapere come la zia vendeva la casa nel paese.",
        "1 2 3 4 5 6 7 8 9 10 11 12.",
        "The aunt was selling the house in the little village by the sea.",
    ],
)
def test_a_text_without_a_sentence_that_stands_alone_has_no_exercises(text: str) -> None:
    assert written(a_passage(text)) == ()


def test_other_languages_are_left_alone() -> None:
    assert WRITER.knows("it")
    assert not WRITER.knows("en")
    assert written(a_passage(DANTE, language="en")) == ()
    assert written(a_passage(DANTE, language="it-IT"))


async def test_tokens_are_counted_for_what_was_written() -> None:
    brief = ExerciseBrief(count=5, kinds=tuple(ExerciseKind), difficulty=Difficulty.INTERMEDIATE)
    full = await WRITER.write(brief, PASSAGES)
    none = await WRITER.write(brief, [])
    assert len(full.drafts) == 5
    assert full.usage is not None
    assert 100 < full.usage.tokens < 3_000
    assert (none.drafts, none.usage) == ((), Usage(estimated=True))
