"""The ranking by words that we are compared with: bm25s as one would set it up, and what PostgreSQL does by itself."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from adapters.postgres.engine import create_engine
from benchmarks._peer_environment import peer_command

_CONFIGURATIONS = {
    "it": "italian",
    "en": "english",
    "fr": "french",
    "de": "german",
    "es": "spanish",
    "pt": "portuguese",
}


class PeerMissing(Exception):
    """Its packages could not be had, or it failed. Says why."""


@dataclass(frozen=True, slots=True)
class Document:
    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """For each question: the ids of documents, best first, and the milliseconds that it took."""

    documents: list[list[str]]
    times: list[float]


def bm25s(corpus: Sequence[Document], questions: Sequence[str], *, language: str, depth: int) -> Found:
    """In an environment of its own. A document without any word of the question is not found. Errors: PeerMissing."""
    try:
        asked = {
            "language": language.partition("-")[0].lower(),
            "documents": [_whole(document) for document in corpus],
            "questions": list(questions),
            "depth": depth,
        }
        answer = subprocess.run(
            peer_command("words"),
            check=True,
            input=json.dumps(asked),
            stdout=subprocess.PIPE,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise PeerMissing(str(error)) from error
    told = json.loads(answer.stdout)
    return Found([[corpus[place].id for place in places] for places in told["found"]], told["times"])


_CORPUS = text("create temporary table corpus (id text, words tsvector) on commit drop")
_ADD = text("insert into corpus values (:id, to_tsvector(cast(:language as regconfig), :content))")
_RANK = text(
    """
    with asked as (
      select cast(string_agg(quote_literal(lexeme), ' | ') as tsquery) as query
      from unnest(to_tsvector(cast(:language as regconfig), :question))
    )
    select id from corpus, asked where words @@ query order by ts_rank(words, query, 1) desc, id limit :depth
    """
)


async def ts_rank(
    url: str, corpus: Sequence[Document], questions: Sequence[str], *, language: str, depth: int
) -> Found:
    """PostgreSQL's configuration of the language, any of the words, long texts made to count less."""
    configuration = _CONFIGURATIONS.get(language.partition("-")[0].lower(), "simple")
    engine = create_engine(url)
    found, times = [], []
    async with engine.connect() as connection:
        await connection.execute(_CORPUS)
        rows = [{"id": one.id, "content": _whole(one), "language": configuration} for one in corpus]
        await connection.execute(_ADD, rows)
        for question in questions:
            started = time.perf_counter()
            asked = {"question": question, "language": configuration, "depth": depth}
            found.append(list((await connection.execute(_RANK, asked)).scalars().all()))
            times.append(1000 * (time.perf_counter() - started))
    await engine.dispose()
    return Found(found, times)


def _whole(document: Document) -> str:
    return f"{document.title}\n{document.text}"
