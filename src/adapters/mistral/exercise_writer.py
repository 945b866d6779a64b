"""Exercises that Mistral writes, a few in each request, all requests at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from adapters.mistral.structured import MistralStructuredModel, together
from adapters.prompting import LANGUAGES, ExerciseOrder, exercise_prompt
from application.practice.ports import ExerciseBrief, ExerciseWriter, WrittenDrafts
from domain.practice import ExerciseKind
from domain.shared import Passage, language_code

TOKENS_EACH: Final = 1_200
"""About so many are read and written for each: a passage and a bit, a share of the instructions, the exercise."""
_AT_ONCE: Final = 6
"""Exercises in one request: a larger answer takes longer than anybody waits."""
_SPARE: Final = 2
"""Passages beyond one for each exercise: not every passage holds something to ask."""


class MistralExerciseWriter(ExerciseWriter):
    """Knows six languages; each draft is in the language of its passage. Nothing it writes is trusted here."""

    def __init__(self, model: MistralStructuredModel) -> None:
        self._model = model

    def knows(self, language: str) -> bool:
        return language in LANGUAGES

    async def write(self, brief: ExerciseBrief, passages: Sequence[Passage]) -> WrittenDrafts:
        """Where some of the requests fail, what the others gave is given: only when all fail it raises."""
        orders = tuple(orders_of(brief, passages))
        written = await together([self._model.ask(exercise_prompt(order)) for order in orders], all_needed=False)
        return WrittenDrafts(drafts=tuple(draft for one in written.values for draft in one), usage=written.usage)


def orders_of(brief: ExerciseBrief, passages: Sequence[Passage]) -> Iterator[ExerciseOrder]:
    """The brief in portions of one language. Each has passages of its own, the first (and best) passages first.

    A language has exercises as it has passages. Drafts that failed go where their passage is; a focus needs a gap.
    """
    kinds = tuple(kind for kind in brief.kinds if brief.grammar_focus is None or kind is not ExerciseKind.SINGLE_ANSWER)
    if not kinds:
        return
    by_language: dict[str, list[Passage]] = {}
    for passage in _failed_first(brief, passages):
        code = language_code(passage.language)
        if code in LANGUAGES:
            by_language.setdefault(code, []).append(passage)
    for (language, known), share in zip(by_language.items(), _shares(brief.count, by_language), strict=True):
        portions = -(-share // _AT_ONCE)
        for portion in range(portions):
            count = share // portions + (portion < share % portions)
            own = tuple(known[portion::portions][: count + _SPARE])
            chunks = {passage.chunk_id for passage in own}
            if count and own:
                yield ExerciseOrder(
                    count=count,
                    kinds=kinds,
                    difficulty=brief.difficulty,
                    language=language,
                    passages=own,
                    grammar_focus=brief.grammar_focus,
                    topic=brief.topic,
                    failed=tuple(one for one in brief.failed if one.draft.evidence.chunk_id in chunks)[:count],
                    practised=bool(brief.avoid),
                )


def _failed_first(brief: ExerciseBrief, passages: Sequence[Passage]) -> list[Passage]:
    """What is to be mended needs the passage that it quotes."""
    wanted = {one.draft.evidence.chunk_id for one in brief.failed}
    return sorted(passages, key=lambda passage: passage.chunk_id not in wanted)


def _shares(count: int, by_language: dict[str, list[Passage]]) -> list[int]:
    """`count` in parts as large as the languages' passages, to the last one."""
    total = sum(map(len, by_language.values()))
    shares, given, seen = [], 0, 0
    for known in by_language.values():
        seen += len(known)
        upto = round(count * seen / total)
        shares.append(upto - given)
        given = upto
    return shares
