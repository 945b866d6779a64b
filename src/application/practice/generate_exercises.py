"""Write exercises from the user's own sources; charge only for those delivered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from application.accounts import HoldCredits
from application.practice.choose_passages import ChoosePassages
from application.practice.ports import ExerciseBrief
from application.practice.write_exercises import GeneratedExercises, WriteExercises
from domain.accounts import CreditOperation
from domain.practice import Difficulty, ExerciseKind
from domain.shared import InvalidInput, SourceId, UserId, checked_text

LARGEST_COUNT = 50
TOPIC_LIMIT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateExercises:
    """Passages are chosen by topic, or spread over the sources; a draft that fails a gate is written anew once."""

    hold: HoldCredits
    choose: ChoosePassages
    write: WriteExercises

    async def __call__(
        self,
        *,
        owner: UserId,
        count: int = 5,
        kinds: Sequence[ExerciseKind] | None = None,
        difficulty: Difficulty = Difficulty.INTERMEDIATE,
        grammar_focus: str | None = None,
        topic: str | None = None,
        source_ids: Sequence[SourceId] | None = None,
    ) -> GeneratedExercises:
        """Up to `count` (1 to 50) new exercises, perhaps none where the sources do not hold any.

        Errors: InvalidInput (count, topic, sources), UnknownFocus, LanguageNotTaught, NothingToPractise, NoSuch and
        NotYours (sources), InsufficientCredits, Unavailable, RateLimited.
        """
        brief = brief_of(count=count, kinds=kinds, difficulty=difficulty, grammar_focus=grammar_focus, topic=topic)
        operation = CreditOperation.GENERATION
        async with self.hold(owner=owner, operation=operation, estimate=self.write.estimate(brief)) as hold:
            passages = await self.choose(owner=owner, brief=brief, source_ids=source_ids)
            return await self.write(owner=owner, hold=hold, brief=brief, passages=passages)

    def estimate(self, *, count: int, topic: str | None = None) -> int:
        """What that would hold, in credits. Errors: InvalidInput (count, topic)."""
        return self.write.estimate(brief_of(count=count, topic=topic))


def brief_of(
    *,
    count: int,
    kinds: Sequence[ExerciseKind] | None = None,
    difficulty: Difficulty = Difficulty.INTERMEDIATE,
    grammar_focus: str | None = None,
    topic: str | None = None,
) -> ExerciseBrief:
    """What is wanted, within its limits. Errors: InvalidInput (count, topic)."""
    if not 1 <= count <= LARGEST_COUNT:
        raise InvalidInput(
            f"`count` is between 1 and {LARGEST_COUNT}.", field="count", limit=LARGEST_COUNT, actual=count
        )
    topic = checked_text(topic or "", field="topic").strip()
    if len(topic) > TOPIC_LIMIT:
        raise InvalidInput(
            f"A topic has at most {TOPIC_LIMIT} characters.", field="topic", limit=TOPIC_LIMIT, actual=len(topic)
        )
    return ExerciseBrief(
        count=count,
        kinds=tuple(dict.fromkeys(kinds)) if kinds else tuple(ExerciseKind),
        difficulty=difficulty,
        grammar_focus=grammar_focus or None,
        topic=topic or None,
    )
