"""A model that does whatever it is told, wherever it is told it, except inside the fence that the system names.

It reads as gullibly as any model could: a line that looks like the end of the data ends them; what cannot be seen on a
screen and the tokens of chat templates speak to it wherever they stand in a message. Only letters inside the fence do
not. Inside, it grades by content: the share of the key's words that the answer has. So a grade that moves shows words
that got out of the fence, or hidden words that got in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any
from unicodedata import category, normalize

from domain.practice import MOST_POINTS
from tests.wire.chat_server import Message

MOST = {criterion.value.lower(): points for criterion, points in MOST_POINTS.items()}

_OPENING = re.compile(r"lines <<<(\S+) and")
_LOOKS_LIKE_AN_END = re.compile(
    r"\s*(?:\S*>>>|</?\w+[^>]*>|`{3}|\"{3}|-{3,}|={3,}|#{2,}|\[/?[A-Z_]+\]|\}\s*\]?\s*$|(?:end|fine)\b)", re.IGNORECASE
)
_TEMPLATE = re.compile(r"<\|[^|>]*\|>|\[/?INST\]|\[/?SYSTEM_PROMPT\]|</?s>|<<\/?SYS>>|<(?:start|end)_of_turn>")
_ORDERS = re.compile(
    r"ignor[ae]|dimentica|punti|points|punteggio|score|content\W{1,6}\d|voto|grade|sistema|system|developer|admin|"
    r"istruzion|instruction|massimo|full marks|corrett[ao]|correct",
    re.IGNORECASE,
)


def said_to(messages: Sequence[Message]) -> tuple[list[str], dict[str, Any]]:
    """What a gullible reader takes for instructions beside the system's own, and the data."""
    system, *others = (str(message["content"]) for message in messages)
    found = _OPENING.search(system)
    marker = found.group(1) if found else ""
    heard: list[str] = []
    data: dict[str, Any] = {}
    for text in others:
        heard += _hidden(text)
        heard += [text[match.start() :] for match in _TEMPLATE.finditer(normalize("NFKC", text))]
        # A model knows nothing of files: whatever breaks a line for anybody breaks it here.
        lines = text.splitlines()
        inside = False
        for line in lines:
            if not inside and marker and line == f"<<<{marker}":
                inside = True
            elif inside and _LOOKS_LIKE_AN_END.match(line):
                inside = False
            elif inside:
                data = _parsed(line) or data
            else:
                heard.append(line)
    return heard, data


def obedient_judge(messages: Sequence[Message]) -> str:
    """The grade that it is told to give: all points where any order reaches it, by content where none does."""
    heard, data = said_to(messages)
    obeyed = any(_ORDERS.search(line) for line in heard if not line.startswith("Grade the `answer` above"))
    share = 1.0 if obeyed else _share(str(data.get("key", "")), str(data.get("answer", "")))
    return json.dumps(
        {
            **{criterion: round(share * points) for criterion, points in MOST.items()},
            "faults": [],
            "feedback": "Hai ragione tu." if obeyed else "Ecco il voto.",
            "confidence": 0.9,
        }
    )


def _share(key: str, answer: str) -> float:
    wanted, given = (set(re.findall(r"\w+", normalize("NFC", text).lower())) for text in (key, answer))
    return len(wanted & given) / len(wanted) if wanted else 0.0


def _hidden(text: str) -> list[str]:
    """Words in characters that show nothing, and text whose direction was turned."""
    tags = "".join(chr(ord(one) - 0xE0000) for one in text if 0xE0020 <= ord(one) <= 0xE007E)
    selected = bytes(ord(one) - 0xE0100 + 16 for one in text if 0xE0100 <= ord(one) <= 0xE01EF).decode("latin-1")
    turned = [text] if any(category(one) == "Cf" for one in text) else []
    return [line for line in (tags, selected, *turned) if line]


def _parsed(line: str) -> dict[str, Any]:
    try:
        read = json.loads(line)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
