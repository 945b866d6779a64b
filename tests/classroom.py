"""Practice on memory, above a library on memory, with everything under it in reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.fsrs.scheduler import FsrsScheduler
from adapters.memory.accounts import MemoryCreditReader
from adapters.memory.practice import MemoryExerciseReader, MemoryResponseReader
from adapters.offline.exercise_writer import OfflineExerciseWriter
from adapters.offline.lexicon import OfflineLexicon
from adapters.system import new_uuid7
from application.practice import (
    DeleteExercise,
    ExerciseBrief,
    ExerciseWriter,
    GenerateExercises,
    MeteredExerciseWriter,
    Practice,
    SubmitAnswer,
    WrittenDrafts,
)
from application.shared import Clock
from domain.accounts import Usage
from domain.practice import Draft
from domain.shared import Passage
from tests.builders import a_holder
from tests.desk import Desk

LEXICON = OfflineLexicon()


class ScriptedWriter(ExerciseWriter):
    """Writes what it was told to, a batch for each time that it is asked, and remembers what it was asked for."""

    def __init__(self, *batches: Sequence[Draft], tokens_each: int = 500, languages: Sequence[str] = ("it",)) -> None:
        self.asked: list[ExerciseBrief] = []
        self._batches = list(batches)
        self._tokens = tokens_each
        self._languages = languages

    def knows(self, language: str) -> bool:
        return language in self._languages

    async def write(self, brief: ExerciseBrief, passages: Sequence[Passage]) -> WrittenDrafts:
        self.asked.append(brief)
        drafts = tuple(self._batches.pop(0)) if self._batches else ()
        return WrittenDrafts(drafts=drafts, usage=Usage(tokens=self._tokens * len(drafts)))


@dataclass
class Classroom:
    """Where exercises are written and answered."""

    desk: Desk
    writer: ExerciseWriter = field(default_factory=lambda: OfflineExerciseWriter(LEXICON))
    clock: Clock | None = None

    @property
    def practice(self) -> Practice:
        database, uow, clock = self.desk.database, self.desk.uow, self.clock or self.desk.time
        exercises, responses = MemoryExerciseReader(database), MemoryResponseReader(database)
        return Practice(
            exercises=exercises,
            responses=responses,
            generate_exercises=GenerateExercises(
                uow=uow,
                hold=a_holder(uow, clock),
                retrieve=self.desk.library.retrieve,
                sources=self.desk.library.sources,
                chunks=self.desk.library.chunks,
                exercises=exercises,
                writer=MeteredExerciseWriter(self.writer),
                clock=clock,
                new_id=new_uuid7,
            ),
            submit_answer=SubmitAnswer(
                uow=uow,
                exercises=exercises,
                responses=responses,
                lexicon=LEXICON,
                scheduler=FsrsScheduler(),
                clock=clock,
                new_id=new_uuid7,
            ),
            delete_exercise=DeleteExercise(uow=uow),
        )

    @property
    def credits(self) -> MemoryCreditReader:
        return MemoryCreditReader(self.desk.database)
