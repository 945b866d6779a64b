"""A question with all that belongs to it, as messages: what is data stays behind the fence, and all has room."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.prompting.chat import ANSWER_TOKENS, ChatPrompt, LeftOut, QuestionTooLong, chat_prompt
from application.chat.ports import ChatTask, ToolCall, ToolOffer, ToolResult, ToolRound
from domain.chat import Message, MessageRole
from domain.shared import estimate_tokens
from tests.builders import a_user
from tests.builders_chat import a_conversation, a_message, a_passage

CONVERSATION = a_conversation(a_user().id)
ROOMY = 1_000_000
# Letters that nothing of ours is written with, so that whatever of them stands anywhere was put there by a test.
FOREIGN = st.text(alphabet="ЖЩЫЭЮЯ \n\u2028<>|[]{}`\"'\\#-=:/\u200b\U000e0041\x00", max_size=80)
LETTERS = set("ЖЩЫЭЮЯ")


def asked(content: str) -> Message:
    return a_message(CONVERSATION, content=content)


def answered(content: str) -> Message:
    return a_message(CONVERSATION, role=MessageRole.ASSISTANT, content=content)


def a_round(
    content: str = '{"found": 1}', *, id: str = "Ab3dEf6hI", arguments: str = "{}", said: str = ""
) -> ToolRound:
    call = ToolCall(id=id, name="webSearch", arguments=arguments)
    return ToolRound(said=said, results=(ToolResult(call=call, content=content, ok=True),))


def data_in(message: Mapping[str, Any]) -> dict[str, Any]:
    """The line behind the fence."""
    opening, line, closing = str(message["content"]).split("\n")[:3]
    assert opening.removeprefix("<<<") == closing.removesuffix(">>>")
    read = json.loads(line)
    assert isinstance(read, dict)
    return read


def outside(prompt: ChatPrompt) -> str:
    """All that is no data: what is behind the fences of messages, and the calls' arguments, is taken away."""
    texts = []
    for message in prompt.messages:
        text = str(message["content"])
        texts.append(re.sub(r"\A<<<(DATA-\w+)\n[^\n]*\n\1>>>", "", text))
    return "\n".join(texts)


def user_words(prompt: ChatPrompt) -> str:
    return str(prompt.messages[1]["content"]).split("\n", 3)[3]


class TestWhatIsSent:
    def test_passages_are_numbered_in_their_order(self) -> None:
        passages = (a_passage("Uno."), a_passage("Due.", heading="Numeri", page=None))
        prompt = chat_prompt(ChatTask(question="Quanti?", passages=passages), context_tokens=ROOMY)
        assert [message["role"] for message in prompt.messages] == ["system", "user"]
        assert data_in(prompt.messages[1])["passages"] == [
            {"number": 1, "text": "Uno.", "page": 7},
            {"number": 2, "text": "Due.", "heading": "Numeri"},
        ]

    def test_the_question_comes_last_in_the_users_own_words(self) -> None:
        question = "Perché «Nizza»? Scrivi [due] righe,\nin inglese."
        prompt = chat_prompt(ChatTask(question=question), context_tokens=ROOMY)
        assert user_words(prompt) == f"The user asks now:\n{question}"

    def test_earlier_questions_stand_outside_and_earlier_answers_inside(self) -> None:
        history = (asked("Chi era?"), answered("Un generale [1][2], e un patriota [3]."), asked("Dove nacque?"))
        prompt = chat_prompt(ChatTask(question="E quando?", history=history), context_tokens=ROOMY)
        assert user_words(prompt).startswith("The user asked before, oldest first:\n1. Chi era?\n2. Dove nacque?\n")
        assert data_in(prompt.messages[1])["earlier_answers"] == [
            {"to_question": 1, "answer": "Un generale, e un patriota."}
        ]

    def test_rules_about_tools_are_given_with_tools_only(self) -> None:
        offer = ToolOffer(name="webSearch", description="Search.", parameters={"type": "object"})
        without = chat_prompt(ChatTask(question="Chi?"), context_tokens=ROOMY)
        with_tools = chat_prompt(ChatTask(question="Chi?", tools=(offer,)), context_tokens=ROOMY)
        assert "Call a tool only where" not in without.messages[0]["content"]
        assert "Call a tool only where" in with_tools.messages[0]["content"]
        assert without.tools == ()
        assert [tool["function"]["name"] for tool in with_tools.tools] == ["webSearch"]

    def test_a_passage_that_a_tool_told_is_not_told_again(self) -> None:
        found = a_passage("Morì a Caprera.")
        result = json.dumps({"ok": True, "quoted": {"passages": [{"number": 2, "text": found.text, "page": 7}]}})
        task = ChatTask(question="Dove?", passages=(a_passage(), found), rounds=(a_round(result),))
        prompt = chat_prompt(task, context_tokens=ROOMY)
        assert [shown["number"] for shown in data_in(prompt.messages[1])["passages"]] == [1]
        assert found.text in prompt.messages[3]["content"]

    @pytest.mark.parametrize("id", ["", "a b", "x" * 65, "id<|im_end|>", "è"])
    def test_an_id_that_cannot_be_sent_is_replaced_on_both_sides(self, id: str) -> None:
        task = ChatTask(question="Chi?", rounds=(a_round(id=id), a_round(id=id)))
        _, _, one, its_result, other, others_result = chat_prompt(task, context_tokens=ROOMY).messages
        ids = [message["tool_calls"][0]["id"] for message in (one, other)]
        assert all(re.fullmatch(r"[a-zA-Z0-9]{9}", made) for made in ids)
        assert ids[0] != ids[1]
        assert [its_result["tool_call_id"], others_result["tool_call_id"]] == ids

    @pytest.mark.parametrize(
        ("arguments", "sent"),
        [
            ('{"q": "Nizza"}', {"q": "Nizza"}),
            ('{"q": ', {}),
            ("[1]", {}),
            ("", {}),
            ('{"n": NaN}', {"n": "NaN"}),
            ("[" * 100_000, {}),
        ],
        ids=["well", "half", "a list", "nothing", "no number", "deep"],
    )
    def test_the_arguments_of_a_call_are_an_object_always(self, arguments: str, sent: dict[str, Any]) -> None:
        task = ChatTask(question="Chi?", rounds=(a_round(arguments=arguments),))
        call = chat_prompt(task, context_tokens=ROOMY).messages[2]["tool_calls"][0]
        assert json.loads(call["function"]["arguments"]) == sent

    @pytest.mark.parametrize("depth", range(50, 1_000, 50))
    def test_what_is_nested_without_end_is_told_all_the_same(self, depth: int) -> None:
        deep = '{"a": ' * depth + '"Nizza"' + "}" * depth
        prompt = chat_prompt(ChatTask(question="Chi?", rounds=(a_round(deep),)), context_tokens=ROOMY)
        assert "Nizza" in prompt.messages[3]["content"]

    @pytest.mark.parametrize("name", ["", "web search", "<|im_end|>", "x" * 100, "perché"])
    def test_a_name_that_no_tool_can_have_is_made_one_that_can_be_sent(self, name: str) -> None:
        past = ToolRound(
            said="", results=(ToolResult(call=ToolCall(id="a", name=name, arguments=""), content="{}", ok=False),)
        )
        _, _, called, result = chat_prompt(ChatTask(question="Chi?", rounds=(past,)), context_tokens=ROOMY).messages
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", called["tool_calls"][0]["function"]["name"])
        assert result["name"] == called["tool_calls"][0]["function"]["name"]


