"""Conversations, messages, turns and citations."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Enum, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from adapters.postgres.tables.metadata import metadata
from domain.chat import Anchor, FailureCode, MessageRole, TurnStatus, Verdict

conversations = Table(
    "conversations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("document_id", Uuid),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("conversation_id", Uuid, nullable=False),
    Column("role", Enum(MessageRole, name="message_role"), nullable=False),
    Column("content", Text, nullable=False),
    Column("credits_charged", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

turns = Table(
    "turns",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("conversation_id", Uuid, nullable=False),
    Column("question_id", Uuid, nullable=False),
    Column("answer_id", Uuid),
    Column("key", Text),
    Column("status", Enum(TurnStatus, name="turn_status"), nullable=False),
    Column("failure_code", Enum(FailureCode, name="turn_failure_code")),
    Column("failure_message", Text),
    Column("failure_retryable", Boolean),
    Column("tokens_used", Integer, nullable=False),
    Column("credits_charged", Integer, nullable=False),
    Column("balance", BigInteger),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    Column("hold_id", Uuid),
    Column("outline", JSONB, nullable=False),
    Column("last_seq", Integer, nullable=False),
)

citations = Table(
    "citations",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("message_id", Uuid, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("marker", Integer, nullable=False),
    Column("verdict", Enum(Verdict, name="citation_verdict"), nullable=False),
    Column("source_id", Uuid),
    Column("chunk_id", Uuid),
    Column("quote", Text, nullable=False),
    Column("start_offset", Integer, nullable=False),
    Column("end_offset", Integer, nullable=False),
    Column("page", Integer),
    Column("prefix", Text, nullable=False),
    Column("suffix", Text, nullable=False),
    Column("anchor", Enum(Anchor, name="citation_anchor"), nullable=False),
    Column("quoted_at", Integer),
    Column("anchor_due_at", DateTime(timezone=True)),
)
