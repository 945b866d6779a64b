"""Pages of the web, fetched without being led astray."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedPage:
    """What an address answered, in a file that is there while the fetch is open.

    `url` is where it was found in the end, after redirects; `content_hash` the SHA-256 of the bytes, in hex; `charset`
    what the server said of them.
    """

    url: str
    file: Path
    content_hash: str
    size: int
    media_type: str | None
    charset: str | None


class PageFetcher(Protocol):
    """Fetches from the public web only: every address that is connected to is checked at that moment."""

    def fetch(self, url: str) -> AbstractAsyncContextManager[FetchedPage]:
        """The page. Errors: UnreadableSource, with the sentence that the user is shown, for what will not change by
        trying again (a refused address, too large, not there); Unavailable for what may (no answer, 5xx, 429).
        """
        ...

    async def is_there(self, url: str) -> bool | None:
        """Whether the address still answers with a page. False when it says that there is none, or its name is gone.

        None when that cannot be told now: no network, no answer, 401, 403, 429, 5xx. Never raises.
        """
        ...
