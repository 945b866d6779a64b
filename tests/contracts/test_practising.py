"""Answering and generating on every store: what their promises owe to its locks."""

from __future__ import annotations

import asyncio

import pytest

from adapters.fsrs.scheduler import FsrsScheduler
from adapters.memory.chunks import MemoryChunkReader
from adapters.memory.sources import MemorySourceReader
from adapters.offline.exercise_writer import OfflineExerciseWriter
from adapters.offline.lexicon import OfflineLexicon
from adapters.postgres.chunks import PostgresChunkReader
from adapters.postgres.sources import PostgresSourceReader
from adapters.system import new_uuid7
from application.accounts import CreditReader
from application.library import ChunkIndex, Search
from application.practice import (
    ChoosePassages,
    ExerciseFilter,
    ExerciseReader,
    GenerateExercises,
    MeteredExerciseWriter,
    NothingToPractise,
    RenewExercise,
    ResponseReader,
    SubmitAnswer,
    WriteExercises,
)
from domain.library import Weights
from domain.practice import AttemptTaken, ExerciseKind
from domain.shared import NotYours
from tests.builders import TickingClock, a_holder, signed_up
from tests.builders_library import a_stored_source
from tests.builders_practice import DANTE, an_exercise, stored_exercises
from tests.contracts.conftest import Store
from tests.desk import OneVector


class TestSubmitAnswer:
    @pytest.fixture
    def submit(self, store: Store, exercises: ExerciseReader, responses: ResponseReader) -> SubmitAnswer:
        return SubmitAnswer(
            uow=store.uow,
            hold=a_holder(store.uow),
            exercises=exercises,
            responses=responses,
            lexicon=OfflineLexicon(),
            judge=None,
            scheduler=FsrsScheduler(),
            clock=TickingClock(),
            new_id=new_uuid7,
        )

    async def test_one_attempt_sent_ten_times_at_once_is_one_response(
        self, store: Store, exercises: ExerciseReader, responses: ResponseReader, submit: SubmitAnswer
    ) -> None:
        user = await signed_up(store.uow)
        exercise = an_exercise(user.id)
        await stored_exercises(store.uow, exercise)
        results = await asyncio.gather(
            *(
                submit(owner=user.id, exercise_id=exercise.id, attempt_id="a", answer="l'" if index % 2 else "il")
                for index in range(10)
            )
        )
        assert len({response.id for response, _ in results}) == 1
        assert await responses.count(owner=user.id) == 1
        assert (await exercises.get(owner=user.id, id=exercise.id)).times_attempted == 1

    async def test_ten_attempts_at_once_are_all_counted(
        self, store: Store, exercises: ExerciseReader, responses: ResponseReader, submit: SubmitAnswer
    ) -> None:
        user = await signed_up(store.uow)
        exercise = an_exercise(user.id)
        await stored_exercises(store.uow, exercise)
        await asyncio.gather(
            *(
                submit(owner=user.id, exercise_id=exercise.id, attempt_id=str(index), answer="l'" if index < 5 else "")
                for index in range(10)
            )
        )
        found = await exercises.get(owner=user.id, id=exercise.id)
        assert (found.times_attempted, found.average_score) == (10, 50.0)
        assert await responses.count(owner=user.id) == 10

    async def test_an_attempt_of_another_exercise_is_a_conflict(self, store: Store, submit: SubmitAnswer) -> None:
        user = await signed_up(store.uow)
        first, second = an_exercise(user.id), an_exercise(user.id)
        await stored_exercises(store.uow, first, second)
        await submit(owner=user.id, exercise_id=first.id, attempt_id="a", answer="l'")
        with pytest.raises(AttemptTaken):
            await submit(owner=user.id, exercise_id=second.id, attempt_id="a", answer="l'")


