"""Calls of tools, all tools there are over any store, and what came of the calls of a turn."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from adapters.memory.files import MemoryFileStore
from adapters.memory.jobs import MemoryJobQueue
from adapters.system import new_uuid7
from application.accounts import CreditReader
from application.chat import (
    BringSource,
    CheckCredits,
    Done,
    Errand,
    FindPassages,
    MeteredWebSearch,
    NextCitationNumber,
    QuerySources,
    SaveDocument,
    SearchTheWeb,
    Tool,
    Toolbox,
    WebPage,
    WebSearch,
)
from application.chat.ports import OpenUnitOfWork, ToolCall, ToolOffer
from application.library import AddSource
from application.writing import AttachSource, CreateDocument, TakeCitationNumber, UpdateDocument
from domain.chat import ChatEvent, ToolCallFinished
from tests.builders import TickingClock, a_holder
from tests.builders_chat import ScriptedModel, ScriptedPassages

PAGE = WebPage(url="https://example.org/po", title="Il Po", snippet="Il fiume più lungo d'Italia.")

_numbers = count(1)


def a_call(tool: str, /, **arguments: Any) -> ToolCall:
    return ToolCall(id=f"call{next(_numbers)}", name=tool, arguments=json.dumps(arguments))


@dataclass
class ScriptedSearch(WebSearch):
    """Answers what it was told to answer, and remembers what it was asked."""

    answer: tuple[WebPage, ...] | Exception = (PAGE,)
    asked: list[tuple[str, int]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "scripted"

    async def search(self, *, query: str, limit: int) -> tuple[WebPage, ...]:
        self.asked.append((query, limit))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@dataclass
class ScriptedTool(Tool):
    """Does what it is told to do: waits for `go_on` if `waits`, then raises or is done."""

    name: str = "try"
    does: Callable[[Mapping[str, Any]], Done] = lambda _: Done(summary="Done.")
    waits: bool = False
    begun: int = 0
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: bool = False

    @property
    def offer(self) -> ToolOffer:
        anything = {"number": {"type": "integer"}, "text": {"type": "string"}}
        return ToolOffer(name=self.name, description="Tries.", parameters={"type": "object", "properties": anything})

    async def __call__(self, errand: Errand, arguments: Mapping[str, Any], /) -> Done:
        self.begun += 1
        self.waiting.set()
        try:
            if self.waits:
                await self.go_on.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return self.does(arguments)


def a_toolbox(
    uow: OpenUnitOfWork,
    credits: CreditReader,
    *,
    find_passages: FindPassages | None = None,
    web: WebSearch | None = None,
    jobs: MemoryJobQueue | None = None,
    more: Sequence[Tool] = (),
    deadline: float = 30.0,
) -> Toolbox:
    """All tools; a search of the web only with a provider."""
    clock = TickingClock()
    add_source = AddSource(
        uow=uow,
        files=MemoryFileStore(),
        jobs=jobs or MemoryJobQueue(),
        clock=clock,
        new_id=new_uuid7,
        max_upload_bytes=100_000,
    )
    tools: list[Tool] = [
        QuerySources(find_passages=find_passages or ScriptedPassages()),
        BringSource(add_source=add_source, attach_source=AttachSource(uow=uow, clock=clock)),
        SaveDocument(
            uow=uow,
            create_document=CreateDocument(uow=uow, clock=clock, new_id=new_uuid7),
            update_document=UpdateDocument(uow=uow, clock=clock),
        ),
        CheckCredits(credits=credits),
        NextCitationNumber(take_citation_number=TakeCitationNumber(uow=uow)),
    ]
    if web is not None:
        search = MeteredWebSearch(provider=web, uow=uow, hold=a_holder(uow, clock), clock=clock)
        tools.append(SearchTheWeb(search=search))
    return Toolbox(tools=(*tools, *more), deadline=deadline)


def results(model: ScriptedModel) -> list[dict[str, Any]]:
    """What the calls of the model's last turn came to, as it read them, in order."""
    return [json.loads(result.content) for past in model.tasks[-1].rounds for result in past.results]


def finished(events: Sequence[ChatEvent]) -> list[ToolCallFinished]:
    """The ends of calls, in the order in which they were told."""
    return [event for event in events if isinstance(event, ToolCallFinished)]
