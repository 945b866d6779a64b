"""Deliveries of webhooks: those dealt with, and those that failed."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, LargeBinary, Table, Text, Uuid

from adapters.postgres.tables.metadata import metadata

processed_webhooks = Table(
    "processed_webhooks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("processed_at", DateTime(timezone=True), nullable=False),
)

failed_webhooks = Table(
    "failed_webhooks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("user_id", Uuid),
    Column("subject", Text),
    Column("error", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("failed_at", DateTime(timezone=True), nullable=False),
    Column("payload", LargeBinary),
    Column("mended_at", DateTime(timezone=True)),
)
