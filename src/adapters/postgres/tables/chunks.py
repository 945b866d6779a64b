"""Chunks and their index. See the migration for what each table is for."""

from __future__ import annotations

from pgvector.sqlalchemy import BIT, HALFVEC, SPARSEVEC
from sqlalchemy import ARRAY, Boolean, Column, DateTime, Double, Integer, LargeBinary, Table, Text, Uuid

from adapters.postgres.tables.metadata import metadata

chunks = Table(
    "chunks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("source_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("token_count", Integer, nullable=False),
    Column("start_offset", Integer, nullable=False),
    Column("end_offset", Integer, nullable=False),
    Column("page", Integer),
    Column("page_label", Text),
    Column("heading", Text),
)

chunk_vectors = Table(
    "chunk_vectors",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("source_id", Uuid, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("model", Text, primary_key=True),
    Column("content_hash", LargeBinary, nullable=False),
    Column("embedding", HALFVEC(1024), nullable=False),
)

chunk_planes = Table(
    "chunk_planes",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("source_id", Uuid, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("first", BIT(1024), nullable=False),
    Column("second", BIT(1024), nullable=False),
)

vector_counts = Table(
    "vector_counts",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("source_id", Uuid, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("vectors", Integer, nullable=False),
    Column("planes", Integer, nullable=False),
)

embedding_models = Table(
    "embedding_models",
    metadata,
    Column("model", Text, primary_key=True),
    Column("present_at", DateTime(timezone=True), nullable=False),
)

chunk_terms = Table(
    "chunk_terms",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("source_id", Uuid, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("weights", SPARSEVEC(1_000_000_000), nullable=False),
)

postings = Table(
    "postings",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("source_id", Uuid, primary_key=True),
    Column("term", Integer, primary_key=True, autoincrement=False),
    Column("impacts", ARRAY(Integer), nullable=False),
)

term_frequencies = Table(
    "term_frequencies",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("term", Integer, primary_key=True, autoincrement=False),
    Column("chunks", Integer, nullable=False),
)

indexed_sources = Table(
    "indexed_sources",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("source_id", Uuid, primary_key=True),
    Column("chunks", Integer, nullable=False),
    Column("model", Text),
    Column("embedded", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("first_waiting", Integer, nullable=False),
)

embedding_claims = Table(
    "embedding_claims",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("content_hash", LargeBinary, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("holder", Uuid, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

embedding_refusals = Table(
    "embedding_refusals",
    metadata,
    Column("chunk_id", Uuid, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("source_id", Uuid, nullable=False),
    Column("message", Text, nullable=False),
)

embedding_turns = Table(
    "embedding_turns",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("served_at", DateTime(timezone=True), nullable=False),
)

provider_budgets = Table(
    "provider_budgets",
    metadata,
    Column("account", Text, primary_key=True),
    Column("provider_limit", Integer),
    Column("blocked_until", DateTime(timezone=True)),
    Column("interactive_until", DateTime(timezone=True)),
    Column("background_since", DateTime(timezone=True)),
    Column("background_until", DateTime(timezone=True)),
    Column("seconds_per_request", Double),
    Column("last_finished_at", DateTime(timezone=True)),
)

provider_requests = Table(
    "provider_requests",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account", Text, nullable=False),
    Column("reserved_at", DateTime(timezone=True), nullable=False),
    Column("counts_until", DateTime(timezone=True), nullable=False),
    Column("interactive", Boolean, nullable=False),
    Column("answered", Boolean, nullable=False),
)
