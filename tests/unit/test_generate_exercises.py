"""Exercises written from the user's sources: judged, rewritten once, charged. On memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from adapters.offline import OfflineEmbedder
from application.practice import ExerciseBrief, ExerciseFilter, LanguageNotTaught, NothingToPractise, WrittenDrafts
from domain.accounts import InsufficientCredits
from domain.practice import Difficulty, ExerciseKind, Rejection, UnknownFocus, seeded_order
from domain.shared import InvalidInput, NoSuch, NotYours, Passage, RateLimited, SourceId, Unavailable
from tests.builders_library import a_stored_source
from tests.builders_practice import DANTE, NONNA, PO, an_exercise, stored_exercises
from tests.classroom import Classroom, ScriptedSolver, ScriptedWriter, opened
from tests.desk import OTHER, OWNER, Desk
from tests.lessons import FACT, SENTENCES, a_fact, balance, drafts_from, generated, lesson


@pytest.fixture
async def room() -> Classroom:
    desk = Desk()
    await opened(desk)
    return Classroom(desk)


class TestGenerateExercises:
    async def test_exercises_come_from_the_users_own_words(self, room: Classroom) -> None:
        source = await room.desk.read(DANTE)
        made = await generated(room, count=6)
        assert len(made.exercises) == 6
        text = await room.desk.library.sources.text(owner=OWNER, id=source.id)
        for exercise in made.exercises:
            evidence = exercise.evidence
            assert text[evidence.start : evidence.end] == evidence.quote
            assert evidence.source_id == source.id
            assert exercise.solution is None
        page = await room.practice.exercises.count(owner=OWNER, where=ExerciseFilter())
        assert page == 6

    async def test_only_what_is_wanted_is_written(self, room: Classroom) -> None:
        await room.desk.read(DANTE)
        po = await room.desk.read(PO)
        made = await generated(
            room,
            count=3,
            kinds=[ExerciseKind.MULTIPLE_CHOICE],
            difficulty=Difficulty.ADVANCED,
            grammar_focus="verbs-tense",
            source_ids=[po.id, po.id],
        )
        assert {
            (exercise.kind, exercise.difficulty, exercise.grammar_focus, exercise.evidence.source_id)
            for exercise in made.exercises
        } == {(ExerciseKind.MULTIPLE_CHOICE, Difficulty.ADVANCED, "verbs-tense", po.id)}

    async def test_a_topic_chooses_the_passages(self, room: Classroom) -> None:
        await room.desk.read(PO)
        dante = await room.desk.read(DANTE)
        made = await generated(room, count=2, topic="la Divina Commedia e l'esilio", source_ids=[dante.id])
        assert {exercise.evidence.source_id for exercise in made.exercises} == {dante.id}

    async def test_asking_again_brings_other_exercises(self, room: Classroom) -> None:
        await room.desk.read(DANTE)
        first, second = await generated(room, count=5), await generated(room, count=5)
        assert len({one.fingerprint for one in (*first.exercises, *second.exercises)}) == 10

    async def test_the_cost_is_charged_with_what_is_delivered(self, room: Classroom) -> None:
        await room.desk.read(DANTE)
        made = await generated(room, count=5)
        account = await room.credits.account(owner=OWNER)
        assert made.credits_charged >= 1
        assert (account.credits, account.held) == (100 - made.credits_charged, 0)

    async def test_drafts_that_fail_a_gate_are_counted_and_written_anew_once(self, room: Classroom) -> None:
        passage = await lesson(room)
        good, bad = drafts_from(passage, *SENTENCES[:4]), drafts_from(passage, *SENTENCES[4:], key="lo")
        room.writer = writer = ScriptedWriter([*good[:2], *bad, good[0]], [good[2]])
        made = await generated(room, count=5)
        assert [exercise.question for exercise in made.exercises] == [draft.question for draft in good[:3]]
        assert made.rejected == {"key_proved": 2, "duplicate": 1}
        assert [brief.count for brief in writer.asked] == [5, 3]
        assert {exercise.fingerprint for exercise in made.exercises[:2]} <= writer.asked[1].avoid

    async def test_drafts_that_fail_are_not_paid_for(self, room: Classroom) -> None:
        passage = await lesson(room)
        good, bad = drafts_from(passage, SENTENCES[0]), drafts_from(passage, *SENTENCES[1:4], key="lo")
        room.writer = ScriptedWriter([*good, *bad], tokens_each=2_000)
        made = await generated(room, count=4)
        assert (len(made.exercises), made.credits_charged) == (1, 2)

    async def test_nothing_delivered_costs_nothing(self, room: Classroom) -> None:
        passage = await lesson(room)
        room.writer = ScriptedWriter(drafts_from(passage, *SENTENCES, key="lo"), tokens_each=5_000)
        made = await generated(room, count=6)
        assert (made.exercises, made.credits_charged, made.rejected) == ((), 0, {"key_proved": 6})
        assert await balance(room) == (100, 0)
        assert await room.credits.count(owner=OWNER) == 1

    async def test_a_writer_that_fails_gives_the_credits_back(self, room: Classroom) -> None:
        await lesson(room)

        class Broken(ScriptedWriter):
            async def write(self, brief: Any, passages: Any) -> Any:
                raise ConnectionError

        room.writer = Broken()
        with pytest.raises(ConnectionError):
            await generated(room)
        assert await balance(room) == (100, 0)

    async def test_without_credits_nothing_is_written(self) -> None:
        desk = Desk()
        await opened(desk, credits=0)
        room = Classroom(desk, writer=(writer := ScriptedWriter()))
        await lesson(room)
        with pytest.raises(InsufficientCredits):
            await generated(room)
        assert writer.asked == []

    @pytest.mark.parametrize("count", [0, -1, 51, 1_000])
    async def test_the_count_has_limits(self, room: Classroom, count: int) -> None:
        with pytest.raises(InvalidInput, match="between 1 and 50"):
            await generated(room, count=count)

    async def test_a_topic_has_a_limit(self, room: Classroom) -> None:
        with pytest.raises(InvalidInput) as refused:
            await generated(room, topic="x" * 301)
        assert refused.value.data["field"] == "topic"

    async def test_there_must_be_something_to_practise_with(self, room: Classroom) -> None:
        with pytest.raises(NothingToPractise, match="add a source"):
            await generated(room)
        waiting = await room.desk.added(DANTE)
        for ids in (None, [waiting.id]):
            with pytest.raises(NothingToPractise, match="still being read"):
                await generated(room, source_ids=ids)

    async def test_an_unread_source_does_not_stop_the_others(self, room: Classroom) -> None:
        await room.desk.read(DANTE)
        await room.desk.added(PO)
        assert (await generated(room, count=2)).exercises

    async def test_a_topic_that_nothing_matches_is_said(self, room: Classroom) -> None:
        with pytest.raises(NothingToPractise, match="add a source"):
            await generated(room, topic="vulcani")
        await room.desk.read(DANTE)
        with pytest.raises(NothingToPractise, match="nothing on this topic"):
            await generated(room, topic="xyzzy")

    async def test_sources_of_nobody_and_of_others_are_refused(self, room: Classroom) -> None:
        theirs, _ = await a_stored_source(room.desk.uow, OTHER)
        with pytest.raises(NotYours):
            await generated(room, source_ids=[theirs.id])
        with pytest.raises(NoSuch):
            await generated(room, source_ids=[SourceId(uuid4())])
        account = await room.credits.account(owner=OWNER)
        assert account.held == 0

    async def test_a_language_that_the_writer_does_not_know_is_said(self, room: Classroom) -> None:
        source = await room.desk.read("The Thames is a river in the south of England. " * 5, language="en")
        with pytest.raises(LanguageNotTaught) as refused:
            await generated(room, source_ids=[source.id])
        assert refused.value.data["language"] == "en"

    async def test_an_unknown_focus_is_said(self, room: Classroom) -> None:
        await room.desk.read(DANTE)
        with pytest.raises(UnknownFocus):
            await generated(room, grammar_focus="tempi-verbali")

    async def test_what_failed_goes_back_to_the_writer_with_its_gate(self, room: Classroom) -> None:
        passage = await lesson(room)
        (good, bad), mended = drafts_from(passage, *SENTENCES[:2]), drafts_from(passage, SENTENCES[1])
        bad = replace(bad, key="lo", explanation="Si usa «lo».")
        room.writer = writer = ScriptedWriter([good, bad], mended)
        made = await generated(room, count=2)
        assert [exercise.question for exercise in made.exercises] == [good.question, mended[0].question]
        assert made.rejected == {"key_proved": 1}
        assert writer.asked[0].failed == ()
        (failed,) = writer.asked[1].failed
        assert (failed.draft, failed.rejection.gate) == (bad, "key_proved")
        assert isinstance(failed.rejection, Rejection)

    async def test_there_is_no_third_try(self, room: Classroom) -> None:
        passage = await lesson(room)
        bad = drafts_from(passage, SENTENCES[0], key="lo")
        room.writer = writer = ScriptedWriter(bad, bad, drafts_from(passage, SENTENCES[0]))
        made = await generated(room, count=1)
        assert (made.exercises, made.rejected) == ((), {"key_proved": 2})
        assert len(writer.asked) == 2

    async def test_a_try_without_fruit_costs_nothing(self, room: Classroom) -> None:
        """The first try delivers one of two for 4,000 tokens, the second writes nonsense for 4,000 more."""
        passage = await lesson(room)
        good, bad = drafts_from(passage, *SENTENCES[:2])
        bad = replace(bad, key="lo")
        room.writer = ScriptedWriter([good, bad], [bad, bad], tokens_each=2_000)
        made = await generated(room, count=2)
        assert (len(made.exercises), made.credits_charged) == (1, 2)

    async def test_more_than_was_asked_for_is_neither_delivered_nor_paid(self, room: Classroom) -> None:
        passage = await lesson(room)
        room.writer = ScriptedWriter(drafts_from(passage, *SENTENCES), tokens_each=1_000)
        made = await generated(room, count=2)
        assert (len(made.exercises), made.credits_charged, made.rejected) == (2, 2, {})

    async def test_another_kind_focus_or_difficulty_than_was_asked_for_is_not_delivered(self, room: Classroom) -> None:
        passage = await lesson(room)
        room.writer = ScriptedWriter(drafts_from(passage, *SENTENCES[:2]))
        assert (await generated(room, kinds=[ExerciseKind.SINGLE_ANSWER])).rejected == {"as_asked": 2}
        room.writer = ScriptedWriter(drafts_from(passage, *SENTENCES[:2]))
        assert (await generated(room, grammar_focus="agreement")).rejected == {"as_asked": 2}
        room.writer = ScriptedWriter(drafts_from(passage, *SENTENCES[:2]))
        assert (await generated(room, difficulty=Difficulty.ADVANCED)).rejected == {"as_asked": 2}

    async def test_a_passage_that_was_not_given_cannot_be_quoted(self, room: Classroom) -> None:
        """Not even one of the user's own, in a source that the request left out."""
        passage = await lesson(room)
        other = await room.desk.read(PO)
        room.writer = ScriptedWriter(drafts_from(passage, *SENTENCES[:2]))
        made = await generated(room, count=2, source_ids=[other.id])
        assert (made.exercises, made.rejected) == ((), {"quotation_verbatim": 2})

    async def test_a_distractor_is_held_against_all_that_was_found(self, room: Classroom) -> None:
        """The first try is given six of eight passages; the last of all says that the distractor is right as well."""
        filler = [f"Il capitolo {number} parla di un fiume lontano e di un paese tranquillo." for number in range(6)]
        other = "Secondo altri il ponte di pietra fu costruito nel 1612 dal duca."
        _, chunks = await a_stored_source(room.desk.uow, OWNER, contents=[FACT, *filler, other])
        question = "In quale anno fu costruito il ponte di pietra?"
        draft = a_fact(
            chunks[0].as_passage(language="it"),
            kind=ExerciseKind.MULTIPLE_CHOICE,
            options=seeded_order(question, ("1532", "1612", "1498")),
        )
        room.writer = writer = ScriptedWriter([draft])
        made = await generated(room, count=1)
        assert chunks[7].id not in {passage.chunk_id for passage in writer.shown[0]}
        assert (made.exercises, made.rejected) == ((), {"distractor_right": 1})

    async def test_the_same_twice_in_one_batch_is_delivered_once(self, room: Classroom) -> None:
        passage = await lesson(room)
        (gap,) = drafts_from(passage, SENTENCES[0])
        in_other_words = replace(gap, question=gap.question.replace("Completa con", "Inserisci"))
        fact, again = a_fact(passage), a_fact(passage, question="Quando fu costruito il vecchio ponte?")
        room.writer = ScriptedWriter([gap, in_other_words, fact, again])
        made = await generated(room, count=4)
        assert [exercise.question for exercise in made.exercises] == [gap.question, fact.question]
        assert made.rejected == {"duplicate": 2}

    async def test_what_another_request_delivered_meanwhile_is_neither_delivered_nor_paid(
        self, room: Classroom
    ) -> None:
        passage = await lesson(room)
        (first, second), uow = drafts_from(passage, *SENTENCES[:2]), room.desk.uow

        class Slow(ScriptedWriter):
            """While it writes, another request stores the first of its questions."""

            async def write(self, brief: ExerciseBrief, passages: Sequence[Passage]) -> WrittenDrafts:
                await stored_exercises(uow, an_exercise(OWNER, question=first.question))
                return await super().write(brief, passages)

        room.writer = Slow([first, second], tokens_each=2_000)
        made = await generated(room, count=2)
        assert [one.question for one in made.exercises] == [second.question]
        assert (made.credits_charged, made.rejected) == (2, {"duplicate": 1})

    async def test_the_second_try_does_not_ask_what_the_first_has_asked(self, room: Classroom) -> None:
        passage = await lesson(room)
        fact, again = a_fact(passage), a_fact(passage, question="Quando fu costruito il vecchio ponte?")
        room.writer = ScriptedWriter([fact], [again])
        made = await generated(room, count=2)
        assert ([one.question for one in made.exercises], made.rejected) == ([fact.question], {"duplicate": 1})

    @pytest.mark.parametrize("trouble", [Unavailable("prose"), RateLimited("slow down", retry_after=3)])
    async def test_a_writer_that_is_down_costs_nothing(self, room: Classroom, trouble: Exception) -> None:
        await lesson(room)
        room.writer = ScriptedWriter(trouble)
        with pytest.raises(type(trouble)):
            await generated(room)
        assert await balance(room) == (100, 0)

    async def test_a_writer_that_fails_at_the_second_try_does_not_take_back_the_first(self, room: Classroom) -> None:
        passage = await lesson(room)
        good, bad = drafts_from(passage, *SENTENCES[:2])
        room.writer = ScriptedWriter([good, replace(bad, key="lo")], Unavailable("prose"), tokens_each=2_000)
        made = await generated(room, count=2)
        assert (len(made.exercises), made.credits_charged) == (1, 2)
        room.writer = ScriptedWriter([replace(bad, key="lo")], Unavailable("prose"))
        with pytest.raises(Unavailable):
            await generated(room, count=2)

    async def test_a_writer_that_writes_nothing_costs_nothing(self, room: Classroom) -> None:
        await lesson(room)
        room.writer = writer = ScriptedWriter()
        made = await generated(room)
        assert (made.exercises, made.credits_charged, made.rejected) == ((), 0, {})
        assert len(writer.asked) == 2
        assert await balance(room) == (100, 0)

    async def test_what_it_would_hold_is_known_before(self, room: Classroom) -> None:
        generate = room.practice.generate_exercises
        assert generate.estimate(count=5) == 3
        room.solver = ScriptedSolver({})
        assert room.practice.generate_exercises.estimate(count=5) == 6
        with pytest.raises(InvalidInput):
            generate.estimate(count=0)


