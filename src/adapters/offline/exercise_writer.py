"""Exercises without a language model: Italian morphology by rule, on sentences of the passages. No chance in it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from itertools import groupby, islice
from typing import TypeAlias

from adapters.offline.writer.adjectives import adjective_items
from adapters.offline.writer.auxiliaries import auxiliary_items
from adapters.offline.writer.cloze import cloze_items
from adapters.offline.writer.difficulty import distance, levels_apart, suits
from adapters.offline.writer.facts import fact_items
from adapters.offline.writer.items import Item, fits
from adapters.offline.writer.nouns import article_items, joined_items
from adapters.offline.writer.prepositions import preposition_items
from adapters.offline.writer.pronouns import pronoun_items
from adapters.offline.writer.sentences import Sentence, sentences_of
from adapters.offline.writer.setting import Setting
from adapters.offline.writer.verbs import verb_items
from application.practice.ports import ExerciseBrief, ExerciseWriter, Lexicon, WrittenDrafts
from domain.accounts import Usage
from domain.practice import Context, Difficulty, Draft, ExerciseKind, IsWord, fingerprint, folded, judge
from domain.shared import Passage, estimate_tokens, language_code

_Rule: TypeAlias = Callable[..., Iterator[Item]]
_RULES: tuple[tuple[_Rule, frozenset[str | None]], ...] = (
    (article_items, frozenset({"articles-definite", "articles-indefinite"})),
    (joined_items, frozenset({"prepositions-articulated"})),
    (preposition_items, frozenset({"prepositions-simple"})),
    (verb_items, frozenset({"verbs-tense", "verbs-mood"})),
    (auxiliary_items, frozenset({"verbs-tense", "verbs-mood"})),
    (pronoun_items, frozenset({"pronouns-clitic"})),
    (adjective_items, frozenset({"agreement"})),
)
_CONTENT_RULES: tuple[_Rule, ...] = (fact_items, cloze_items)
_ENOUGH = 12
"""So many sentences for each exercise wanted give a choice."""


class OfflineExerciseWriter(ExerciseWriter):
    """Knows Italian. Its usage is estimated from what it read and wrote for the drafts."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.is_word: IsWord = partial(lexicon.is_word, language="it")

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
        """Everything of grammar that can be asked of a sentence, or all that there is on one focus."""
        for rule, focuses in _RULES:
            if focus is None or focus in focuses:
                for item in rule(sentence, is_word=self.is_word):
                    if (focus is None or item.focus == focus) and fits(item):
                        yield item

    def content_items(self, sentence: Sentence, setting: Setting) -> Iterator[Item]:
        """Everything that can be asked of what a sentence says; `setting` is made of all the passages."""
        for rule in _CONTENT_RULES:
            yield from filter(fits, rule(sentence, setting=setting))

    def setting(self, passages: Sequence[Passage]) -> Setting:
        return Setting(tuple(passages), self.is_word)

    def sentences(self, passages: Sequence[Passage]) -> Iterator[Sentence]:
        return sentences_of(passages, is_word=self.is_word)

    def _chosen(self, brief: ExerciseBrief, passages: tuple[Passage, ...]) -> Iterator[Draft]:
        rings = self._rings(brief, passages)
        used: set[tuple[object, object]] = set()
        context = Context(passages=passages, known=brief.avoid)
        while rings:
            for kind in list(rings):
                draft = _from_ring(rings[kind], kind, brief, used, context)
                if draft is None:
                    del rings[kind]
                else:
                    yield draft

    def _rings(self, brief: ExerciseBrief, passages: tuple[Passage, ...]) -> dict[ExerciseKind, deque[list[Item]]]:
        """For every kind the items of each group, the best last; content stands between the grammar focuses."""
        groups: dict[str, list[Item]] = {}
        for item in self._found(brief, passages):
            groups.setdefault(item.group, []).append(item)
        for items in groups.values():
            items.sort(key=lambda item: (round(distance(item, brief.difficulty), 1), _lot(item)), reverse=True)
        near = [group for group, items in groups.items() if suits(items[0].focus, brief.difficulty)] or list(groups)
        order = sorted(near, key=lambda group: _far(groups[group][-1], brief.difficulty))
        rings = {}
        # Questions first: they have the fewest sentences.
        kinds = sorted(brief.kinds, key=lambda kind: kind is not ExerciseKind.SINGLE_ANSWER)
        for turn, kind in enumerate(kinds, start=-(ExerciseKind.SINGLE_ANSWER in kinds)):
            fitting = {group: [item for item in groups[group] if item.can_be(kind)] for group in order}
            grammar = [items for items in fitting.values() if items and items[0].focus is not None]
            content = [items for items in fitting.values() if items and items[0].focus is None]
            # Rotated, so that one kind does not ask what the other has just asked.
            by_level = groupby(grammar, lambda items: levels_apart(items[0].focus, brief.difficulty))
            turned = [queue for _, queues in by_level for queue in _rotated(list(queues), turn)]
            rings[kind] = _in_turn(_rotated(content, turn), turned)
        return rings

    def _found(self, brief: ExerciseBrief, passages: tuple[Passage, ...]) -> Iterator[Item]:
        setting = self.setting(passages)
        for sentence in islice(self.sentences(_interleaved(passages)), _ENOUGH * brief.count + 40):
            yield from self.items(sentence, focus=brief.grammar_focus)
            if brief.grammar_focus is None:
                yield from self.content_items(sentence, setting)


def _far(item: Item, difficulty: Difficulty) -> tuple[float, float]:
    """The grammar of the level first, and of that the sentences of the level."""
    return levels_apart(item.focus, difficulty), distance(item, difficulty)


def _rotated(queues: list[list[Item]], turn: int) -> list[list[Item]]:
    return queues[turn % len(queues) :] + queues[: turn % len(queues)] if queues else []


def _in_turn(content: list[list[Item]], grammar: list[list[Item]]) -> deque[list[Item]]:
    """Content and grammar in turn; a queue of content stands there several times, and is one and the same."""
    if not content or not grammar:
        return deque(content or grammar)
    return deque(queue for turn, focus in enumerate(grammar) for queue in (content[turn % len(content)], focus))


def _from_ring(
    ring: deque[list[Item]],
    kind: ExerciseKind,
    brief: ExerciseBrief,
    used: set[tuple[object, object]],
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
    used: set[tuple[object, object]],
    brief: ExerciseBrief,
    kind: ExerciseKind,
    context: Context,
) -> Draft | None:
    """The best item left that makes a good draft of this kind, from a sentence that was not used yet."""
    while queue:
        item = queue.pop()
        place = (item.sentence.passage.source_id, item.sentence.passage.start + item.sentence.start)
        # Of content, one word, name or year is asked for once.
        asked = {place} if item.focus else {place, ("key", folded(item.key))}
        draft = None if asked & used else item.draft(kind, brief.difficulty)
        if draft is None or fingerprint(draft.question) in brief.avoid:
            continue
        # Judging its own drafts first costs nothing, and saves the reader a second try.
        if judge(draft, context) is None:
            used.update(asked)
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
