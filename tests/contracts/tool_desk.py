"""A user in front of an assistant that has all tools, on any store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from adapters.memory.jobs import MemoryJobQueue
from application.chat.ports import ToolCall
from domain.accounts import User
from domain.writing import Document
from tests.builders_chat import Books, ScriptedModel, ScriptedPassages, a_passage, all_of, an_answerer, ended
from tests.builders_tools import ScriptedSearch, a_toolbox, finished, results
from tests.contracts.conftest import Store

QUESTION = "Dove nacque Garibaldi?"
THE_PO = "Il Po nasce dal Monviso e sfocia nell'Adriatico."


@dataclass
class Desk:
    """Everything that such a user has, and what their assistant comes upon."""

    store: Store
    books: Books
    user: User
    passages: ScriptedPassages = field(default_factory=lambda: ScriptedPassages([a_passage()]))
    found: ScriptedPassages = field(default_factory=lambda: ScriptedPassages([a_passage(THE_PO)]))
    web: ScriptedSearch | None = field(default_factory=ScriptedSearch)
    jobs: MemoryJobQueue = field(default_factory=MemoryJobQueue)

    async def does(self, *calls: ToolCall, says: str = "Ecco.", **asked: Any) -> tuple[list[Any], list[dict[str, Any]]]:
        """The events of a turn with these calls, and what the model was told of them."""
        model = ScriptedModel(calls, then=[[says]])
        tools = a_toolbox(self.store.uow, self.books.credits, find_passages=self.found, web=self.web, jobs=self.jobs)
        answer = an_answerer(self.store.uow, model=model, find_passages=self.passages, tools=tools)
        events = await all_of(answer(**{"owner": self.user.id, "message": QUESTION, **asked}))
        assert ended(events).message.content == says
        assert (await self.books.balance(self.user.id))[1] == 0
        return events, results(model)

    async def told(self, *calls: ToolCall, **asked: Any) -> dict[str, Any]:
        """What the model was told of the last of these calls."""
        return (await self.does(*calls, **asked))[1][-1]

    async def refused(self, *calls: ToolCall, **asked: Any) -> dict[str, Any]:
        """Why the last of these calls was not done."""
        events, told = await self.does(*calls, **asked)
        assert told[-1]["ok"] is False
        error: dict[str, Any] = told[-1]["error"]
        assert finished(events)[-1].failure == error["code"]
        assert finished(events)[-1].summary == error["message"]
        return error

    async def document(self, document: Document) -> Document:
        async with self.store.uow(document.owner) as uow:
            found: Document = await uow.documents.get(owner=document.owner, id=document.id)
        return found