class TestGenerateExercises:
    @pytest.fixture
    def choose(self, store: Store, index: ChunkIndex) -> ChoosePassages:
        return ChoosePassages(
            search=Search(index=index, embedder=OneVector(), weights=Weights(lexical=1.0, semantic=1.0)),
            sources=store.reader(memory=MemorySourceReader, postgres=PostgresSourceReader),
            chunks=store.reader(memory=MemoryChunkReader, postgres=PostgresChunkReader),
        )

    @pytest.fixture
    def write(self, store: Store, exercises: ExerciseReader) -> WriteExercises:
        return WriteExercises(
            uow=store.uow,
            exercises=exercises,
            writer=MeteredExerciseWriter(OfflineExerciseWriter(OfflineLexicon())),
            clock=TickingClock(),
            new_id=new_uuid7,
        )

    @pytest.fixture
    def generate(self, store: Store, choose: ChoosePassages, write: WriteExercises) -> GenerateExercises:
        return GenerateExercises(hold=a_holder(store.uow), choose=choose, write=write)

    @pytest.fixture
    def renew(
        self, store: Store, exercises: ExerciseReader, choose: ChoosePassages, write: WriteExercises
    ) -> RenewExercise:
        return RenewExercise(hold=a_holder(store.uow), exercises=exercises, choose=choose, write=write)

    async def test_what_is_delivered_is_stored_and_charged_together(
        self, store: Store, exercises: ExerciseReader, ledger: CreditReader, generate: GenerateExercises
    ) -> None:
        user = await signed_up(store.uow, credits=100)
        source, chunks = await a_stored_source(store.uow, user.id, contents=DANTE.strip().split("\n\n"))
        by_topic = await generate(owner=user.id, count=2, topic="esilio del poeta", source_ids=[source.id])
        spread = await generate(owner=user.id, count=5)
        made = (*by_topic.exercises, *spread.exercises)
        assert len(made) == 7
        assert await exercises.many(owner=user.id, ids=[one.id for one in made]) == {one.id: one for one in made}
        assert {one.evidence.chunk_id for one in made} <= {chunk.id for chunk in chunks}
        account = await ledger.account(owner=user.id)
        assert account.held == 0
        assert account.credits == 100 - by_topic.credits_charged - spread.credits_charged < 100

    async def test_two_requests_at_once_never_deliver_the_same_question_twice(
        self, store: Store, exercises: ExerciseReader, ledger: CreditReader, generate: GenerateExercises
    ) -> None:
        user = await signed_up(store.uow, credits=100)
        await a_stored_source(store.uow, user.id, contents=DANTE.strip().split("\n\n"))
        made = await asyncio.gather(*(generate(owner=user.id, count=5) for _ in range(3)))
        delivered = [exercise for one in made for exercise in one.exercises]
        assert len({exercise.fingerprint for exercise in delivered}) == len(delivered)
        assert await exercises.count(owner=user.id, where=ExerciseFilter()) == len(delivered)
        account = await ledger.account(owner=user.id)
        assert (account.held, account.credits) == (0, 100 - sum(one.credits_charged for one in made))
        assert await ledger.count(owner=user.id) == 1 + sum(bool(one.exercises) for one in made)

    async def test_a_topic_that_nothing_matches_is_said(self, store: Store, generate: GenerateExercises) -> None:
        user = await signed_up(store.uow, credits=100)
        await a_stored_source(store.uow, user.id, contents=DANTE.strip().split("\n\n"))
        with pytest.raises(NothingToPractise) as refused:
            await generate(owner=user.id, count=1, topic="i vulcani dell'Islanda e la loro storia")
        assert refused.value.data["reason"] == "topic"

    async def test_a_renewed_exercise_is_another_on_the_same_point(
        self,
        store: Store,
        exercises: ExerciseReader,
        ledger: CreditReader,
        generate: GenerateExercises,
        renew: RenewExercise,
    ) -> None:
        user = await signed_up(store.uow, credits=100)
        source, _ = await a_stored_source(store.uow, user.id, contents=DANTE.strip().split("\n\n"))
        first = await generate(owner=user.id, count=1, grammar_focus="verbs-tense", kinds=[ExerciseKind.FILL_GAP])
        (old,) = first.exercises
        made = await renew(owner=user.id, exercise_id=old.id)
        (fresh,) = made.exercises
        assert (fresh.kind, fresh.grammar_focus, fresh.evidence.source_id) == (old.kind, old.grammar_focus, source.id)
        assert fresh.fingerprint != old.fingerprint
        assert await exercises.get(owner=user.id, id=fresh.id) == fresh
        account = await ledger.account(owner=user.id)
        assert (account.held, account.credits) == (0, 100 - first.credits_charged - made.credits_charged)

    async def test_one_exercise_renewed_five_times_at_once_never_brings_the_same_twice(
        self, store: Store, exercises: ExerciseReader, generate: GenerateExercises, renew: RenewExercise
    ) -> None:
        user = await signed_up(store.uow, credits=100)
        await a_stored_source(store.uow, user.id, contents=DANTE.strip().split("\n\n"))
        (old,) = (await generate(owner=user.id, count=1)).exercises
        made = await asyncio.gather(*(renew(owner=user.id, exercise_id=old.id) for _ in range(5)))
        fresh = [exercise.fingerprint for one in made for exercise in one.exercises]
        assert len({*fresh, old.fingerprint}) == len(fresh) + 1
        assert await exercises.count(owner=user.id, where=ExerciseFilter()) == len(fresh) + 1

    async def test_anothers_exercise_is_not_renewed(self, store: Store, renew: RenewExercise) -> None:
        user, other = await signed_up(store.uow, credits=100), await signed_up(store.uow)
        exercise = an_exercise(other.id)
        await stored_exercises(store.uow, exercise)
        with pytest.raises(NotYours):
            await renew(owner=user.id, exercise_id=exercise.id)
