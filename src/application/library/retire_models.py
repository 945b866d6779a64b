"""After a change of the embedding model: delete the vectors of the former one, once nobody needs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from application.library.ports import FormerVectors
from application.shared import Clock

_VECTORS_AT_ONCE = 500
_TIMES_A_CALL = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireModels:
    """Run it every few seconds. It also says which model is the present one here: `model`.

    During a deployment, workers of two minds run beside each other. What any of them has wanted within `patience` is
    not deleted: else each would delete what the other has just paid for.
    """

    vectors: FormerVectors
    clock: Clock
    model: str
    patience: timedelta

    async def __call__(self) -> int:
        """How many vectors were deleted, 2,000 at most, a few at a time. Errors: Unavailable."""
        now = self.clock()
        await self.vectors.declare(model=self.model, at=now)
        deleted = 0
        for _ in range(_TIMES_A_CALL):
            gone = await self.vectors.retire(model=self.model, unused_since=now - self.patience, limit=_VECTORS_AT_ONCE)
            deleted += gone
            if not gone:
                break
        return deleted
