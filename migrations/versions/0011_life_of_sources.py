"""The life of sources: files by their hash, bounded retries, who said what, deleting a little at a time"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_LARGE = ("chunks", "chunk_vectors", "chunk_terms", "postings", "source_texts")
"""What hangs on a source and is too much to go with it in one statement."""

_ROW_EXISTS = """
  create or replace function row_exists(kind text, id uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public as $$
  declare
    present boolean;
    key text := case kind when 'users' then 'user_id' else 'id' end;
  begin
    if not exists (select from pg_class where relname = kind and relnamespace = 'public'::regnamespace
                     and relrowsecurity) then
      raise exception 'no table of users'' rows is called %', kind;
    end if;
    {deleted}
    execute format('select exists (select from public.%I where %I = $1)', kind, key) into present using id;
    return present;
  end $$
"""
_DELETED = """
    if (kind = 'sources' and exists (select from sources s where s.id = $2 and s.deleted_at is not null))
      or (kind = 'chunks' and exists (
        select from chunks c join sources s on s.user_id = c.user_id and s.id = c.source_id
        where c.id = $2 and s.deleted_at is not null))
    then
      return false;
    end if;
"""


def upgrade() -> None:
    # Originals that are there already stay where they are: their file_hash is null.
    op.execute(
        """
        alter table sources
          add column file_hash text,
          add column origins jsonb not null default '{}' constraint sources_origins_check
            check (jsonb_typeof(origins) = 'object'),
          add column attempts integer not null default 0 constraint sources_attempts_check check (attempts >= 0),
          add column last_error text,
          add column deleted_at timestamptz
        """
    )

    # A deleted source keeps its row until everything that hangs on it is removed. Nobody sees it meanwhile, and the
    # same content may be added again.
    op.execute("alter table sources drop constraint sources_user_id_content_hash_key")
    op.execute(
        "create unique index sources_user_id_content_hash_key on sources (user_id, content_hash) "
        "where deleted_at is null"
    )
    op.execute("create index sources_deleted_idx on sources (user_id, id) where deleted_at is not null")
    op.execute("create index sources_removing_idx on sources (processing_since, id) where deleted_at is not null")
    op.execute("create index sources_uploading_idx on sources (processing_since, id) where status = 'UPLOADING'")

    # Whatever asks for them: a query need not think of it. One look-up a statement, not one a row.
    for table in _LARGE:
        op.execute(
            f"""
            create policy not_deleted on {table} as restrictive for select to studiolo_api using (
              source_id <> all (array(
                select s.id from sources s
                where s.user_id = (select nullif(current_setting('app.user_id', true), '')::uuid)
                  and s.deleted_at is not null)))
            """  # noqa: S608  names of ours
        )
    op.execute(_ROW_EXISTS.format(deleted=_DELETED))


def downgrade() -> None:
    op.execute(_ROW_EXISTS.format(deleted=""))
    for table in _LARGE:
        op.execute(f"drop policy not_deleted on {table}")
    op.execute("delete from sources where deleted_at is not null")
    op.execute("drop index sources_uploading_idx")
    op.execute("drop index sources_removing_idx")
    op.execute("drop index sources_deleted_idx")
    op.execute("drop index sources_user_id_content_hash_key")
    op.execute("alter table sources add constraint sources_user_id_content_hash_key unique (user_id, content_hash)")
    op.execute(
        "alter table sources drop column deleted_at, drop column last_error, drop column attempts, "
        "drop column origins, drop column file_hash"
    )
