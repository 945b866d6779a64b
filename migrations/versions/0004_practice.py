"""Exercises, responses, review cards and their log"""

from __future__ import annotations

from alembic import op

from migrations.access import owned_by_user

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OF_EXERCISE = "foreign key (user_id, exercise_id) references exercises (user_id, id) on delete cascade"

_ENUMS = {
    "exercise_kind": "MULTIPLE_CHOICE FILL_GAP SINGLE_ANSWER",
    "exercise_difficulty": "BEGINNER INTERMEDIATE ADVANCED",
    "answer_fault": "ACCENT TYPO APOSTROPHE CAPITAL GENDER NUMBER PERSON TENSE MOOD AUXILIARY ARTICLE PREPOSITION "
    "PRONOUN WORD_ORDER MISSING_WORD EXTRA_WORD WRONG_WORD OFF_TOPIC EMPTY",
    "answer_grader": "RULES MODEL",
    "review_state": "LEARNING REVIEW RELEARNING",
    "review_rating": "AGAIN HARD GOOD EASY",
}


def upgrade() -> None:
    for name, values in _ENUMS.items():
        op.execute(f"create type {name} as enum ({', '.join(repr(value) for value in values.split())})")

    # The evidence outlives its chunk and its source: the quotation stays, the reference goes. Both keys are of one
    # column, because one that also compared the owner would set the owner to null with it; that they are the owner's
    # is made sure where they are written.
    op.execute(
        """
        create table exercises (
          id uuid constraint exercises_pkey primary key,
          user_id uuid not null constraint exercises_user_id_fkey references users on delete cascade,
          kind exercise_kind not null,
          difficulty exercise_difficulty not null,
          language text not null,
          grammar_focus text,
          question text not null constraint exercises_question_check check (question <> ''),
          fingerprint text not null,
          options text[] not null,
          key text not null,
          accepted text[] not null,
          explanation text not null,
          evidence_quote text not null,
          evidence_start integer not null,
          evidence_end integer not null,
          evidence_page integer constraint exercises_evidence_page_check check (evidence_page >= 1),
          evidence_chunk_id uuid
            constraint exercises_evidence_chunk_id_fkey references chunks (id) on delete set null,
          evidence_source_id uuid
            constraint exercises_evidence_source_id_fkey references sources (id) on delete set null,
          times_attempted integer not null default 0
            constraint exercises_times_attempted_check check (times_attempted >= 0),
          average_score double precision
            constraint exercises_average_score_check check (average_score between 0 and 100),
          due_at timestamptz,
          created_at timestamptz not null,
          constraint exercises_evidence_check check (0 <= evidence_start and evidence_start < evidence_end),
          constraint exercises_attempted_check check ((times_attempted = 0) = (average_score is null)),
          constraint exercises_user_id_fingerprint_key unique (user_id, fingerprint),
          constraint exercises_user_id_id_key unique (user_id, id)
        )
        """
    )
    op.execute("create index exercises_list_idx on exercises (user_id, created_at desc, id desc)")
    op.execute("create index exercises_due_idx on exercises (user_id, due_at, id) where due_at is not null")
    op.execute("create index exercises_chunk_idx on exercises (evidence_chunk_id)")
    op.execute("create index exercises_source_idx on exercises (evidence_source_id)")
    owned_by_user("exercises")

    op.execute(
        f"""
        create table responses (
          id uuid constraint responses_pkey primary key,
          user_id uuid not null,
          exercise_id uuid not null,
          attempt_id text not null
            constraint responses_attempt_id_check check (char_length(attempt_id) between 1 and 100),
          answer text not null constraint responses_answer_check check (char_length(answer) <= 10000),
          score integer not null constraint responses_score_check check (score between 0 and 100),
          rubric jsonb not null constraint responses_rubric_check check (jsonb_typeof(rubric) = 'array'),
          feedback text not null,
          faults answer_fault[] not null,
          grader answer_grader not null,
          confidence double precision not null
            constraint responses_confidence_check check (confidence between 0 and 1),
          suggested_review uuid[] not null,
          response_time_ms integer constraint responses_response_time_ms_check check (response_time_ms >= 0),
          next_review_at timestamptz,
          created_at timestamptz not null,
          constraint responses_exercise_id_fkey {_OF_EXERCISE},
          constraint responses_user_id_attempt_id_key unique (user_id, attempt_id)
        )
        """
    )
    op.execute("create index responses_list_idx on responses (user_id, created_at desc, id desc)")
    op.execute("create index responses_exercise_idx on responses (user_id, exercise_id)")
    owned_by_user("responses")

    op.execute(
        f"""
        create table review_cards (
          exercise_id uuid constraint review_cards_pkey primary key,
          user_id uuid not null,
          state review_state not null,
          step integer,
          stability double precision,
          difficulty double precision,
          due_at timestamptz not null,
          last_review_at timestamptz,
          parameters_version text not null,
          constraint review_cards_exercise_id_fkey {_OF_EXERCISE}
        )
        """
    )
    op.execute("create index review_cards_exercise_idx on review_cards (user_id, exercise_id)")
    owned_by_user("review_cards")

    op.execute(
        f"""
        create table review_log (
          id bigint generated always as identity constraint review_log_pkey primary key,
          user_id uuid not null,
          exercise_id uuid not null,
          rating review_rating not null,
          reviewed_at timestamptz not null,
          duration_ms integer constraint review_log_duration_ms_check check (duration_ms >= 0),
          constraint review_log_exercise_id_fkey {_OF_EXERCISE}
        )
        """
    )
    op.execute("create index review_log_exercise_idx on review_log (user_id, exercise_id, reviewed_at)")
    owned_by_user("review_log", api="select, insert", worker="select, insert, delete")


def downgrade() -> None:
    for table in ("review_log", "review_cards", "responses", "exercises"):
        op.execute(f"drop table {table}")
    for name in reversed(_ENUMS):
        op.execute(f"drop type {name}")
