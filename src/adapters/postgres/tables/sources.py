"""Sources, and apart from them the text that was read out of each, so that a list of sources stays narrow."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, DateTime, Enum, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from adapters.postgres.tables.metadata import metadata
from domain.library import SourceKind, SourceStatus

sources = Table(
    "sources",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", Enum(SourceKind, name="source_kind"), nullable=False),
    Column("status", Enum(SourceStatus, name="source_status"), nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("error_message", Text),
    Column("file_hash", Text),
    Column("url", Text),
    Column("original_filename", Text),
    Column("author", Text),
    Column("publication_date", Date),
    Column("access_date", DateTime(timezone=True), nullable=False),
    Column("metadata", JSONB, nullable=False),
    Column("origins", JSONB, nullable=False),
    Column("is_available", Boolean, nullable=False),
    Column("page_count", Integer),
    Column("chunk_count", Integer, nullable=False),
    Column("embedded_chunk_count", Integer, nullable=False),
    Column("refused_chunk_count", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("processing_since", DateTime(timezone=True)),
    Column("processed_at", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text),
    Column("deleted_at", DateTime(timezone=True)),
    Column("checked_at", DateTime(timezone=True)),
    Column("missing_since", DateTime(timezone=True)),
)

source_texts = Table(
    "source_texts",
    metadata,
    Column("source_id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("text", Text, nullable=False),
)
