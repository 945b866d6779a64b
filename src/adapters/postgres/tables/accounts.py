"""Users, the ledger of credits, and holds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Enum, Integer, Table, Text, Uuid

from adapters.postgres.tables.metadata import metadata
from domain.accounts import CitationFormat, CreditOperation, HoldStatus, ResearchDepth

citation_format = Enum(CitationFormat, name="citation_format")

users = Table(
    "users",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("email", Text),
    Column("username", Text),
    Column("image_url", Text),
    Column("profile_updated_at", DateTime(timezone=True)),
    Column("citation_format", citation_format, nullable=False),
    Column("research_depth", Enum(ResearchDepth, name="research_depth"), nullable=False),
    Column("study_language", Text, nullable=False),
    Column("credits", BigInteger, nullable=False),
    Column("credits_held", BigInteger, nullable=False),
    Column("credits_reset_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("erased_at", DateTime(timezone=True)),
)

credit_operation = Enum(CreditOperation, name="credit_operation")

credit_logs = Table(
    "credit_logs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("operation", credit_operation, nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("tokens_used", Integer),
    Column("balance_after", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("estimated", Boolean, nullable=False),
    Column("shortfall", BigInteger, nullable=False),
    Column("reason", Text),
)

credit_holds = Table(
    "credit_holds",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("operation", credit_operation, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("status", Enum(HoldStatus, name="hold_status"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
