"""Who may touch a table: row-level security and grants, written once for every migration."""

from __future__ import annotations

from alembic import op

API = "studiolo_api"
WORKER = "studiolo_worker"

_EVERYTHING = "select, insert, update, delete"


def owned_by_user(table: str, *, api: str = _EVERYTHING, worker: str = _EVERYTHING) -> None:
    """A table with a `user_id`: the API sees the rows of the transaction's user, the worker those of everybody.

    The user id is read through a sub-select, so that it is read once a statement rather than once a row.
    """
    op.execute(f"alter table {table} enable row level security")
    op.execute(
        f"create policy own_rows on {table} to {API} "
        "using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid))"
    )
    op.execute(f"create policy all_rows on {table} to {WORKER} using (true)")
    op.execute(f"grant {api} on {table} to {API}")
    op.execute(f"grant {worker} on {table} to {WORKER}")


def internal(table: str, *, api: str | None = None, worker: str = _EVERYTHING) -> None:
    """A table without an owner; most are the worker's own."""
    if api:
        op.execute(f"grant {api} on {table} to {API}")
    op.execute(f"grant {worker} on {table} to {WORKER}")
