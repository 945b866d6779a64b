"""Calls of tools as they come over the wire: whole, or in fragments that name what they belong to, or hardly do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256

from application.chat.ports import ToolCall


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPiece:
    """A fragment of a call. Any of its fields may be missing; `arguments` are appended to those that came before."""

    index: int | None = None
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class _Call:
    id: str
    name: str
    arguments: str


class CallsInPieces:
    """Puts calls together, by their index; where servers number all of them 0, by what else tells them apart."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}

    def take(self, piece: CallPiece) -> None:
        call = self._going_on(piece)
        if call is None:
            call = _Call(piece.id, piece.name, piece.arguments)
            self._calls.append(call)
        else:
            call.id = call.id or piece.id
            call.name = call.name or piece.name
            call.arguments += piece.arguments
        if piece.index is not None:
            self._by_index[piece.index] = call

    def complete(self) -> tuple[ToolCall, ...]:
        """All of them, in the order in which they began, each with an id of its own. Arguments are as they came."""
        taken: set[str] = set()
        calls = []
        for number, call in enumerate(self._calls):
            id = call.id if call.id and call.id not in taken else _made_up(number, call)
            taken.add(id)
            calls.append(ToolCall(id=id, name=call.name, arguments=call.arguments))
        return tuple(calls)

    def _going_on(self, piece: CallPiece) -> _Call | None:
        """The call that the piece is more of; None where it begins one."""
        last = self._calls[-1] if self._calls else None
        call = last if piece.index is None else self._by_index.get(piece.index)
        if call is None or not piece.name:
            return call
        if piece.id and call.id:
            return call if piece.id == call.id else None
        # Named again and without an id: a server that repeats itself, or one that numbers and names all calls alike.
        return None if _is_json(call.arguments) else call


def _made_up(number: int, call: _Call) -> str:
    """Nine letters and digits, which is what Mistral asks of an id."""
    return sha256(f"{number} {call.name} {call.arguments}".encode(errors="replace")).hexdigest()[:9]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
