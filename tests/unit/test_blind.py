"""Exercises that a solver must find with their passage, and must not find without. On memory."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from application.practice import ExerciseFilter
from application.practice.ports import SolvedItems, UnsolvedItem
from application.shared import Window
from domain.accounts import CreditOperation
from domain.practice import BLIND_GATES, ExerciseKind, judge_blind, seeded_order
from domain.shared import Unavailable
from tests.builders_practice import an_exercise
from tests.classroom import Classroom, ScriptedSolver, ScriptedWriter, opened
from tests.desk import OWNER, Desk
from tests.lessons import SENTENCES, a_fact, balance, drafts_from, generated, lesson


@pytest.fixture
async def room() -> Classroom:
    desk = Desk()
    await opened(desk)
    return Classroom(desk)


class TestBlind:
    """With a solver: with its passage an exercise must be solved, without it a question on content must not."""

    async def test_what_is_solved_only_with_its_passage_is_delivered(self, room: Classroom) -> None:
        passage = await lesson(room)
        fact, (gap,) = a_fact(passage), drafts_from(passage, SENTENCES[0])
        room.writer = ScriptedWriter([fact, gap])
        room.solver = solver = ScriptedSolver({fact.question: "Nel 1532.", gap.question: "l'"})
        made = await generated(room, count=2)
        assert ([one.question for one in made.exercises], made.rejected) == ([fact.question, gap.question], {})
        shown, hidden = solver.asked
        with_gap = passage.text.replace("aspettava l'amico", "aspettava ____ amico")
        assert [item.passage for item in shown] == [passage.text.replace(SENTENCES[0], "[…]"), with_gap]
        assert [(item.question, item.passage) for item in hidden] == [(fact.question, None)]

    async def test_no_passage_of_the_batch_fills_the_gap_of_another(self, room: Classroom) -> None:
        passage = await lesson(room)
        fact, (first, second) = a_fact(passage), drafts_from(passage, *SENTENCES[:2])
        room.writer = ScriptedWriter([fact, first, second])
        room.solver = solver = ScriptedSolver({})
        await generated(room, count=3)
        of_fact, of_first, of_second = [item.passage or "" for item in solver.asked[0]]
        assert all("l'amico" not in shown and "l'uomo" not in shown for shown in (of_fact, of_first, of_second))
        assert fact.evidence.quote in of_fact
        assert ("aspettava ____ amico" in of_first, "salutava ____ uomo" in of_second) == (True, True)
        assert of_first.startswith("Il poeta aspettava ____ amico davanti alla porta della chiesa. […] Il nonno")

    async def test_what_cannot_be_solved_with_its_passage_is_dropped(self, room: Classroom) -> None:
        passage = await lesson(room)
        fact, (gap,) = a_fact(passage), drafts_from(passage, SENTENCES[0])
        room.writer = writer = ScriptedWriter([fact, gap])
        room.solver = ScriptedSolver({fact.question: "1612", gap.question: "lo"})
        made = await generated(room, count=2)
        assert (made.exercises, made.rejected) == ((), {"blind_unsolved": 2})
        assert [failed.rejection.gate for failed in writer.asked[1].failed] == ["blind_unsolved"] * 2
        assert await balance(room) == (100, 0)

    async def test_a_question_that_needs_no_passage_is_dropped_and_grammar_is_not(self, room: Classroom) -> None:
        passage = await lesson(room)
        fact, (gap,) = a_fact(passage), drafts_from(passage, SENTENCES[0])
        answers = {fact.question: "1532", gap.question: "l'"}
        room.writer = ScriptedWriter([fact, gap])
        room.solver = ScriptedSolver(answers, answers)
        made = await generated(room, count=2)
        assert [one.question for one in made.exercises] == [gap.question]
        assert made.rejected == {"blind_without_passage": 1}

    async def test_a_choice_is_solved_by_its_option(self, room: Classroom) -> None:
        passage = await lesson(room)
        question = "In quale anno fu costruito il ponte di pietra?"
        options = seeded_order(question, ("1532", "1612", "1498", "1701"))
        room.writer = ScriptedWriter([a_fact(passage, kind=ExerciseKind.MULTIPLE_CHOICE, options=options)])
        room.solver = ScriptedSolver({question: "1532"}, {question: "1612"})
        assert len((await generated(room, count=1)).exercises) == 1

    async def test_solving_is_paid_with_what_is_delivered(self, room: Classroom) -> None:
        """Two drafts for 2,000 tokens each, three items solved for 1,000 each; one is delivered: half of 7,000."""
        passage = await lesson(room)
        fact, (gap,) = a_fact(passage), drafts_from(passage, SENTENCES[0])
        room.writer = ScriptedWriter([fact, gap], tokens_each=2_000)
        room.solver = ScriptedSolver({gap.question: "l'"}, tokens_each=1_000)
        made = await generated(room, count=2)
        assert (len(made.exercises), made.credits_charged) == (1, 4)

    async def test_a_solver_that_gives_no_figures_is_estimated(self, room: Classroom) -> None:
        passage = await lesson(room)
        fact = a_fact(passage)
        room.writer = ScriptedWriter([fact], tokens_each=1)
        room.solver = ScriptedSolver({fact.question: "1532"}, tokens_each=0)
        made = await generated(room, count=1)
        entries = (await room.credits.page(owner=OWNER, window=Window())).items
        (entry,) = [one for one in entries if one.operation is CreditOperation.GENERATION]
        assert made.credits_charged == 1
        assert entry.estimated
        assert (entry.tokens_used or 0) > 50

    async def test_what_failed_a_gate_is_not_even_asked(self, room: Classroom) -> None:
        passage = await lesson(room)
        room.writer = ScriptedWriter(drafts_from(passage, *SENTENCES, key="lo"))
        room.solver = solver = ScriptedSolver({})
        await generated(room, count=3)
        assert solver.asked == []

    async def test_a_solver_that_is_down_or_leaves_out_answers_is_unavailable(self, room: Classroom) -> None:
        passage = await lesson(room)

        class Down(ScriptedSolver):
            async def solve(self, items: Sequence[UnsolvedItem]) -> SolvedItems:
                raise Unavailable("down")

        class Short(ScriptedSolver):
            async def solve(self, items: Sequence[UnsolvedItem]) -> SolvedItems:
                return SolvedItems(answers=())

        for solver in (Down({}), Short({})):
            room.writer, room.solver = ScriptedWriter([a_fact(passage)]), solver
            with pytest.raises(Unavailable):
                await generated(room, count=1)
            assert await balance(room) == (100, 0)
            assert await room.practice.exercises.count(owner=OWNER, where=ExerciseFilter()) == 0


def test_whoever_solves_blind_is_forgiven_no_slip() -> None:
    """What may be a typo of a student is another word from a model."""
    exercise = an_exercise(
        OWNER,
        question="Completa con l'imperfetto di «aspettare».\nIl poeta ____ l'amico.",
        key="aspettava",
        grammar_focus="verbs-tense",
    )
    assert judge_blind(exercise, with_passage="Aspettava.", without_passage=None) is None
    for answer in ("aspetava", "aspettavo", "", "aspettava o aspettò"):
        rejection = judge_blind(exercise, with_passage=answer, without_passage=None)
        assert rejection is not None
        assert rejection.gate in BLIND_GATES
