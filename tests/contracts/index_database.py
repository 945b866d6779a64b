"""A database of its own, with two users' vectors, for what cannot share one: concurrent builds wait for everybody."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import sqrt

import psycopg
from sqlalchemy import make_url

from adapters.postgres import migrations
from adapters.postgres.embedding_queue import PostgresEmbeddingQueue
from adapters.postgres.engine import API_ROLE, WORKER_ROLE, Transactions, create_engine
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from domain.shared import UserId
from tests.builders import signed_up
from tests.builders_library import a_stored_source
from tests.conftest import PostgresUrls

MODEL = "model"
SECRET = "segretissimo"  # in every text: no report may have it


@dataclass(frozen=True)
class IndexDatabase:
    """`large` has 150 vectors in two sources, `small` has 30 in one."""

    urls: PostgresUrls
    large: UserId
    small: UserId


@contextmanager
def a_database(server: PostgresUrls, name: str, *, migrated: bool = True) -> Iterator[PostgresUrls]:
    """An empty database on the test's server, or one with our tables."""
    with psycopg.connect(server.superuser, autocommit=True) as connection:
        connection.execute(f"create database {name} owner studiolo_owner")
    urls = PostgresUrls(*(_in(name, url) for url in (server.owner, server.api, server.worker, server.superuser)))
    try:
        if migrated:
            migrations.upgrade(urls.owner)
        yield urls
    finally:
        with psycopg.connect(server.superuser, autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)")


def filled(urls: PostgresUrls) -> IndexDatabase:
    """Two users, their sources and vectors, written as the product writes them."""
    large, small = asyncio.run(_fill(urls))
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute("analyze")
    return IndexDatabase(urls, large, small)


async def _fill(urls: PostgresUrls) -> tuple[UserId, UserId]:
    api, worker = create_engine(urls.api), create_engine(urls.worker)
    uow = OpenPostgresUnitOfWork(Transactions(api, role=API_ROLE))
    queue = PostgresEmbeddingQueue(Transactions(worker, role=WORKER_ROLE))
    draw = random.Random(5)
    owners = []
    for sizes in ((100, 50), (30,)):
        user = await signed_up(uow)
        for size in sizes:
            await _store(uow, queue, user.id, size, draw)
        owners.append(user.id)
    await api.dispose()
    await worker.dispose()
    return owners[0], owners[1]


async def _store(
    uow: OpenPostgresUnitOfWork, queue: PostgresEmbeddingQueue, owner: UserId, size: int, draw: random.Random
) -> None:
    _, chunks = await a_stored_source(uow, owner, [f"{SECRET} {number}" for number in range(size)])
    await queue.store(model=MODEL, vectors={chunk.id: a_vector(draw) for chunk in chunks})


def a_vector(draw: random.Random) -> list[float]:
    """Of length one, in any direction."""
    numbers = [draw.gauss(0, 1) for _ in range(1024)]
    length = sqrt(sum(number * number for number in numbers))
    return [number / length for number in numbers]


def _in(database: str, url: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)
