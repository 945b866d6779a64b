"""Remove everything of a user whose erasure was requested, see that it is gone, and write the certificate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from application.accounts.ports import OpenUnitOfWork, PersonalData
from application.shared import Clock
from domain.accounts import Erasure
from domain.shared import Unavailable, UserId


class StillThere(Unavailable):
    """Something was left after everything had been removed: the work is to be done again."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"Not everything is gone: {', '.join(names)}.", retry_after=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseAccount:
    """A job: may be run twice, at once, or again after it was killed at any point.

    What there is is counted and written down before anything is removed, so that a certificate counts all of it even
    when the work ended half-way and was begun again.
    """

    uow: OpenUnitOfWork
    stores: Sequence[PersonalData]
    clock: Clock

    async def __call__(self, *, owner: UserId) -> Erasure:
        """The erasure with its certificate. Errors: NoSuch (it was never requested), StillThere, Unavailable."""
        async with self.uow(owner) as uow:
            erasure = await uow.erasures.lock(owner=owner)
        if erasure.completed_at is not None:
            return erasure
        await self._write_down(owner, await self._remaining(owner))
        for store in self.stores:
            await store.erase(owner=owner)
        left = [name for name, number in (await self._remaining(owner)).items() if number]
        if left:
            raise StillThere(left)
        return await self._complete(owner)

    async def _remaining(self, owner: UserId) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for store in self.stores:
            counts |= await store.remaining(owner=owner)
        return counts

    async def _write_down(self, owner: UserId, counts: Mapping[str, int]) -> None:
        async with self.uow(owner) as uow:
            erasure = await uow.erasures.lock(owner=owner)
            if erasure.completed_at is None:
                await uow.erasures.save(erasure.found(counts))
                await uow.commit()

    async def _complete(self, owner: UserId) -> Erasure:
        async with self.uow(owner) as uow:
            erasure = (await uow.erasures.lock(owner=owner)).completed(at=self.clock())
            await uow.erasures.save(erasure)
            await uow.commit()
        return erasure
