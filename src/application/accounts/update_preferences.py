"""Change what new documents, answers and exercises start from."""

from __future__ import annotations

from dataclasses import dataclass

from application.accounts.ports import OpenUnitOfWork
from domain.accounts import CitationFormat, ResearchDepth, User
from domain.shared import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePreferences:
    """What is None stays as it was."""

    uow: OpenUnitOfWork

    async def __call__(
        self,
        *,
        owner: UserId,
        citation_format: CitationFormat | None = None,
        research_depth: ResearchDepth | None = None,
        study_language: str | None = None,
    ) -> User:
        """Errors: InvalidInput for a malformed language tag, NoSuch."""
        async with self.uow(owner) as uow:
            user = await uow.users.lock(owner=owner)
            changed = user.preferring(
                user.preferences.changed(
                    citation_format=citation_format, research_depth=research_depth, study_language=study_language
                )
            )
            await uow.users.save(changed)
            await uow.commit()
        return changed
