"""Write exercises from the user's own sources; charge only for those delivered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from application.accounts import HoldCredits, settle
from application.library import Retrieve, Scope, SourceFilter
from application.library.ports import ChunkReader, SourceReader
from application.practice.metered_writer import MeteredExerciseWriter
from application.practice.ports import ExerciseBrief, ExerciseReader, OpenUnitOfWork
from application.shared import Clock, NewId
from domain.accounts import CreditOperation, Usage, cost_of_tokens
from domain.library import SourceStatus
from domain.practice import (
    Context,
    Difficulty,
    Draft,
    Exercise,
    ExerciseKind,
    UnknownFocus,
    exercise_from,
    fingerprint,
    focuses_of,
    judge,
)
from domain.shared import ExerciseId, InvalidInput, NotFound, Passage, SourceId, UserId, language_code

LARGEST_COUNT = 50
TOKENS_PER_EXERCISE = 600
"""What is held for each; the true figure is charged."""
TOPIC_LIMIT = 300
_LARGEST_SCOPE = 100
_MOST_PASSAGES = 100


class NothingToPractise(NotFound):
    """The scope has no text that can be searched yet, or none on the topic."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message, reason=reason)


class LanguageNotTaught(InvalidInput):
    """Nobody here can write exercises in the language of these sources."""

    def __init__(self, languages: Sequence[str]) -> None:
        super().__init__(
            f"Exercises cannot be written in the language of these sources ({', '.join(languages)}) at present.",
            field="sourceIds",
            language=languages[0],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedExercises:
    """`rejected` counts drafts by the gate that they failed; they cost nothing."""

    exercises: tuple[Exercise, ...]
    credits_charged: int
    rejected: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateExercises:
    """Passages are chosen by topic, or spread over the sources; a draft that fails a gate is written anew once."""

    uow: OpenUnitOfWork
    hold: HoldCredits
    retrieve: Retrieve
    sources: SourceReader
    chunks: ChunkReader
    exercises: ExerciseReader
    writer: MeteredExerciseWriter
    clock: Clock
    new_id: NewId

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
        NotYours (sources), InsufficientCredits, Unavailable.
        """
        brief = brief_of(count=count, kinds=kinds, difficulty=difficulty, grammar_focus=grammar_focus, topic=topic)
        scope = _distinct(source_ids)
        async with self.hold(
            owner=owner, operation=CreditOperation.GENERATION, estimate=estimated_credits(brief)
        ) as hold:
            passages = self._taught(await self._passages(owner, brief, scope), brief)
            written = await self._write(owner, brief, passages)
            if not written.passed:
                return GeneratedExercises(exercises=(), credits_charged=0, rejected=written.rejected)
            now = self.clock()
            exercises = [
                exercise_from(draft, id=ExerciseId(self.new_id()), owner=owner, at=now) for draft in written.passed
            ]
            async with self.uow(owner) as uow:
                added = await uow.exercises.add(exercises)
                # Another request may have delivered the same questions meanwhile: these are dropped, and not charged.
                written.rejected.update({"duplicate": len(exercises) - len(added)})
                charged = 0
                if added:
                    usage = written.usage_for(len(added))
                    entry = await settle(
                        uow,
                        owner=owner,
                        hold=hold,
                        cost=usage.cost,
                        tokens_used=usage.tokens,
                        estimated=usage.estimated,
                        at=now,
                    )
                    charged = entry.cost
                await uow.commit()
        return GeneratedExercises(exercises=added, credits_charged=charged, rejected=+written.rejected)

    async def _passages(
        self, owner: UserId, brief: ExerciseBrief, scope: tuple[SourceId, ...] | None
    ) -> tuple[Passage, ...]:
        """About six passages for each exercise: some hold nothing to ask for. Errors: NothingToPractise and others."""
        limit = min(_MOST_PASSAGES, max(12, 6 * brief.count))
        await self._check_sources(owner, scope)
        if brief.topic is not None:
            found = await self.retrieve(owner=owner, query=brief.topic, limit=limit, scope=Scope(source_ids=scope))
            if found:
                return found
        chunks = await self.chunks.spread(owner=owner, source_ids=scope, limit=limit)
        if not chunks:
            processing = SourceFilter(status=SourceStatus.PROCESSING)
            raise _nothing_yet(reading=bool(await self.sources.count(owner=owner, where=processing)))
        if brief.topic is not None:
            raise NothingToPractise("Your sources say nothing on this topic.", reason="topic")
        ids = tuple(dict.fromkeys(chunk.source_id for chunk in chunks))
        languages = {id: source.language for id, source in (await self.sources.many(owner=owner, ids=ids)).items()}
        # A source that was deleted between the two reads is passed over.
        return tuple(
            chunk.as_passage(language=languages[chunk.source_id]) for chunk in chunks if chunk.source_id in languages
        )

    async def _check_sources(self, owner: UserId, scope: tuple[SourceId, ...] | None) -> None:
        """Errors: NoSuch and NotYours for a named source."""
        found = await self.sources.many(owner=owner, ids=scope) if scope else {}
        for id in scope or ():
            if id not in found:
                await self.sources.get(owner=owner, id=id)

    def _taught(self, passages: tuple[Passage, ...], brief: ExerciseBrief) -> tuple[Passage, ...]:
        """The passages in languages that the writer knows, and that have the grammar focus."""
        if not passages:
            raise _nothing_yet(reading=False)
        languages = tuple(dict.fromkeys(language_code(passage.language) for passage in passages))
        taught = [language for language in languages if self.writer.knows(language)]
        if not taught:
            raise LanguageNotTaught(languages)
        focus = brief.grammar_focus
        if focus is not None:
            taught = [language for language in taught if focus in {one.key for one in focuses_of(language)}]
            if not taught:
                raise UnknownFocus(languages[0])
        return tuple(passage for passage in passages if language_code(passage.language) in taught)

    async def _write(self, owner: UserId, brief: ExerciseBrief, passages: tuple[Passage, ...]) -> _Written:
        """A first try on the best passages, a second one on all of them for what is missing."""
        known = await self.exercises.fingerprints(owner=owner)
        written = _Written(known)
        for chosen in (passages[: max(6, 2 * brief.count)], passages):
            missing = brief.count - len(written.passed)
            if missing:
                asked = replace(brief, count=missing, avoid=frozenset(written.seen))
                drafts, usage = await self.writer.write(asked, chosen)
                written.take(drafts[:missing], usage=usage, passages=chosen)
        return written


class _Written:
    """What came of the tries so far."""

    def __init__(self, known: frozenset[str]) -> None:
        self.passed: list[Draft] = []
        self.rejected: Counter[str] = Counter()
        self.seen = set(known)
        self._known = set(known)
        self._usage = Usage()
        self._drafts = 0

    def take(self, drafts: Sequence[Draft], *, usage: Usage, passages: tuple[Passage, ...]) -> None:
        self._usage += usage
        self._drafts += len(drafts)
        for draft in drafts:
            rejection = judge(draft, Context(passages=passages, known=frozenset(self._known)))
            self.seen.add(fingerprint(draft.question))
            if rejection is None:
                self._known.add(fingerprint(draft.question))
                self.passed.append(draft)
            else:
                self.rejected[rejection.gate] += 1

    def usage_for(self, delivered: int) -> Usage:
        """The share that went into what is delivered."""
        return self._usage.share(delivered, of=self._drafts)


def estimated_credits(brief: ExerciseBrief) -> int:
    """What is held for these exercises; they will hardly cost more."""
    return cost_of_tokens(brief.count * TOKENS_PER_EXERCISE)


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
    topic = (topic or "").strip()
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


def _distinct(source_ids: Sequence[SourceId] | None) -> tuple[SourceId, ...] | None:
    """Errors: InvalidInput when there are too many. None and no sources at all both mean every source."""
    if not source_ids:
        return None
    distinct = tuple(dict.fromkeys(source_ids))
    if len(distinct) > _LARGEST_SCOPE:
        raise InvalidInput(
            f"Exercises are written from at most {_LARGEST_SCOPE} named sources.",
            field="sourceIds",
            limit=_LARGEST_SCOPE,
            actual=len(distinct),
        )
    return distinct


def _nothing_yet(*, reading: bool) -> NothingToPractise:
    if reading:
        return NothingToPractise("Your sources are still being read; try again in a moment.", reason="processing")
    return NothingToPractise("There is no text to practise with yet: add a source first.", reason="empty")
