"""A user: known by the sign-in service, remembered here with preferences."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from domain.shared import Unauthenticated, UserId, language_code


class CitationFormat(StrEnum):
    APA = "APA"
    MLA = "MLA"
    CHICAGO = "CHICAGO"


class ResearchDepth(StrEnum):
    QUICK = "QUICK"
    DEEP = "DEEP"


class InvalidToken(Unauthenticated):
    """The token proves nothing. `reason` is one word for a program: expired, signature, issuer, algorithm, ..."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The token was refused: {reason.replace('_', ' ')}.", reason=reason)


class AccountErased(Unauthenticated):
    """The account was erased; a token that is still alive does not bring it back."""

    def __init__(self) -> None:
        super().__init__("This account was erased.", reason="erased")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What new documents, answers and exercises start from."""

    citation_format: CitationFormat = CitationFormat.APA
    research_depth: ResearchDepth = ResearchDepth.QUICK
    study_language: str = "it"

    def changed(
        self,
        *,
        citation_format: CitationFormat | None = None,
        research_depth: ResearchDepth | None = None,
        study_language: str | None = None,
    ) -> Preferences:
        """With these instead; what is None stays. InvalidInput when the language is not a language tag."""
        return Preferences(
            citation_format=citation_format or self.citation_format,
            research_depth=research_depth or self.research_depth,
            study_language=self.study_language if study_language is None else language_code(study_language),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """`subject` is the sign-in service's own id; `id` is derived from it (`user_id_of`).

    `profile_updated_at` is the sign-in service's time of the last change that it told us; None before the first.
    """

    id: UserId
    subject: str
    created_at: datetime
    email: str | None = None
    username: str | None = None
    image_url: str | None = None
    profile_updated_at: datetime | None = None
    preferences: Preferences = field(default_factory=Preferences)
    erased_at: datetime | None = None

    def preferring(self, preferences: Preferences) -> User:
        return replace(self, preferences=preferences)

    def erased(self, *, at: datetime) -> User:
        """The tombstone: who it was for the sign-in service, and nothing that says anything of a person."""
        return User(id=self.id, subject=self.subject, created_at=self.created_at, erased_at=self.erased_at or at)
