"""Erasures, with their certificates."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from adapters.postgres.tables.metadata import metadata

erasures = Table(
    "erasures",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("completed_at", DateTime(timezone=True)),
    Column("counts", JSONB, nullable=False),
)
