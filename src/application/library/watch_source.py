"""Follow a source from upload to the last vector."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from uuid import UUID

from application.library.ports import SourceReader, SourceSignals
from domain.library import Source
from domain.shared import SourceId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSource:
    """Yields the source as it is, then each time that it has changed, until nothing more will happen to it.

    A sign of life of its worker, or another attempt, is no change.
    """

    sources: SourceReader
    signals: SourceSignals

    async def __call__(self, *, owner: UserId, id: UUID) -> AsyncGenerator[Source, None]:
        """Ends when the source is settled: FAILED, or READY with a vector for every chunk.

        Errors: NoSuch, NotYours, both before the first value; NoSuch also when it is deleted meanwhile.
        """
        # Listening before looking: what happens in between is heard.
        async with self.signals.listen(SourceId(id)) as moments, aclosing(moments):
            shown = await self.sources.get(owner=owner, id=id)
            yield shown
            if shown.is_settled:
                return
            async for _ in moments:
                source = await self.sources.get(owner=owner, id=id)
                if _as_shown(source) != _as_shown(shown):
                    shown = source
                    yield shown
                if source.is_settled:
                    return


def _as_shown(source: Source) -> Source:
    """Without what workers note for each other."""
    return replace(source, processing_since=None, attempts=0, last_error=None)
