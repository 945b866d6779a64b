"""`studiolo index`: the indexes that searches stand on, seen and looked after while searches go on."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from entrypoints.cli.operating import DataDir

if TYPE_CHECKING:
    from entrypoints.settings import Settings

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    help="See and look after the indexes of search, as the owner of the tables, while searches and ingestion go on.",
)

_INTERRUPTED = 130


@app.command()
def report(
    data_dir: DataDir = None,
    sample: Annotated[
        int, typer.Option("--sample", metavar="N", min=0, max=10_000, help="Questions of each kind; 0: no recall.")
    ] = 20,
    ef_search: Annotated[
        list[int] | None,
        typer.Option(
            "--ef-search",
            metavar="N",
            min=1,
            max=1_000,
            help="Measure HNSW with this instead of HNSW_EF_SEARCH; may be given several times.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another one draws other questions.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")] = False,
) -> None:
    """Print size, use, dead rows, whose scopes take which path, and recall@10 of each path against the exact scan.

    Reads no text: counts, and vectors for the sample. Without a scope above VECTOR_CROSSOVER every search is exact.
    """
    from adapters.postgres import index_report
    from entrypoints.bootstrap.vectors import vector_search
    from entrypoints.cli.index_view import as_object, shown

    settings, url = _owners(data_dir)
    found = _done(
        index_report.report(
            url,
            search=vector_search(settings),
            queries=sample,
            seed=seed,
            ef_search=ef_search or (),
            prepared_statements=settings.database_prepared_statements,
        )
    )
    print(as_object(found) if as_json else shown(found))


@app.command()
def build(
    data_dir: DataDir = None,
    m: Annotated[
        int | None, typer.Option("--m", metavar="N", min=2, max=100, help="Links of a vector; default: HNSW_M.")
    ] = None,
    ef_construction: Annotated[
        int | None,
        typer.Option(
            "--ef-construction",
            metavar="N",
            min=4,
            max=1_000,
            help="Candidates for the links of a vector; default: HNSW_EF_CONSTRUCTION.",
        ),
    ] = None,
    memory: Annotated[
        str | None,
        typer.Option("--memory", metavar="SIZE", help="For the build (2GB); default: maintenance_work_mem."),
    ] = None,
) -> None:
    """Make the HNSW index, concurrently; searches use it only with VECTOR_SEARCH=hnsw.

    One with other settings is replaced when the new one is whole. May be interrupted, and said again.
    """
    from adapters.postgres import vector_index

    settings, url = _owners(data_dir)
    made = _done(
        vector_index.build(
            url,
            m=m or settings.hnsw_m,
            ef_construction=ef_construction or settings.hnsw_ef_construction,
            memory=memory,
            tell=_tell,
        )
    )
    print(f"{made.name}: {_megabytes(made.bytes)}, m {made.m}, ef_construction {made.ef_construction}")
    if settings.vector_search != "hnsw":
        print(f"No search uses it yet: VECTOR_SEARCH is {settings.vector_search}.")


@app.command()
def rebuild(data_dir: DataDir = None) -> None:
    """Make every index of the search path anew, one after another, concurrently: after much was deleted.

    Needs room on the disk for the largest of them once more. May be interrupted, and said again.
    """
    from adapters.postgres import vector_index

    _, url = _owners(data_dir)
    for before, after in _done(vector_index.rebuild(url, tell=_tell)):
        print(f"{after.name}: {_megabytes(before.bytes)} -> {_megabytes(after.bytes)}")


@app.command()
def drop(data_dir: DataDir = None) -> None:
    """Drop the HNSW index, concurrently, and what a broken build of it left."""
    from adapters.postgres import vector_index

    settings, url = _owners(data_dir)
    print("dropped" if _done(vector_index.drop(url, tell=_tell)) else "There is no HNSW index.")
    if settings.vector_search == "hnsw":
        print("VECTOR_SEARCH is hnsw: set it to auto, or build the index again.")


def _owners(data_dir: Path | None) -> tuple[Settings, str]:
    """The settings, and the address that migrations take. Errors: InvalidSettings, NothingRuns."""
    from entrypoints.cli.running_stack import completed
    from entrypoints.settings import load_settings

    settings = completed(load_settings(data_dir=data_dir), "owner", broker=False)
    assert settings.migrations_url is not None
    return settings, settings.migrations_url


def _done(work: Coroutine[Any, Any, T]) -> T:
    """What it comes to; what cannot be is one line, and exit status 1."""
    from domain.shared import StudioloError

    try:
        return asyncio.run(work)
    except StudioloError as error:
        print(f"studiolo: {error.message}", file=sys.stderr)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as interruption:
        print("studiolo: interrupted; what was there before is as it was.", file=sys.stderr)
        raise typer.Exit(_INTERRUPTED) from interruption


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _megabytes(bytes: int) -> str:
    from entrypoints.cli.index_view import megabytes

    return megabytes(bytes)
