"""The report on the indexes of search, as tables for a person or as one object for a program."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from io import StringIO

from rich.console import Console
from rich.table import Table

from adapters.postgres.index_report import IndexReport, IndexState, LargeScope, SizeClass, TableState

_WIDTH = 160


def as_object(report: IndexReport) -> str:
    """Everything, by the names of the report's fields; times are ISO 8601."""
    return json.dumps(asdict(report), default=_plain, indent=2)


def shown(report: IndexReport) -> str:
    """Tables, one below the other."""
    console = Console(file=StringIO(), width=_WIDTH, highlight=False, markup=False)
    console.print(_setting(report))
    for table in (_tables(report.tables), _indexes(report), _scopes(report.sizes)):
        console.print(table, "", sep="\n")
    if remarks := _remarks(report):
        console.print(*remarks, "", sep="\n")
    if report.largest:
        console.print(_largest(report.largest), "", sep="\n")
    console.print(_recalls(report) if report.recall else _no_recall(report))
    file = console.file
    assert isinstance(file, StringIO)
    return "\n".join(line.rstrip() for line in file.getvalue().rstrip().splitlines())


def megabytes(bytes: int) -> str:
    """`521 MB`, `.1 MB` for little."""
    return f"{bytes / 1e6:,.0f} MB" if bytes >= 10_000_000 else f"{bytes / 1e6:.1f} MB"


def _setting(report: IndexReport) -> str:
    beyond = {"auto": "sign planes, rescored", "exact": "exact as well", "hnsw": "HNSW"}[report.mode]
    models = ", ".join(f"{state.model} ({state.vectors:,} vectors of {state.users:,} users)" for state in report.models)
    return (
        f"vector search  {report.mode}: exact up to {report.crossover:,} vectors in scope, above {beyond}\n"
        f"models         {models or 'no vector yet'}\n"
    )


def _tables(states: Sequence[TableState]) -> Table:
    table = _table(
        "table", "rows", "size", "indexes", "dead rows", "whole scans", "last vacuum", "last analyze", left=1
    )
    for state in states:
        table.add_row(
            state.name,
            f"{state.rows:,}",
            megabytes(state.bytes),
            megabytes(state.index_bytes),
            _dead(state),
            f"{state.whole_scans:,}",
            _moment(state.vacuumed_at),
            _moment(state.analyzed_at),
        )
    return table


def _indexes(report: IndexReport) -> Table:
    since = f" since {_moment(report.statistics_since)}" if report.statistics_since else ""
    table = _table("index", "kind", "size", f"scans{since}", "entries read", left=2)
    for state in report.indexes:
        table.add_row(state.name, _kind(state), megabytes(state.bytes), f"{state.scans:,}", f"{state.entries_read:,}")
    return table


def _scopes(sizes: Sequence[SizeClass]) -> Table:
    table = _table("vectors of a user", "users", "vectors", "exact", "planes", "hnsw", left=1)
    for size in sizes:
        table.add_row(
            f"up to {size.up_to:,}" if size.up_to else "more",
            f"{size.users:,}",
            f"{size.vectors:,}",
            *(f"{size.paths[path]:,}" if size.paths[path] else "" for path in ("exact", "planes", "hnsw")),
        )
    return table


def _remarks(report: IndexReport) -> list[str]:
    graphs = [state for state in report.indexes if state.method == "hnsw"]
    remarks = [
        f"{state.name} is INVALID, serves nobody and costs every write: `studiolo index build` drops it."
        for state in report.indexes
        if not state.valid
    ]
    if report.mode == "auto" and report.incomplete:
        remarks.append(
            f"{report.incomplete:,} users above the crossover have vectors without planes; "
            "their searches are exact until a worker has made them."
        )
    if report.mode == "hnsw" and not any(state.valid for state in graphs):
        remarks.append("VECTOR_SEARCH is hnsw, but there is no such index: `studiolo index build` makes it.")
    if report.mode != "hnsw" and graphs:
        remarks.append(f"{graphs[0].name} is not used: VECTOR_SEARCH is {report.mode}.")
    return [f"! {remark}" for remark in remarks]


def _largest(scopes: Sequence[LargeScope]) -> Table:
    table = _table("largest scopes", "model", "vectors", "sources", "path", left=2)
    for scope in scopes:
        table.add_row(f"{scope.user}…", scope.model, f"{scope.vectors:,}", f"{scope.sources:,}", scope.path)
    return table


def _recalls(report: IndexReport) -> Table:
    table = _table("path", "topic", "questions", "recall@10", "worst", "p50 ms", "p95 ms", left=2)
    for state in report.recall:
        table.add_row(
            state.path if state.ef_search is None else f"{state.path}, ef_search {state.ef_search}",
            state.topic,
            str(state.queries),
            f"{state.recall:.4f}",
            f"{state.worst:.2f}",
            f"{state.p50_ms:.1f}",
            f"{state.p95_ms:.1f}",
        )
    return table


def _no_recall(report: IndexReport) -> str:
    if report.largest and report.largest[0].vectors > report.crossover:
        return "recall was not measured"
    return "recall: nobody has more vectors than the crossover, so every search is exact"


def _table(*titles: str, left: int) -> Table:
    """The first columns are text, the others numbers."""
    table = Table(box=None, pad_edge=False)
    for place, title in enumerate(titles):
        table.add_column(title, justify="left" if place < left else "right", no_wrap=True)
    return table


def _kind(state: IndexState) -> str:
    parts = [state.method, f"({state.options})" if state.options else "", "" if state.valid else "INVALID"]
    return " ".join(part for part in parts if part)


def _dead(state: TableState) -> str:
    total = state.rows + state.dead
    return f"{state.dead:,} ({100 * state.dead / total:.0f}%)" if state.dead else "0"


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "never"


def _plain(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat(timespec="seconds")