class TestTopics:
    @pytest.fixture
    async def shelf(self, room: Classroom) -> Classroom:
        """Three texts with the vectors of the offline embedder."""
        room.desk.embedder = OfflineEmbedder()  # type: ignore[assignment]
        for text in (DANTE, PO, NONNA):
            await room.desk.read(text)
        await room.desk.embed()
        return room

    @pytest.mark.parametrize(
        "topic",
        [
            "l'esilio di Dante",
            "la Divina Commedia",
            "il delta del Po",
            "alluvione",
            "le alluvioni",
            "i pescatori del fiume",
            "la ricetta della nonna",
            "ricette antiche",
            "uccelli",
            "la battaglia di Campaldino",
        ],
    )
    async def test_a_topic_of_the_sources_is_found(self, shelf: Classroom, topic: str) -> None:
        assert (await generated(shelf, count=1, topic=topic)).exercises

    @pytest.mark.parametrize(
        "topic",
        [
            "i vulcani dell'Islanda",
            "la storia dei vulcani",
            "fisica quantistica",
            "la rivoluzione francese",
            "la fotosintesi clorofilliana",
            "intelligenza artificiale",
            "cellule e mitosi",
            "informatica",
            "xyzzy",
            "?!",
        ],
    )
    async def test_a_topic_that_nothing_matches_is_said(self, shelf: Classroom, topic: str) -> None:
        with pytest.raises(NothingToPractise) as refused:
            await generated(shelf, count=1, topic=topic)
        assert refused.value.data["reason"] == "topic"
        assert await balance(shelf) == (100, 0)

    async def test_only_passages_on_the_topic_are_written_from(self, shelf: Classroom) -> None:
        made = await generated(shelf, count=8, topic="i pescatori")
        assert {quote for one in made.exercises if "pescator" not in (quote := one.evidence.quote)}
        texts = {one.evidence.chunk_id for one in made.exercises}
        chunks = await shelf.desk.library.chunks.many(owner=OWNER, ids=[id for id in texts if id])
        assert all("pescatori" in chunk.content for chunk in chunks.values())
