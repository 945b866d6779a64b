"""The viewer: who they are, what they prefer, what they may spend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

import strawberry

from domain import accounts
from domain.shared import Forbidden, UserId
from entrypoints.graphql.connections import After, Connection, First, connect
from entrypoints.graphql.context import Info
from entrypoints.graphql.fields import mutation, resolver
from entrypoints.graphql.ids import Node, global_id, visible
from entrypoints.graphql.parts import Part
from entrypoints.graphql.scalars import Input, described_enum, or_none

if TYPE_CHECKING:
    from entrypoints.graphql.context import Context

CitationFormat = described_enum(
    accounts.CitationFormat,
    description="How references are written.",
    values={"APA": "Author and date (APA 7).", "MLA": "Author and page (MLA 9).", "CHICAGO": "Chicago, 17th edition."},
)
ResearchDepth = described_enum(
    accounts.ResearchDepth,
    description="How far research goes before it answers.",
    values={"QUICK": "The first good sources.", "DEEP": "More sources, compared."},
)
CreditOperation = described_enum(
    accounts.CreditOperation,
    description="Why credits came or went.",
    values={
        "GRANT": "The allowance of a new account.",
        "RESET": "The monthly allowance.",
        "GENERATION": "Exercises were written.",
        "CHAT": "A question was answered.",
        "WEB_SEARCH": "The web was searched.",
        "GRADING": "A model graded an answer.",
        "RETRIEVAL": "Passages were found (free).",
        "SAVE": "A document was saved (free).",
        "REFUND": "A charge was given back.",
        "ADJUSTMENT": "Corrected by hand.",
    },
)


@strawberry.type(description="What new documents, answers and exercises start from.")
class Preferences:
    citation_format: accounts.CitationFormat = strawberry.field(description="Of new documents.")
    research_depth: accounts.ResearchDepth = strawberry.field(description="Of research in a chat.")
    study_language: str = strawberry.field(description="What is studied, a BCP 47 language code.")

    @classmethod
    def of(cls, preferences: accounts.Preferences) -> Self:
        return cls(
            citation_format=preferences.citation_format,
            research_depth=preferences.research_depth,
            study_language=preferences.study_language,
        )


@strawberry.type(description="What the viewer may spend.")
class CreditBalance:
    available: int = strawberry.field(description="May be spent now: the balance less what is held.")
    held: int = strawberry.field(description="Set aside for work in progress; what it does not cost comes back.")
    monthly_allowance: int = strawberry.field(description="What the balance is reset to each month.")
    last_reset_at: datetime = strawberry.field(description="When the allowance was last granted.")
    next_reset_at: datetime = strawberry.field(description="00:00 UTC on the next first of a month.")

    @classmethod
    def of(cls, account: accounts.Account, *, allowance: int, at: datetime) -> Self:
        return cls(
            available=account.available,
            held=account.held,
            monthly_allowance=allowance,
            last_reset_at=account.reset_at,
            next_reset_at=accounts.next_reset(at),
        )


@strawberry.type(description="One line of the ledger.")
class CreditEntry(Node):
    operation: accounts.CreditOperation = strawberry.field(description="Why.")
    cost: int = strawberry.field(description="Positive for a charge, negative for a grant or refund.")
    tokens_used: int | None = strawberry.field(description="Tokens of the language model, where one was used.")
    estimated: bool = strawberry.field(description="True where the model gave no figures, and the tokens are a guess.")
    balance_after: int = strawberry.field(description="The balance with this line.")
    created_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, entry: accounts.CreditEntry) -> Self:
        return cls(
            id=global_id("CreditEntry", entry.id),
            operation=entry.operation,
            cost=entry.cost,
            tokens_used=entry.tokens_used,
            estimated=entry.estimated,
            balance_after=entry.balance_after,
            created_at=entry.created_at,
        )

    @classmethod
    async def get(cls, context: Context, key: UUID) -> Self:
        return cls.of(await context.app.accounts.credits.get(owner=context.owner, id=key))

    @classmethod
    async def many(cls, context: Context, keys: Sequence[UUID]) -> Mapping[UUID, Self]:
        return await visible(cls, context, keys)


@strawberry.type(description="The person who asks. Everything of theirs hangs off here.")
class User(Node):
    email: str | None = strawberry.field(description="As the sign-in service knows it.")
    username: str | None = strawberry.field(description="As the sign-in service knows it.")
    image_url: str | None = strawberry.field(description="A portrait.")
    created_at: datetime = strawberry.field(description="When the account was made.")
    preferences: Preferences = strawberry.field(description="What new things start from.")

    @resolver("What may be spent, and when it is refilled.")
    async def credits(self, info: Info) -> CreditBalance:
        app = info.context.app
        account = await app.accounts.credits.account(owner=info.context.owner)
        return CreditBalance.of(account, allowance=app.accounts.allowance, at=app.clock())

    @resolver("The ledger, newest line first.")
    async def credit_entries(
        self, info: Info, first: First = strawberry.UNSET, after: After = strawberry.UNSET
    ) -> Connection[CreditEntry]:
        ledger, owner = info.context.app.accounts.credits, info.context.owner
        return await connect(
            "User.creditEntries",
            first=first,
            after=after,
            page=lambda window: ledger.page(owner=owner, window=window),
            count=lambda: ledger.count(owner=owner),
            node=CreditEntry.of,
        )

    @classmethod
    def of(cls, user: accounts.User) -> Self:
        return cls(
            id=global_id("User", user.id),
            email=user.email,
            username=user.username,
            image_url=user.image_url,
            created_at=user.created_at,
            preferences=Preferences.of(user.preferences),
        )

    @classmethod
    async def get(cls, context: Context, key: UUID) -> Self:
        """Only oneself is to be seen; that an id is somebody else's is no secret, for it names nobody."""
        if UserId(key) != context.owner:
            raise Forbidden("This is another user's account.", kind="user")
        return cls.of(context.viewer)

    @classmethod
    async def many(cls, context: Context, keys: Sequence[UUID]) -> Mapping[UUID, Self]:
        return {key: cls.of(context.viewer) for key in keys if key == context.owner}


