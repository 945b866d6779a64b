"""One contract for every chat model: the offline one, and those of Mistral and of OpenAI's language at the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from adapters.mistral.chat_model import MistralChatModel
from adapters.offline.chat_model import OfflineChatModel
from adapters.openai_compatible import OpenAICompatibleChatModel
from application.chat.ports import ChatModel, ToolOffer
from domain.accounts import Usage
from domain.chat import MessageRole, Unread
from domain.shared import Passage
from tests.builders import a_user
from tests.builders_chat import GARIBALDI, a_conversation, a_message, a_passage
from tests.wire.chat_lines import a_line, a_task, answer_of
from tests.wire.obedient_chat import obedient

TARSIA = "La tarsia compone immagini con il legno. Si diffuse nelle botteghe toscane."
SEARCH = ToolOffer(
    name="querySources",
    description="Find passages.",
    parameters={"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
)


def _markers(text: str, passages: int) -> list[int]:
    unread, claims = Unread().grown(text)
    markers = [marker for claim in (*claims, *unread.finished()) for marker in claim.markers]
    assert all(1 <= marker <= passages for marker in markers)
    return markers


class ChatModelContract:
    """What every chat model keeps to."""

    async def test_it_answers_from_the_passage_that_holds_the_answer_and_marks_it(self, model: ChatModel) -> None:
        task = a_task(passages=(a_passage(TARSIA), a_passage()))
        answer = await answer_of(model, task)
        assert "Garibaldi nacque a Nizza il 4 luglio 1807." in answer.text
        assert set(_markers(answer.text, 2)) == {2}

    @pytest.mark.parametrize("passages", [(), (a_passage(TARSIA),)], ids=["no passages", "others"])
    async def test_without_an_answer_it_says_so_and_marks_nothing(
        self, model: ChatModel, passages: tuple[Passage, ...]
    ) -> None:
        answer = await answer_of(model, a_task("Chi ha vinto i mondiali di calcio?", passages=passages))
        assert answer.text == "Le tue fonti non contengono la risposta a questa domanda."

    async def test_it_answers_in_pieces_none_of_which_is_empty(self, model: ChatModel) -> None:
        answer = await answer_of(model)
        texts = [piece for piece in answer.pieces if isinstance(piece, str)]
        assert len(texts) > 3
        assert all(texts)

    async def test_the_usage_comes_last(self, model: ChatModel) -> None:
        last = (await answer_of(model)).pieces[-1]
        assert isinstance(last, Usage)
        assert last.tokens > 0

    async def test_a_tool_that_is_offered_need_not_be_called(self, model: ChatModel) -> None:
        answer = await answer_of(model, a_task(tools=(SEARCH,)))
        assert answer.calls == []
        assert "[1]" in answer.text

    async def test_what_was_said_before_is_no_source(self, model: ChatModel) -> None:
        conversation = a_conversation(a_user().id)
        history = (
            a_message(conversation),
            a_message(conversation, role=MessageRole.ASSISTANT, content=f"{GARIBALDI} [1]"),
        )
        answer = await answer_of(model, a_task(passages=(a_passage(TARSIA),), history=history))
        assert "[" not in answer.text

    async def test_who_closes_it_early_can_ask_again(self, model: ChatModel) -> None:
        async with aclosing(model.answer(a_task())) as pieces:
            first = await anext(pieces)
        assert isinstance(first, str)
        assert "Nizza" in (await answer_of(model)).text

    async def test_several_questions_at_once_are_answered_apart(self, model: ChatModel) -> None:
        tasks = [a_task(), a_task("Che cosa compone la tarsia?", passages=(a_passage(TARSIA),))] * 3
        answers = await asyncio.gather(*(answer_of(model, task) for task in tasks))
        assert ["tarsia" in answer.text.lower() for answer in answers] == [False, True] * 3

    @pytest.mark.parametrize("sign", ["\x00", "\ud800", "𝄞", "\u202e", "'\"\\"], ids=ascii)
    async def test_no_sign_of_a_question_is_too_much(self, model: ChatModel, sign: str) -> None:
        assert "Nizza" in (await answer_of(model, a_task(f"Dove nacque Garibaldi? {sign}"))).text

    def test_each_event_loop_may_ask(self, model: ChatModel) -> None:
        async def ask() -> str:
            text = (await answer_of(model)).text
            if isinstance(model, MistralChatModel | OpenAICompatibleChatModel):
                await model.aclose()
            return text

        assert all("Nizza" in asyncio.run(ask()) for _ in range(3))

    def test_it_has_a_name(self, model: ChatModel) -> None:
        assert model.name


class TestOfflineChatModel(ChatModelContract):
    @pytest.fixture
    def model(self) -> ChatModel:
        return OfflineChatModel()


class TestMistralChatModel(ChatModelContract):
    @pytest.fixture
    async def model(self) -> AsyncIterator[ChatModel]:
        async with a_line("mistral", obedient) as line:
            yield line.model()


class TestOpenAICompatibleChatModel(ChatModelContract):
    @pytest.fixture
    async def model(self) -> AsyncIterator[ChatModel]:
        async with a_line("openai", obedient) as line:
            yield line.model()
