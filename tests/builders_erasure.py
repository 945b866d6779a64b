"""A user with one of everything, and a way to die in the middle of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.accounts import User
from domain.library import Chunk, Source
from domain.shared import UserId
from tests.builders import NOON, a_hold, signed_up
from tests.builders_chat import a_citation, a_conversation, a_message, a_turn
from tests.builders_library import a_stored_source
from tests.builders_practice import a_card, a_response, a_review_entry, an_exercise, stored_exercises
from tests.builders_writing import a_document, an_attachment, stored


@dataclass(frozen=True)
class Tenant:
    """Somebody who has used everything."""

    user: User
    source: Source
    chunks: tuple[Chunk, ...]

    @property
    def id(self) -> UserId:
        return self.user.id


async def a_tenant(uow: Any, *, credits: int = 100) -> Tenant:
    """A source with two chunks, a document, an exercise that was answered, a conversation, and a hold of 3."""
    user = await signed_up(uow, credits=credits)
    owner = user.id
    source, chunks = await a_stored_source(uow, owner, ("Il Po nasce dal Monviso.", "Il Po sfocia in mare."))
    document, conversation = a_document(owner), a_conversation(owner)
    await stored(uow, document, an_attachment(document, source))
    exercise = an_exercise(owner).attempted(50, due_at=NOON)
    await stored_exercises(uow, exercise)
    message, hold = a_message(conversation, citations=(a_citation(),)), a_hold(owner)
    async with uow(owner) as unit:
        await unit.responses.add(a_response(exercise))
        await unit.reviews.save(a_card(exercise), a_review_entry(exercise), owner=owner)
        await unit.conversations.add(conversation)
        await unit.messages.add(message)
        await unit.turns.add(a_turn(message, key="k"))
        await unit.credits.save((await unit.credits.lock(owner=owner)).hold(hold), hold=hold)
        await unit.commit()
    return Tenant(user=user, source=source, chunks=tuple(chunks))
