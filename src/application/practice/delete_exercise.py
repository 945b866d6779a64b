"""Delete an exercise with its responses."""

from __future__ import annotations

from dataclasses import dataclass

from application.practice.ports import OpenUnitOfWork
from domain.shared import ExerciseId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteExercise:
    """What was paid for it is not given back."""

    uow: OpenUnitOfWork

    async def __call__(self, *, owner: UserId, id: ExerciseId) -> None:
        """Errors: NoSuch, NotYours."""
        async with self.uow(owner) as uow:
            await uow.exercises.delete(owner=owner, id=id)
            await uow.commit()
