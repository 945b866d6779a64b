"""Practice on memory, above a library on memory, with everything under it in reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from adapters.fsrs.scheduler import FsrsScheduler
from adapters.memory.accounts import MemoryCreditReader
from adapters.memory.practice import MemoryExerciseReader, MemoryResponseReader
from adapters.offline.exercise_writer import OfflineExerciseWriter
from adapters.offline.lexicon import OfflineLexicon
from adapters.system import new_uuid7
from application.practice import (
    AppealGrade,
    ChoosePassages,
    DeleteExercise,
    ExerciseBrief,
    ExerciseWriter,
    GenerateExercises,
    MeteredAnswerJudge,
    MeteredExerciseWriter,
    Practice,
    RenewExercise,
    SubmitAnswer,
    WriteExercises,
    WrittenDrafts,
)
from application.practice.ports import AnswerJudge, ItemSolver, SolvedItems, UnsolvedItem
from application.shared import Clock
from domain.accounts import Usage, opening
from domain.practice import Draft
from domain.shared import Passage, UserId
from tests.builders import NOON, a_holder, a_user
from tests.desk import OWNER, Desk

LEXICON = OfflineLexicon()


class ScriptedWriter(ExerciseWriter):
    """Writes what it was told to, a batch (or an error) for each time that it is asked, and remembers what for."""

    def __init__(
        self, *batches: Sequence[Draft] | Exception, tokens_each: int = 500, languages: Sequence[str] = ("it",)
    ) -> None:
        self.asked: list[ExerciseBrief] = []
        self.shown: list[tuple[Passage, ...]] = []
        self._batches = list(batches)
        self._tokens = tokens_each
        self._languages = languages

    def knows(self, language: str) -> bool:
        return language in self._languages

    async def write(self, brief: ExerciseBrief, passages: Sequence[Passage]) -> WrittenDrafts:
        self.asked.append(brief)
        self.shown.append(tuple(passages))
        batch = self._batches.pop(0) if self._batches else ()
        if isinstance(batch, Exception):
            raise batch
        drafts = tuple(batch)
        return WrittenDrafts(drafts=drafts, usage=Usage(tokens=self._tokens * len(drafts)))


class ScriptedSolver(ItemSolver):
    """Answers as it was told to: `knows` by question with the passage, `guesses` without; nothing else."""

    def __init__(
        self, knows: Mapping[str, str], guesses: Mapping[str, str] | None = None, *, tokens_each: int = 100
    ) -> None:
        self.asked: list[tuple[UnsolvedItem, ...]] = []
        self._knows, self._guesses, self._tokens = knows, guesses or {}, tokens_each

    async def solve(self, items: Sequence[UnsolvedItem]) -> SolvedItems:
        self.asked.append(tuple(items))
        answers = [(self._knows if item.passage else self._guesses).get(item.question, "") for item in items]
        return SolvedItems(answers=tuple(answers), usage=Usage(tokens=self._tokens * len(items)))


@dataclass
class Classroom:
    """Where exercises are written and answered."""

    desk: Desk
    writer: ExerciseWriter = field(default_factory=lambda: OfflineExerciseWriter(LEXICON))
    judge: AnswerJudge | None = None
    solver: ItemSolver | None = None
    clock: Clock | None = None

    @property
    def practice(self) -> Practice:
        database, uow, clock = self.desk.database, self.desk.uow, self.clock or self.desk.time
        exercises, responses = MemoryExerciseReader(database), MemoryResponseReader(database)
        judge = None if self.judge is None else MeteredAnswerJudge(self.judge)
        hold = a_holder(uow, clock)
        library = self.desk.library
        choose = ChoosePassages(search=library.search, sources=library.sources, chunks=library.chunks)
        write = WriteExercises(
            uow=uow,
            exercises=exercises,
            writer=MeteredExerciseWriter(self.writer),
            clock=clock,
            new_id=new_uuid7,
            solver=self.solver,
        )
        return Practice(
            exercises=exercises,
            responses=responses,
            generate_exercises=GenerateExercises(hold=hold, choose=choose, write=write),
            renew_exercise=RenewExercise(hold=hold, exercises=exercises, choose=choose, write=write),
            submit_answer=SubmitAnswer(
                uow=uow,
                hold=a_holder(uow, clock),
                exercises=exercises,
                responses=responses,
                lexicon=LEXICON,
                judge=judge,
                scheduler=FsrsScheduler(),
                clock=clock,
                new_id=new_uuid7,
            ),
            appeal_grade=AppealGrade(
                uow=uow,
                hold=a_holder(uow, clock),
                exercises=exercises,
                responses=responses,
                lexicon=LEXICON,
                judge=judge,
                scheduler=FsrsScheduler(),
                clock=clock,
                new_id=new_uuid7,
            ),
            delete_exercise=DeleteExercise(uow=uow),
        )

    @property
    def credits(self) -> MemoryCreditReader:
        return MemoryCreditReader(self.desk.database)


async def opened(desk: Desk, *, credits: int = 100, owner: UserId = OWNER) -> None:
    """An account with so many credits, so that this user may have exercises written."""
    account, grant = opening(owner, allowance=credits, at=NOON)
    async with desk.uow(owner) as uow:
        await uow.users.open(replace(a_user(), id=owner), account, grant)
        await uow.commit()
