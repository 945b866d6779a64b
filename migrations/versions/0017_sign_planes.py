"""Sign planes: 256 bytes beside each vector, which are scanned in its place where a scope is large"""

from __future__ import annotations

from alembic import op

from migrations.access import owned_by_user

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# Through their keys, one after another, whatever the planner believes: a table of changed rows has no statistics.
_BY_KEY = "set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off"


def upgrade() -> None:
    # Narrow rows, for a search reads all of the user's. The key begins as that of the sources that they go with.
    op.execute(
        """
        create table chunk_planes (
          user_id uuid not null,
          source_id uuid not null,
          model text not null,
          position integer not null,
          first bit(1024) not null,
          second bit(1024) not null,
          constraint chunk_planes_pkey primary key (user_id, source_id, model, position),
          constraint chunk_planes_user_id_source_id_fkey
            foreign key (user_id, source_id) references sources (user_id, id) on delete cascade
        )
        """
    )
    op.execute("alter table chunk_planes alter first set storage plain, alter second set storage plain")
    owned_by_user("chunk_planes")
    op.execute(
        """
        create policy not_deleted on chunk_planes as restrictive for select to studiolo_api using (
          source_id <> all (array(
            select s.id from sources s
            where s.user_id = (select nullif(current_setting('app.user_id', true), '')::uuid)
              and s.deleted_at is not null)))
        """
    )

    # Planes go with their vector, whoever deletes or changes it. Where one statement takes a vector away and writes
    # another in its place, as when a source is read again, it says itself what becomes of the planes.
    op.execute(
        f"""
        create function forget_planes() returns trigger language plpgsql
        set search_path = pg_catalog, public {_BY_KEY} as $$
        begin
          delete from chunk_planes p using changed
            where p.user_id = changed.user_id and p.model = changed.model and p.source_id = changed.source_id
              and p.position = changed.position
              and (tg_op = 'UPDATE' or not exists (
                select from chunk_vectors v where v.user_id = p.user_id and v.source_id = p.source_id
                  and v.position = p.position and v.model = p.model));
          return null;
        end $$
        """  # noqa: S608  words of ours
    )
    for event in ("delete", "update"):
        op.execute(
            f"create trigger planes_forgotten_by_{event} after {event} on chunk_vectors "
            "referencing old table as changed for each statement execute function forget_planes()"
        )

    # A search scans planes only where every vector in its scope has them, so they are counted as vectors are.
    op.execute("alter table vector_counts alter vectors set default 0, add planes integer not null default 0")
    op.execute("create index vector_counts_incomplete_idx on vector_counts (user_id) where planes < vectors")
    op.execute(
        """
        create function count_planes() returns trigger language plpgsql set search_path = pg_catalog, public as $$
        begin
          if tg_op = 'INSERT' then
            insert into vector_counts as known (user_id, source_id, model, planes)
              select user_id, source_id, model, count(*) from changed group by user_id, source_id, model
              order by user_id, source_id, model
              on conflict (user_id, source_id, model) do update set planes = known.planes + excluded.planes;
          else
            update vector_counts as known set planes = known.planes - gone.planes
              from (
                select user_id, source_id, model, count(*) as planes from changed group by user_id, source_id, model
              ) gone
              where known.user_id = gone.user_id and known.source_id = gone.source_id and known.model = gone.model;
          end if;
          return null;
        end $$
        """
    )
    op.execute(
        "create trigger planes_added after insert on chunk_planes referencing new table as changed "
        "for each statement execute function count_planes()"
    )
    op.execute(
        "create trigger planes_removed after delete on chunk_planes referencing old table as changed "
        "for each statement execute function count_planes()"
    )


def downgrade() -> None:
    for event in ("delete", "update"):
        op.execute(f"drop trigger planes_forgotten_by_{event} on chunk_vectors")
    op.execute("drop function forget_planes()")
    op.execute("drop table chunk_planes")
    op.execute("drop function count_planes()")
    op.execute("drop index vector_counts_incomplete_idx")
    op.execute("alter table vector_counts alter vectors drop default, drop planes")