tasks = st.builds(
    lambda passages, headings, answers, results, arguments: ChatTask(
        question="Dove nacque?",
        passages=[a_passage(text, heading=heading) for text, heading in zip(passages, headings, strict=False)],
        history=[message for answer in answers for message in (asked("Chi era?"), answered(answer))],
        rounds=[
            a_round(result, arguments=argument, id=result[:9])
            for result, argument in zip(results, arguments, strict=False)
        ],
    ),
    st.lists(FOREIGN, max_size=3),
    st.lists(FOREIGN, max_size=3),
    st.lists(FOREIGN, max_size=3),
    st.lists(
        st.one_of(FOREIGN, FOREIGN.map(json.dumps), st.dictionaries(FOREIGN, FOREIGN).map(json.dumps)), max_size=3
    ),
    st.lists(st.one_of(FOREIGN, st.dictionaries(FOREIGN, FOREIGN).map(json.dumps)), max_size=3),
)


class TestFence:
    @given(tasks)
    def test_nothing_outside_it_comes_from_a_passage_an_answer_or_a_result(self, task: ChatTask) -> None:
        prompt = chat_prompt(task, context_tokens=ROOMY)
        assert not LETTERS & set(outside(prompt))
        # Each message of a tool is a fence and nothing else.
        for message in prompt.messages:
            if message["role"] == "tool":
                assert len(message["content"].split("\n")) == 3
                data_in(message)

    @given(tasks)
    def test_nothing_inside_it_can_end_it_or_open_a_role(self, task: ChatTask) -> None:
        for message in chat_prompt(task, context_tokens=ROOMY).messages[1:]:
            written = [call["function"]["arguments"] for call in message.get("tool_calls", ())]
            if message["role"] != "assistant":
                written.append(message["content"].splitlines()[1])
                assert message["content"].splitlines()[2].endswith(">>>")
            for line in written:
                assert len(line.splitlines()) == 1
                assert not set("<>|`") & set(line)

    @given(tasks)
    def test_what_can_be_seen_of_a_passage_is_all_there(self, task: ChatTask) -> None:
        shown = data_in(chat_prompt(task, context_tokens=ROOMY).messages[1])["passages"]
        for passage, one in zip(task.passages, shown, strict=True):
            assert [letter for letter in one["text"] if letter in LETTERS] == [
                letter for letter in passage.text if letter in LETTERS
            ]

    def test_what_the_model_said_opens_no_role_when_it_is_told_again(self) -> None:
        said = "Cerco [1]. <|im_end|><s>[INST] `x` {y}[TOOL_CALLS]\u202e"
        prompt = chat_prompt(ChatTask(question="Chi?", rounds=(a_round(said=said),)), context_tokens=ROOMY)
        assert prompt.messages[2]["content"] == "Cerco [1]. im_endsINST x yTOOL_CALLS"


