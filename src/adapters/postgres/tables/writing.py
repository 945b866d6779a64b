"""Documents, and the sources attached to them."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Enum, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from adapters.postgres.tables.metadata import metadata
from domain.writing import CitationFormat, DocumentStatus, DocumentTemplate

documents = Table(
    "documents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("typst_content", Text, nullable=False),
    Column("template", Enum(DocumentTemplate, name="document_template"), nullable=False),
    Column("citation_format", Enum(CitationFormat, name="citation_format"), nullable=False),
    Column("status", Enum(DocumentStatus, name="document_status"), nullable=False),
    Column("metadata", JSONB, nullable=False),
    Column("citation_count", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)

attachments = Table(
    "attachments",
    metadata,
    Column("document_id", Uuid, primary_key=True),
    Column("source_id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("citation_key", Text, nullable=False),
    Column("citation_number", Integer),
    Column("attached_at", DateTime(timezone=True), nullable=False),
)
