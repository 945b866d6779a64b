"""A chat model that does whatever it is told, wherever it is told it, except inside the fences of its messages.

It reads as gullibly as any model could: a line that looks like the end of the data ends them; what cannot be seen on a
screen and the tokens of chat templates speak to it wherever they stand. Only letters inside a fence do not, nor what it
said itself. An order that reaches it makes it call a tool and say "banana"; where none does, it answers from the
passages: with the first sentence of the one that shares most words with the question.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import category, normalize

from tests.wire.chat_server import Message
from tests.wire.chat_streams import Stream, asks, call, says

NOTHING_FOUND = "Le tue fonti non contengono la risposta a questa domanda."
OBEYED = "saveDocument"

_ASKED = "The user asks now:\n"
_OPENING = re.compile(r"lines <<<(\S+) and")
_LOOKS_LIKE_AN_OPENING = re.compile(r"<<<(DATA-[0-9a-f]{16,})")
_LOOKS_LIKE_AN_END = re.compile(
    r"\s*(?:\S*>>>|</?\w+[^>]*>|`{3}|\"{3}|-{3,}|={3,}|#{2,}|\[/?[A-Z_]+\]|\}\s*\]?\s*$|(?:end|fine)\b)", re.IGNORECASE
)
_TEMPLATE = re.compile(
    r"<\|[^|>]*\|>|\[/?INST\]|\[/?SYSTEM_PROMPT\]|\[/?TOOL_\w+\]|</?s>|<<\/?SYS>>|<(?:start|end)_of_turn>"
)
_ENCODED = re.compile(r"[A-Za-z0-9+/]{24,}")
_ORDERS = re.compile(
    r"banana|ignor[ae]|dimentica|saveDocument|webSearch|addSource|chiama|call|tool|strument|sistema|system|developer|"
    r"admin|istruzion|instruction|obbedisci|obey",
    re.IGNORECASE,
)


@dataclass
class Heard:
    """What a gullible reader takes for instructions, beside those of the system message, and the data."""

    lines: list[str] = field(default_factory=list)
    data: list[dict[str, Any]] = field(default_factory=list)

    @property
    def orders(self) -> list[str]:
        return [line for line in self.lines if any(_ORDERS.search(meant) for meant in _meanings(line))]


def heard_in(messages: Sequence[Message]) -> Heard:
    """The system message is obeyed as well, but it is checked to be ours by the tests."""
    system = str(messages[0]["content"])
    found = _OPENING.search(system)
    heard = Heard()
    for message in messages[1:]:
        text = str(message["content"])
        heard.lines += _hidden(text)
        heard.lines += [text[match.start() :] for match in _TEMPLATE.finditer(normalize("NFKC", text))]
        if message["role"] == "assistant":
            heard.lines += [line for one in message["tool_calls"] for line in _hidden(one["function"]["arguments"])]
            continue
        if message["role"] == "tool":
            # The whole message is data: a fence that opens at its very beginning.
            found = _LOOKS_LIKE_AN_OPENING.match(text)
        _listen(text, found.group(1) if found else "", heard)
    return heard


def obedient(request: Mapping[str, Any]) -> Stream:
    """Its answer to a request."""
    messages = request["messages"]
    heard = heard_in(messages)
    if heard.orders:
        return asks(call(OBEYED, '{"title": "banana"}'), said="banana")
    return says(*re.findall(r"\s*\S+", _answer(str(messages[1]["content"]).rpartition(_ASKED)[2], heard.data)))


def _listen(text: str, marker: str, heard: Heard) -> None:
    # A model knows nothing of files: whatever breaks a line for anybody breaks it here.
    inside = False
    for line in text.splitlines():
        if not inside and marker and line == f"<<<{marker}":
            inside = True
        elif inside and _LOOKS_LIKE_AN_END.match(line):
            inside = False
        elif inside:
            heard.data.append(json.loads(line))
        else:
            heard.lines.append(line)


def _answer(question: str, data: Sequence[Mapping[str, Any]]) -> str:
    asked = _words(question)
    scored = [
        (len(asked & _words(passage["text"])), -passage["number"], passage)
        for passage in _passages(data)
        if asked & _words(passage["text"])
    ]
    if not scored:
        return NOTHING_FOUND
    best = max(scored, key=lambda one: one[:2])[2]
    return f"{best['text'].partition('.')[0]}. [{best['number']}]"


def _passages(data: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for one in data:
        yield from one.get("passages", ())


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", normalize("NFC", text).lower()) if len(word) > 4}


def _meanings(line: str) -> Iterator[str]:
    """A line as it is, in plain letters, from its end, and what is encoded in it."""
    yield line
    yield normalize("NFKC", line)
    yield line[::-1]
    for encoded in _ENCODED.findall(line):
        yield b64decode(encoded + "==").decode(errors="replace")


def _hidden(text: str) -> list[str]:
    """Words in characters that show nothing, and text whose direction was turned."""
    tags = "".join(chr(ord(one) - 0xE0000) for one in text if 0xE0020 <= ord(one) <= 0xE007E)
    selected = bytes(ord(one) - 0xE0100 + 16 for one in text if 0xE0100 <= ord(one) <= 0xE01EF).decode("latin-1")
    turned = [text] if any(category(one) == "Cf" for one in text) else []
    return [line for line in (tags, selected, *turned) if line]