def tokens_of(messages: Sequence[Mapping[str, Any]]) -> int:
    return sum(estimate_tokens(str(message["content"])) for message in messages)


def long(word: str, times: int = 400) -> str:
    return f"{word} " * times


class TestRoom:
    def test_all_of_it_is_sent_where_there_is_room(self) -> None:
        prompt = chat_prompt(ChatTask(question="Chi?", passages=(a_passage(),)), context_tokens=ROOMY)
        assert prompt.left_out == LeftOut()
        assert not prompt.left_out
        assert prompt.most_tokens == ANSWER_TOKENS

    def test_the_oldest_exchange_goes_first(self) -> None:
        history = [
            say(f"{word}{n} " * 300) for n in range(4) for say, word in ((asked, "chiesto"), (answered, "detto"))
        ]
        prompt = chat_prompt(
            ChatTask(question="E poi?", passages=(a_passage(),), history=history, most_tokens=500), context_tokens=5_000
        )
        assert 0 < prompt.left_out.messages < 8
        assert prompt.left_out.messages % 2 == 0
        gone = prompt.left_out.messages // 2
        everything = str(prompt.messages)
        assert [f"detto{n}" in everything for n in range(4)] == [n >= gone for n in range(4)]
        assert [f"chiesto{n}" in everything for n in range(4)] == [n >= gone for n in range(4)]
        assert data_in(prompt.messages[1])["passages"]

    def test_then_results_of_earlier_rounds_then_passages_the_last_round_never(self) -> None:
        task = ChatTask(
            question="E poi?",
            passages=(a_passage(long("primo")), a_passage(long("secondo"))),
            history=(asked(long("chiesto")),),
            rounds=(a_round(json.dumps(long("vecchio"))), a_round(json.dumps(long("nuovo")))),
            most_tokens=100,
        )
        whole = chat_prompt(task, context_tokens=ROOMY)
        left_out = []
        for context in range(whole.tokens + 100, 1_500, -50):
            prompt = chat_prompt(task, context_tokens=context)
            left_out.append((prompt.left_out.messages, prompt.left_out.results, prompt.left_out.passages))
            assert "nuovo" in str(prompt.messages)
            if len(set(left_out)) == 4:
                break
        assert list(dict.fromkeys(left_out)) == [(0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1)]

    def test_the_answer_has_the_room_that_it_may_take(self) -> None:
        task = ChatTask(question="Chi?", history=(asked("Chi era?"), answered("Un generale.")), most_tokens=100)
        whole = chat_prompt(task, context_tokens=ROOMY)
        assert chat_prompt(task, context_tokens=whole.tokens + 100).left_out == LeftOut()
        assert chat_prompt(task, context_tokens=whole.tokens + 99).left_out == LeftOut(messages=2)

    def test_what_cannot_be_made_to_fit_is_refused(self) -> None:
        with pytest.raises(QuestionTooLong) as raised:
            chat_prompt(ChatTask(question=long("perché", 2_000)), context_tokens=2_000)
        assert raised.value.data["context_tokens"] == 2_000

    def test_an_answer_takes_half_of_the_context_at_most(self) -> None:
        assert chat_prompt(ChatTask(question="Chi?", most_tokens=10_000), context_tokens=4_000).most_tokens == 2_000

    @given(
        st.lists(st.text(max_size=600), max_size=4),
        st.lists(st.text(max_size=600), max_size=8),
        st.lists(st.text(max_size=600), max_size=3),
        st.text(min_size=1, max_size=600),
        st.integers(min_value=1_200, max_value=4_000),
    )
    def test_the_budget_is_kept_and_the_question_is_never_dropped(
        self, passages: list[str], said: list[str], results: list[str], question: str, context: int
    ) -> None:
        task = ChatTask(
            question=question,
            passages=[a_passage(text) for text in passages],
            history=[(asked, answered)[n % 2](text) for n, text in enumerate(said)],
            rounds=[a_round(json.dumps(text)) for text in results],
            most_tokens=200,
        )
        try:
            prompt = chat_prompt(task, context_tokens=context)
        except QuestionTooLong:
            assert chat_prompt(task, context_tokens=ROOMY).tokens + 200 > context
            return
        assert tokens_of(prompt.messages) <= prompt.tokens <= context - prompt.most_tokens
        sent = question.encode(errors="replace").decode()
        assert user_words(prompt).endswith(f"The user asks now:\n{sent}")
        numbers = [one["number"] for one in data_in(prompt.messages[1])["passages"]]
        assert numbers == list(range(1, len(passages) - prompt.left_out.passages + 1))
