"""Looking after pages that were fetched once: are they still there?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class PageSources(Protocol):
    """Sources from the web, of all users: a door for the worker, not bound to one of them.

    It speaks of addresses: a page that a hundred students cite is asked for once.
    """

    async def due(self, *, not_since: datetime, limit: int) -> Sequence[str]:
        """Addresses of READY sources that were neither read nor looked at since that moment, the longest ago first.

        Each once, also when another of its sources was read since, `limit` at most. Errors: Unavailable.
        """
        ...

    async def looked_at(self, *, url: str, there: bool | None, at: datetime) -> None:
        """What was found at an address, for all its sources.

        There: they are available. Not there: they are not, when the look before, after the source was last read, found
        the same; one alone may be a site's bad hour. None (it cannot be told): as it was, and looked at. Errors:
        Unavailable.
        """
        ...
