"""Nothing of value happens unmetered: by the provider's figures, by our estimate where there are none."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing

from application.chat import MeteredChatModel
from application.chat.ports import ChatTask, Piece
from application.practice import ExerciseBrief, ExerciseWriter, MeteredExerciseWriter, WrittenDrafts, brief_of
from domain.accounts import Usage
from domain.practice import Draft
from domain.shared import Passage, estimate_tokens
from tests.builders_chat import GARIBALDI, ScriptedModel, a_passage
from tests.builders_practice import a_draft

QUESTION = "Dove nacque Garibaldi?"
WORDS = ["Nacque ", "a Nizza."]
READ = estimate_tokens(QUESTION) + estimate_tokens(GARIBALDI)


async def said(*pieces: Piece) -> list[Piece]:
    model = MeteredChatModel(ScriptedModel(list(pieces)))
    return [piece async for piece in model.answer(ChatTask(question=QUESTION, passages=[a_passage()]))]


def last_usage(pieces: Sequence[Piece]) -> Usage:
    return [piece for piece in pieces if isinstance(piece, Usage)][-1]


async def test_an_answer_has_the_models_own_figures() -> None:
    assert last_usage(await said(*WORDS, Usage(tokens=1_234))) == Usage(tokens=1_234)


async def test_figures_that_come_before_the_words_are_not_replaced_by_a_guess() -> None:
    assert last_usage(await said(Usage(tokens=1_234), *WORDS)) == Usage(tokens=1_234)


async def test_an_answer_without_figures_is_estimated_from_what_was_read_and_written_and_says_so() -> None:
    pieces = await said(*WORDS)
    assert last_usage(pieces) == Usage(tokens=READ + estimate_tokens("".join(WORDS)), estimated=True)
    assert [piece for piece in pieces if isinstance(piece, str)] == WORDS


async def test_figures_of_nothing_for_an_answer_are_none() -> None:
    assert last_usage(await said(*WORDS, Usage(tokens=0))).estimated


async def test_an_answer_that_is_broken_off_has_the_price_of_what_was_said() -> None:
    scripted = ScriptedModel(list(WORDS))
    usage = Usage()
    async with aclosing(
        MeteredChatModel(scripted).answer(ChatTask(question=QUESTION, passages=[a_passage()]))
    ) as pieces:
        async for piece in pieces:
            if not isinstance(piece, Usage):
                break
            usage = piece
    assert usage == Usage(tokens=READ + estimate_tokens(WORDS[0]), estimated=True)
    assert scripted.closed


async def test_an_answer_of_nothing_took_nothing() -> None:
    assert await said() == []


class Writer(ExerciseWriter):
    """Writes what it was given, at the price that it was given."""

    def __init__(self, drafts: tuple[Draft, ...], usage: Usage | None) -> None:
        self._answer = WrittenDrafts(drafts=drafts, usage=usage)

    def knows(self, language: str) -> bool:
        return language == "it"

    async def write(self, brief: ExerciseBrief, passages: Sequence[Passage]) -> WrittenDrafts:
        return self._answer


async def usage_of(drafts: tuple[Draft, ...], usage: Usage | None) -> Usage:
    written, took = await MeteredExerciseWriter(Writer(drafts, usage)).write(brief_of(count=1), [a_passage()])
    assert written == drafts
    return took


async def test_drafts_have_the_writers_own_figures() -> None:
    assert await usage_of((a_draft(),), Usage(tokens=77)) == Usage(tokens=77)


async def test_drafts_without_figures_or_with_figures_of_nothing_are_estimated_and_say_so() -> None:
    for given in (None, Usage()):
        usage = await usage_of((a_draft(),), given)
        assert usage.estimated
        assert usage.tokens > estimate_tokens(GARIBALDI)


async def test_no_drafts_may_have_taken_nothing() -> None:
    assert await usage_of((), Usage()) == Usage()


def test_a_metered_writer_knows_what_its_writer_knows() -> None:
    metered = MeteredExerciseWriter(Writer((), None))
    assert (metered.knows("it"), metered.knows("en")) == (True, False)