@strawberry.type(description="Which parts are live, by name: for a status line in the client.")
class ServiceInfo:
    version: str = strawberry.field(description="Of this server.")
    language_model: str = strawberry.field(
        description="Answers in conversations; `offline` is the deterministic stand-in."
    )
    embedder: str = strawberry.field(description="Makes the vectors.")
    vector_store: str = strawberry.field(description="Keeps the vectors.")
    web_search: str | None = strawberry.field(description="Null where the tool is not offered.")
    monthly_allowance: int = strawberry.field(description="Credits a month.")


@strawberry.input(description="What is left out or null stays as it is.")
class UpdatePreferencesInput:
    citation_format: accounts.CitationFormat | None = strawberry.field(
        default=strawberry.UNSET, description="Of new documents."
    )
    research_depth: accounts.ResearchDepth | None = strawberry.field(
        default=strawberry.UNSET, description="Of research in a chat."
    )
    study_language: str | None = strawberry.field(
        default=strawberry.UNSET, description="A BCP 47 tag; what counts is the language in it."
    )


@strawberry.type(description="The preferences after the change.")
class UpdatePreferencesPayload:
    preferences: Preferences = strawberry.field(description="All of them.")


@strawberry.type
class Query:
    @resolver("Which parts are live: model, embedder, vector store, web search.")
    def service(self, info: Info) -> ServiceInfo:
        service = info.context.app.service
        return ServiceInfo(
            version=service.version,
            language_model=service.language_model,
            embedder=service.embedder,
            vector_store=service.vector_store,
            web_search=service.web_search,
            monthly_allowance=service.monthly_allowance,
        )


@strawberry.type
class Mutation:
    @mutation("Changes what new documents, answers and exercises start from.")
    async def update_preferences(self, info: Info, given: Input[UpdatePreferencesInput]) -> UpdatePreferencesPayload:
        user = await info.context.app.accounts.update_preferences(
            owner=info.context.owner,
            citation_format=or_none(given.citation_format),
            research_depth=or_none(given.research_depth),
            study_language=or_none(given.study_language),
        )
        return UpdatePreferencesPayload(preferences=Preferences.of(user.preferences))


PART = Part(query=Query, mutation=Mutation, nodes=(CreditEntry,))
