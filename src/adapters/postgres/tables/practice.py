"""Exercises, the answers to them, and what the review scheduler remembers."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Enum, Float, Identity, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, ENUM, JSONB

from adapters.postgres.tables.metadata import metadata
from domain.practice import CardState, Difficulty, ExerciseKind, Fault, Grader, Rating

exercises = Table(
    "exercises",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("kind", Enum(ExerciseKind, name="exercise_kind"), nullable=False),
    Column("difficulty", Enum(Difficulty, name="exercise_difficulty"), nullable=False),
    Column("language", Text, nullable=False),
    Column("grammar_focus", Text),
    Column("question", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("options", ARRAY(Text), nullable=False),
    Column("key", Text, nullable=False),
    Column("accepted", ARRAY(Text), nullable=False),
    Column("explanation", Text, nullable=False),
    Column("evidence_quote", Text, nullable=False),
    Column("evidence_start", Integer, nullable=False),
    Column("evidence_end", Integer, nullable=False),
    Column("evidence_page", Integer),
    Column("evidence_chunk_id", Uuid),
    Column("evidence_source_id", Uuid),
    Column("times_attempted", Integer, nullable=False),
    Column("average_score", Float(53)),
    Column("due_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

responses = Table(
    "responses",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("exercise_id", Uuid, nullable=False),
    Column("attempt_id", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("score", Integer, nullable=False),
    Column("rubric", JSONB, nullable=False),
    Column("feedback", Text, nullable=False),
    Column("faults", ARRAY(ENUM(Fault, name="answer_fault")), nullable=False),
    Column("grader", Enum(Grader, name="answer_grader"), nullable=False),
    Column("confidence", Float(53), nullable=False),
    Column("suggested_review", ARRAY(Uuid), nullable=False),
    Column("response_time_ms", Integer),
    Column("next_review_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("charge_id", Uuid),
    Column("credits_charged", Integer),
    Column("appeal_decided_at", DateTime(timezone=True)),
    Column("appeal_upheld", Boolean),
    Column("appeal_reason", Text),
    Column("appeal_score_before", Integer),
    Column("appeal_credits_refunded", Integer),
    Column("appeal_credits_charged", Integer),
)

review_cards = Table(
    "review_cards",
    metadata,
    Column("exercise_id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("state", Enum(CardState, name="review_state"), nullable=False),
    Column("step", Integer),
    Column("stability", Float(53)),
    Column("difficulty", Float(53)),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("last_review_at", DateTime(timezone=True)),
    Column("parameters_version", Text, nullable=False),
)

review_log = Table(
    "review_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("exercise_id", Uuid, nullable=False),
    Column("rating", Enum(Rating, name="review_rating"), nullable=False),
    Column("reviewed_at", DateTime(timezone=True), nullable=False),
    Column("duration_ms", Integer),
    Column("corrects", Boolean, nullable=False),
)
