"""A web search that is always paid for: one credit for an answer, nothing for a failure."""

from __future__ import annotations

from dataclasses import dataclass

from application.accounts import HoldCredits, settle
from application.chat.ports import OpenUnitOfWork, WebPage, WebSearch
from application.shared import Clock
from domain.accounts import PRICES, CreditOperation
from domain.shared import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredWebSearch:
    """The price is held before the provider is asked and charged when it has answered, found something or not."""

    provider: WebSearch
    uow: OpenUnitOfWork
    hold: HoldCredits
    clock: Clock

    async def __call__(self, *, owner: UserId, query: str, limit: int = 5) -> tuple[WebPage, ...]:
        """Errors: InsufficientCredits before the provider is asked; Unavailable and RateLimited, which cost nothing."""
        price = PRICES[CreditOperation.WEB_SEARCH]
        async with self.hold(owner=owner, operation=CreditOperation.WEB_SEARCH, estimate=price) as hold:
            pages = await self.provider.search(query=query, limit=limit)
            async with self.uow(owner) as uow:
                await settle(uow, owner=owner, hold=hold, cost=price, tokens_used=None, at=self.clock())
                await uow.commit()
        return pages
