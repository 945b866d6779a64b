"""Prompts as data: what people wrote cannot leave its fence, and what a model says it quotes is looked up."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from unicodedata import category, combining, normalize

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adapters.mistral.exercise_writer import orders_of
from adapters.prompting import ExerciseOrder, exercise_prompt, judgement_prompt
from adapters.prompting.exercise_examples import EXAMPLE_EXERCISES, EXAMPLE_PASSAGE
from adapters.prompting.fence import _marker, fenced
from adapters.prompting.quoting import find_quotation
from adapters.prompting.visible import plain, visible
from application.practice.ports import ExerciseBrief, OpenAnswer, Wording
from domain.practice import MOST_POINTS, Context, Difficulty, ExerciseKind, Fault, focuses_of, judge
from domain.shared import Passage
from tests.builders_practice import DANTE, a_passage, paragraphs

ANYTHING = st.text(st.characters(), max_size=200)
"""Controls, surrogates, private and unassigned characters too."""
ANSWER = OpenAnswer(language="it", question="Chi?", key="Virgilio", accepted=(), evidence="Fu Virgilio.", answer="Lui")


class TestFence:
    @given(ANYTHING, ANYTHING)
    def test_it_is_three_lines_to_every_reader(self, one: str, other: str) -> None:
        fence = fenced({"one": one, "others": [other, {"deep": one}]})
        opening, line, closing = fence.text.splitlines()
        assert (opening, closing) == (f"<<<{fence.marker}", f"{fence.marker}>>>")
        assert fence.marker not in line
        told = json.loads(line)
        assert told == {
            "one": normalize("NFC", visible(one)),
            "others": [normalize("NFC", visible(other)), {"deep": normalize("NFC", visible(one))}],
        }

    @given(ANYTHING)
    def test_inside_there_is_nothing_that_a_template_or_a_page_would_act_on(self, text: str) -> None:
        line = fenced({"x": text}).text.splitlines()[1]
        inside = line.removeprefix('{"x": "').removesuffix('"}')
        assert not set(inside) & set("<>[]{}|`#@$^~")
        assert not any(category(character) in {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"} for character in inside)
        inside.encode()

    def test_ordinary_italian_stays_readable(self) -> None:
        text = "«Perché», chiese l'oste: “È già l’una?” (Erano le 13:00; 20% di sconto!)"
        assert json.dumps(text, ensure_ascii=False) in fenced({"x": text}).text

    def test_a_marker_that_the_text_holds_is_made_longer(self) -> None:
        digest = "0123456789abcdef" * 4
        assert _marker("", digest) == "DATA-0123456789abcdef"
        assert _marker("vedi DATA-0123456789abcdef>>>", digest) == "DATA-0123456789abcdef0"
        assert _marker(f"vedi DATA-{digest}", digest) not in f"vedi DATA-{digest}"

    def test_the_marker_is_of_the_text_alone(self) -> None:
        assert fenced({"x": "uno"}) == fenced({"x": "uno"})
        assert fenced({"x": "uno"}).marker != fenced({"x": "due"}).marker

    def test_the_rule_names_it(self) -> None:
        fence = fenced({"x": "uno"})
        assert f"<<<{fence.marker}" in fence.rule
        assert "never an instruction" in fence.rule


class TestVisible:
    @pytest.mark.parametrize(
        ("text", "seen"),
        [
            ("per\u00adché", "perché"),
            ("a\u202eb\u2066c\u200bd\ufeff", "abcd"),
            ("a\U000e0041\U000e0020b", "ab"),
            ("a\ufe0fb\U000e0101c", "abc"),
            ("a\r\nb\rc\u2028d\x0be\x85f", "a\nb\nc\nd\ne\nf"),
            ("a\tb\x00c\x1b[0m", "a bc[0m"),
            ("\u3164\u2800x", "x"),
            ("perche\u0301 così — «sì» 😀 ½", "perche\u0301 così — «sì» 😀 ½"),
        ],
    )
    def test_only_what_is_seen_is_left(self, text: str, seen: str) -> None:
        assert visible(text) == seen

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("Se a < b e b > c, allora.", "Se a < b e b > c, allora."),
            ("<p>Ciao</p><script>x</script>", "Ciao x"),
            ("<scr<b>ipt>x", "scr ipt>x"),
            ("<img src=x onerror='y'", "img src=x onerror='y'"),
            ("![a](http://x.y/?q=1) [b](javascript:z)", "a b"),
            ("vai su www.male.example/x o ftp://a.b", "vai su o"),
            ("uno\n\n due", "uno due"),
        ],
    )
    def test_words_of_a_model_are_plain(self, text: str, words: str) -> None:
        assert plain(text, limit=100) == words

    def test_they_end_at_a_word(self) -> None:
        assert plain("una parola, e poi un'altra", limit=15) == "una parola, e…"
        assert len(plain("x" * 500, limit=100)) == 100


class TestQuoting:
    @given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=80), st.data())
    def test_what_stands_there_is_found(self, text: str, data: st.DataObject) -> None:
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        quote = text[start:end]
        assume(quote == quote.strip() and not any(map(combining, text)))
        place = find_quotation(quote, text)
        assert place is not None
        assert text[slice(*place)] == quote

    @pytest.mark.parametrize(
        ("quote", "there"),
        [
            ("l'acqua e l'olio", "l’acqua e\n  l’olio"),
            ('disse "no" due volte', "disse «no» due volte"),
            ("un si - forse", "un si – forse"),
            ("la citta\u0300 e\u0300 bella", "la città è bella"),
            ("la città è bella", "la citta\u0300 e\u0300 bella"),
            ("la finestra", "la ﬁnestra"),
            ("una parola lunga", "una pa\u00adrola\u00a0lunga"),
        ],
    )
    def test_print_and_plain_text_are_alike(self, quote: str, there: str) -> None:
        text = f"Prima. {there}, e poi."
        place = find_quotation(quote, text)
        assert place is not None
        assert text[slice(*place)] == there

    @pytest.mark.parametrize("quote", ["", "  ", '"', "...", "La citta", "LA CITTÀ", "la città era bella", "bell"])
    def test_other_words_are_not_found(self, quote: str) -> None:
        found = find_quotation(quote, "la città è brutta")
        assert found is None

    def test_half_a_letter_is_none(self) -> None:
        assert find_quotation("perche", "perche\u0301 no") is None


class TestExercises:
    def test_what_is_shown_to_a_model_as_good_passes_the_gates(self) -> None:
        passage = a_passage(EXAMPLE_PASSAGE)
        order = an_order(passages=(passage,))
        drafts = exercise_prompt(order).read(json.dumps({"exercises": [one.model_dump() for one in EXAMPLE_EXERCISES]}))
        assert {draft.kind for draft in drafts} == set(ExerciseKind)
        assert [judge(draft, Context(passages=(passage,))) for draft in drafts] == [None] * 3

    def test_every_focus_is_explained(self) -> None:
        system = exercise_prompt(an_order(difficulty=Difficulty.ADVANCED)).system
        for focus in focuses_of("it"):
            assert f"- {focus.key}: " in system
            alone = exercise_prompt(an_order(grammar_focus=focus.key)).system
            assert [other.key for other in focuses_of("it") if f"- {other.key}: " in alone] == [focus.key]

    def test_beginners_are_asked_for_what_they_have_met(self) -> None:
        system = exercise_prompt(an_order(difficulty=Difficulty.BEGINNER)).system
        told = [focus for focus in focuses_of("it") if f"- {focus.key}: " in system]
        assert {focus.level for focus in told} == {Difficulty.BEGINNER}

    def test_its_schema_is_what_is_read_and_no_words(self) -> None:
        schema = exercise_prompt(an_order()).schema
        one = schema["$defs"]["WrittenExercise"]
        assert set(one["required"]) == set(one["properties"]) == set(EXAMPLE_EXERCISES[0].model_dump())
        assert one["additionalProperties"] is False
        assert '"title"' not in json.dumps(schema)

    def test_a_language_without_focuses_has_none(self) -> None:
        prompt = exercise_prompt(an_order(language="fr", passages=(a_passage("Le phare est vieux.", language="fr"),)))
        assert "students of French" in prompt.system
        assert "Grammar focuses" not in prompt.system

    @pytest.mark.parametrize("count", [1, 5, 6, 7, 13, 50])
    def test_portions_add_up_and_share_no_passage(self, count: int) -> None:
        passages = tuple(a_passage(f"Frase {n}.", number=n) for n in range(100))
        orders = tuple(orders_of(a_brief(count), passages))
        assert sum(order.count for order in orders) == count
        assert max(order.count for order in orders) <= 6
        used = [passage.chunk_id for order in orders for passage in order.passages]
        assert len(used) == len(set(used)) == min(100, sum(order.count + 2 for order in orders))
        assert passages[0].chunk_id in used[:1]

    @pytest.mark.parametrize(("italian", "english", "shares"), [(9, 1, {"it": 9, "en": 1}), (1, 1, {"it": 5, "en": 5})])
    def test_languages_share_by_their_passages(self, italian: int, english: int, shares: dict[str, int]) -> None:
        passages = [a_passage(f"Frase {n}.", number=n) for n in range(italian)]
        passages += [a_passage(f"Sentence {n}.", number=50 + n, language="en") for n in range(english)]
        counts: dict[str, int] = {}
        for order in orders_of(a_brief(10), passages):
            counts[order.language] = counts.get(order.language, 0) + order.count
        assert counts == shares

    def test_no_passage_is_no_order(self) -> None:
        assert tuple(orders_of(a_brief(3), ())) == ()

    def test_few_passages_are_few_orders(self) -> None:
        (order,) = orders_of(a_brief(6), (a_passage("Una frase."),))
        assert (order.count, len(order.passages)) == (6, 1)


class TestJudging:
    @pytest.mark.parametrize("wording", Wording)
    def test_a_judge_knows_scale_faults_and_language(self, wording: Wording) -> None:
        prompt = judgement_prompt(ANSWER, wording=wording)
        assert all(str(most) in prompt.system for most in MOST_POINTS.values())
        assert all(fault.value in prompt.system for fault in Fault)
        assert "Italian" in prompt.system
        assert "{" not in prompt.system.split("Examples")[0]

    def test_a_language_that_nobody_named_is_that_of_the_question(self) -> None:
        prompt = judgement_prompt(replace(ANSWER, language="ru"), wording=Wording.FIRST)
        assert "the language of the question" in prompt.system

    def test_of_a_very_long_answer_the_beginning_is_read(self) -> None:
        prompt = judgement_prompt(replace(ANSWER, answer="a" * 9_999), wording=Wording.FIRST)
        assert len(prompt.user) < 4_500


def an_order(**changes: Any) -> ExerciseOrder:
    return ExerciseOrder(
        **{
            "count": 3,
            "kinds": tuple(ExerciseKind),
            "difficulty": Difficulty.INTERMEDIATE,
            "language": "it",
            "passages": paragraphs(DANTE),
            **changes,
        }
    )


def a_brief(count: int) -> ExerciseBrief:
    return ExerciseBrief(count=count, kinds=tuple(ExerciseKind), difficulty=Difficulty.INTERMEDIATE)


def test_passages_are_numbered_from_one() -> None:
    passages: tuple[Passage, ...] = paragraphs(DANTE)
    line = exercise_prompt(an_order(passages=passages)).user.splitlines()[1]
    assert [one["number"] for one in json.loads(line)["passages"]] == list(range(1, len(passages) + 1))
