"""Exercises that Mistral answers without their key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.mistral.structured import MistralStructuredModel, together
from adapters.prompting import solving_prompt
from application.practice.ports import ItemSolver, SolvedItems, UnsolvedItem

_AT_ONCE: Final = 10


class MistralItemSolver(ItemSolver):
    """Items without a passage never share a request with passages: one item's passage may answer another."""

    def __init__(self, model: MistralStructuredModel) -> None:
        self._model = model

    async def solve(self, items: Sequence[UnsolvedItem]) -> SolvedItems:
        shown = [place for place, item in enumerate(items) if item.passage is not None]
        blind = [place for place, item in enumerate(items) if item.passage is None]
        portions = [places[at : at + _AT_ONCE] for places in (shown, blind) for at in range(0, len(places), _AT_ONCE)]
        solved = await together(
            [self._model.ask(solving_prompt([items[place] for place in portion])) for portion in portions],
            all_needed=True,
        )
        answers = {
            place: answer
            for portion, given in zip(portions, solved.values, strict=True)
            for place, answer in zip(portion, given, strict=True)
        }
        return SolvedItems(answers=tuple(answers[place] for place in range(len(items))), usage=solved.usage)
