"""Exercises without a language model: Italian morphology by rule, on sentences of the passages. No chance in it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import TypeAlias

from adapters.offline.writer.adjectives import adjective_items
from adapters.offline.writer.difficulty import distance, suits
from adapters.offline.writer.facts import fact_items
from adapters.offline.writer.items import Item, fits
from adapters.offline.writer.nouns import article_items, joined_items
from adapters.offline.writer.prepositions import preposition_items
from adapters.offline.writer.sentences import Sentence, sentences_of
from adapters.offline.writer.verbs import pronoun_items, verb_items
from application.practice.ports import ExerciseBrief, ExerciseWriter, Lexicon, WrittenDrafts
from domain.accounts import Usage
from domain.practice import Context, Draft, ExerciseKind, IsWord, fingerprint, judge
from domain.shared import Passage, estimate_tokens, language_code

_Rule: TypeAlias = Callable[..., Iterator[Item]]
_RULES: tuple[tuple[_Rule, frozenset[str | None]], ...] = (
    (article_items, frozenset({"articles-definite", "articles-indefinite"})),
    (joined_items, frozenset({"prepositions-articulated"})),
    (preposition_items, frozenset({"prepositions-simple"})),
    (verb_items, frozenset({"verbs-tense", "verbs-mood"})),
    (pronoun_items, frozenset({"pronouns-clitic"})),
    (adjective_items, frozenset({"agreement"})),
    (fact_items, frozenset({None})),
)
_ENOUGH = 12
"""So many sentences for each exercise wanted give a choice."""


class OfflineExerciseWriter(ExerciseWriter):
    """Knows Italian. Its usage is estimated from what it read and wrote for the drafts."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def knows(self, language: str) -> bool:
        return language == "it"

    async def write(self, brief: ExerciseBrief, passages: Sequence[Passage]) -> WrittenDrafts:
        """In a thread: the rules are plain computation, up to some seconds for a hundred passages."""
        drafts = await asyncio.to_thread(self.drafts, brief, passages)
        return WrittenDrafts(drafts=drafts, usage=Usage(tokens=sum(map(_tokens, drafts)), estimated=True))

    def drafts(self, brief: ExerciseBrief, passages: Sequence[Passage]) -> tuple[Draft, ...]:
        """Kinds and focuses in turn, one draft a sentence, the nearest to the difficulty first."""
        italian = [passage for passage in passages if language_code(passage.language) == "it"]
        return tuple(islice(self._chosen(brief, tuple(italian)), brief.count))

    def items(self, sentence: Sentence, *, focus: str | None = None) -> Iterator[Item]:
        """Everything that can be asked of a sentence, or all that there is on one focus."""
        for rule, focuses in _RULES:
            if focus is None or focus in focuses:
                for item in rule(sentence, is_word=self._is_word):
                    if (focus is None or item.focus == focus) and fits(item):
                        yield item

    def sentences(self, passages: Sequence[Passage]) -> Iterator[Sentence]:
        return sentences_of(passages, is_word=self._is_word)

    @property
    def _is_word(self) -> IsWord:
        return lambda word: self._lexicon.is_word(word, "it")

    def _chosen(self, brief: ExerciseBrief, passages: tuple[Passage, ...]) -> Iterator[Draft]:
        rings = self._rings(brief, passages)
        used: set[tuple[object, int]] = set()
        context = Context(passages=passages, known=brief.avoid)
        while rings:
            for kind in list(rings):
                draft = _from_ring(rings[kind], kind, brief, used, context)
                if draft is None:
                    del rings[kind]
                else:
                    yield draft

    def _rings(self, brief: ExerciseBrief, passages: tuple[Passage, ...]) -> dict[ExerciseKind, deque[list[Item]]]:
        """For every kind the items of each focus, the best last. Facts first: they have the fewest sentences."""
        by_focus: dict[str | None, list[Item]] = {}
        enough = _ENOUGH * brief.count + 40
        for sentence in islice(self.sentences(_interleaved(passages)), enough):
            for item in self.items(sentence, focus=brief.grammar_focus):
                by_focus.setdefault(item.focus, []).append(item)
        for items in by_focus.values():
            items.sort(key=lambda item: (round(distance(item, brief.difficulty), 1), _lot(item)), reverse=True)
        near = [focus for focus in by_focus if suits(focus, brief.difficulty)] or list(by_focus)
        order = sorted(near, key=lambda focus: distance(by_focus[focus][-1], brief.difficulty))
        rings = {}
        for turn, kind in enumerate(sorted(brief.kinds, key=lambda kind: kind is not ExerciseKind.SINGLE_ANSWER)):
            fitting = [focus for focus in order if (focus is None) is (kind is ExerciseKind.SINGLE_ANSWER)]
            ring = deque(list(by_focus[focus]) for focus in fitting)
            ring.rotate(-turn)  # so that one kind does not ask what the other has just asked
            rings[kind] = ring
        return rings


def _from_ring(
    ring: deque[list[Item]],
    kind: ExerciseKind,
    brief: ExerciseBrief,
    used: set[tuple[object, int]],
    context: Context,
) -> Draft | None:
    """The best draft of the next focus that still has one."""
    while ring:
        queue = ring.popleft()
        draft = _next(queue, used, brief, kind, context)
        if draft is not None:
            ring.append(queue)
            return draft
    return None


def _next(
    queue: list[Item],
    used: set[tuple[object, int]],
    brief: ExerciseBrief,
    kind: ExerciseKind,
    context: Context,
) -> Draft | None:
    """The best item left that makes a good draft of this kind, from a sentence that was not used yet."""
    while queue:
        item = queue.pop()
        place = (item.sentence.passage.source_id, item.sentence.passage.start + item.sentence.start)
        draft = None if place in used else item.draft(kind, brief.difficulty)
        if draft is None or fingerprint(draft.question) in brief.avoid:
            continue
        # Judging its own drafts first costs nothing, and saves the reader a second try.
        if judge(draft, context) is None:
            used.add(place)
            return draft
    return None


def _lot(item: Item) -> bytes:
    """A place in the order that is as good as drawn, and always the same."""
    place = f"{item.sentence.passage.chunk_id} {item.sentence.start} {item.focus} {item.ask} {item.key}"
    return sha256(place.encode()).digest()


def _interleaved(passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """Passages of different sources in turn."""
    by_source: dict[object, list[Passage]] = {}
    for passage in passages:
        by_source.setdefault(passage.source_id, []).append(passage)
    longest = max(map(len, by_source.values()), default=0)
    return tuple(group[turn] for turn in range(longest) for group in by_source.values() if turn < len(group))


def _tokens(draft: Draft) -> int:
    written = (draft.question, draft.key, draft.explanation, *draft.options, *draft.accepted)
    return estimate_tokens(draft.evidence.quote) + sum(map(estimate_tokens, written))
