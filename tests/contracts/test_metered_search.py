"""A web search costs a credit when it answers, and nothing when it does not."""

from __future__ import annotations

import pytest

from application.accounts import CreditReader
from application.chat import MeteredWebSearch, WebPage, WebSearch
from application.shared import Window
from domain.accounts import CreditOperation, InsufficientCredits
from domain.shared import Unavailable
from tests.builders import TickingClock, a_holder, signed_up
from tests.contracts.conftest import Store

PAGE = WebPage(url="https://example.org/po", title="Il Po", snippet="Il fiume più lungo d'Italia.")


class ScriptedSearch(WebSearch):
    """Answers what it was told to answer, and remembers what it was asked."""

    name = "scripted"

    def __init__(self, answer: tuple[WebPage, ...] | Exception) -> None:
        self.asked: list[tuple[str, int]] = []
        self._answer = answer

    async def search(self, *, query: str, limit: int) -> tuple[WebPage, ...]:
        self.asked.append((query, limit))
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def metered(store: Store, provider: ScriptedSearch) -> MeteredWebSearch:
    return MeteredWebSearch(provider=provider, uow=store.uow, hold=a_holder(store.uow), clock=TickingClock())


@pytest.mark.parametrize("found", [(PAGE,), ()])
async def test_an_answer_costs_one_credit_whatever_it_found(
    store: Store, ledger: CreditReader, found: tuple[WebPage, ...]
) -> None:
    user = await signed_up(store.uow, credits=1)
    provider = ScriptedSearch(found)
    assert await metered(store, provider)(owner=user.id, query="il Po", limit=3) == found
    assert provider.asked == [("il Po", 3)]
    account = await ledger.account(owner=user.id)
    assert (account.credits, account.held) == (0, 0)
    lines = (await ledger.page(owner=user.id, window=Window())).items
    (line,) = [entry for entry in lines if entry.cost > 0]
    assert (line.operation, line.cost, line.tokens_used) == (CreditOperation.WEB_SEARCH, 1, None)


async def test_a_failure_costs_nothing(store: Store, ledger: CreditReader) -> None:
    user = await signed_up(store.uow, credits=1)
    provider = ScriptedSearch(Unavailable("The web search does not answer.", retry_after=5))
    with pytest.raises(Unavailable):
        await metered(store, provider)(owner=user.id, query="il Po")
    account = await ledger.account(owner=user.id)
    assert (account.credits, account.held) == (1, 0)


async def test_without_a_credit_nobody_is_asked(store: Store) -> None:
    user = await signed_up(store.uow, credits=0)
    provider = ScriptedSearch((PAGE,))
    with pytest.raises(InsufficientCredits) as refused:
        await metered(store, provider)(owner=user.id, query="il Po")
    assert refused.value.data == {"balance": 0, "required": 1}
    assert provider.asked == []
