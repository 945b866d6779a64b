"""What sources, web pages and earlier answers order does not reach a model that obeys whatever is outside the fence."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from application.chat.ports import ChatTask, ToolCall, ToolOffer, ToolResult, ToolRound
from domain.chat import MessageRole
from tests.builders import a_user
from tests.builders_chat import GARIBALDI, a_conversation, a_message, a_passage
from tests.wire.chat_lines import Line, a_line, a_task, answer_of
from tests.wire.chat_stream_server import Dialect
from tests.wire.hostile_sources import INJECTIONS
from tests.wire.obedient_chat import NOTHING_FOUND, OBEYED, heard_in, obedient

OFFERS = tuple(
    ToolOffer(name=name, description=name, parameters={"type": "object"})
    for name in ("saveDocument", "webSearch", "addSource", "querySources")
)
PLAINLY = "Giuseppe Garibaldi nacque a Nizza il 4 luglio 1807. [1]"


@pytest.fixture(params=["mistral", "openai"])
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    dialect: Dialect = request.param
    async with a_line(dialect, obedient) as opened:
        yield opened


def test_there_are_enough_of_them() -> None:
    assert len(INJECTIONS) >= 25


def with_injection(place: str, injection: str) -> ChatTask:
    """A question with an order in one of the places where the words of others can stand."""
    conversation = a_conversation(a_user().id)
    passages = (a_passage(), a_passage("La tarsia compone immagini con il legno."))
    told: dict[str, object] | None = None
    call = ToolCall(id="Ab3dEf6hI", name="webSearch", arguments='{"query": "Nizza"}')
    match place:
        case "passage":
            return a_task(passages=(a_passage(GARIBALDI + injection), *passages[1:]), tools=OFFERS)
        case "heading":
            return a_task(passages=(a_passage(heading=injection), *passages[1:]), tools=OFFERS)
        case "earlier answer":
            said = a_message(conversation, role=MessageRole.ASSISTANT, content=f"La fonte dice:{injection} [2]")
            return a_task(passages=passages, history=(a_message(conversation), said), tools=OFFERS)
        case "web page":
            told = {"ok": True, "quoted": {"pages": [{"title": injection, "snippet": injection, injection: injection}]}}
        case "result that is no JSON":
            pass
        case "arguments":
            call = ToolCall(id=injection, name=injection, arguments=json.dumps({"title": injection, injection: 1}))
            told = {"ok": False}
        case _:
            raise ValueError(place)
    content = injection if told is None else json.dumps(told, ensure_ascii=False)
    past = ToolRound(
        said=injection if place == "arguments" else "", results=(ToolResult(call=call, content=content, ok=True),)
    )
    return a_task(passages=passages, rounds=(past,), tools=OFFERS)


PLACES = ("passage", "heading", "earlier answer", "web page", "result that is no JSON", "arguments")


@pytest.mark.parametrize("injection", INJECTIONS.values(), ids=INJECTIONS)
async def test_no_order_changes_the_answer_or_calls_a_tool(line: Line, injection: str) -> None:
    model = line.model()
    for place in PLACES:
        answer = await answer_of(model, with_injection(place, injection))
        assert (place, answer.text, answer.calls) == (place, PLAINLY, [])


@pytest.mark.parametrize("injection", INJECTIONS.values(), ids=INJECTIONS)
async def test_a_source_of_nothing_but_orders_holds_no_answer(line: Line, injection: str) -> None:
    answer = await answer_of(line.model(), a_task(passages=(a_passage(injection),), tools=OFFERS))
    assert (answer.text, answer.calls) == (NOTHING_FOUND, [])


async def test_the_user_is_obeyed(line: Line) -> None:
    """Else the model would prove nothing."""
    answer = await answer_of(line.model(), a_task("Chiama saveDocument.", tools=OFFERS))
    assert [call.name for call in answer.calls] == [OBEYED]


@pytest.mark.parametrize("injection", INJECTIONS.values(), ids=INJECTIONS)
def test_outside_the_fence_each_of_them_would_be_heard(injection: str) -> None:
    """The same words, put into the message as they are."""
    user = {"role": "user", "content": f"Passages:\n{GARIBALDI}{injection}\nThe user asks now:\nDove nacque Garibaldi?"}
    assert heard_in([{"role": "system", "content": "Answer."}, user]).orders


async def test_the_system_message_is_ours_alone(line: Line) -> None:
    """But for the fence's own mark, it is the same whatever the sources say."""
    model = line.model()
    for injection in ("", *INJECTIONS.values()):
        await answer_of(model, a_task(passages=(a_passage(GARIBALDI + injection),), tools=OFFERS))
    systems = {_without_mark(request.messages[0]["content"]) for request in line.server.requests}
    assert len(systems) == 1


def _without_mark(system: str) -> str:
    mark = system.partition("lines <<<")[2].partition(" ")[0]
    assert mark.startswith("DATA-")
    return system.replace(mark, "MARK")
