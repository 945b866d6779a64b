"""The figures of `vector_search` as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def print_tables(results: Mapping[str, Any]) -> None:
    """Ours by size of the user, then ours beside each peer; both as Markdown."""
    rows = {size: row for size, row in results.items() if size != "peers"}
    some = next(iter(rows.values()))
    planes = "no planes" if some["build_s"] is None else f"planes {some['planes_mb']} MB, made in {some['build_s']} s"
    print(f"{some['table_chunks']} chunks of {some['users']} users; load before {some['load_before']}")
    print(f"vectors {some['vectors_mb']} MB; {planes}")
    print()
    times = "dense p50 / p95 ms | recall on / off | fused, inside p50 / p95 | fused, waited for | GraphQL"
    print(f"| chunks | path | {times} |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for size, row in rows.items():
        fused = [_pair(row[way]) for way in ("fused_inside", "fused_statement", "graphql")]
        print("|", " | ".join([f"{int(size):,}", row["path"], _pair(row), _recalls(row), *fused]), "|")
    print()
    print("| | build s | MB |", " | ".join(f"{int(size):,}: p50 / p95 ms, recall on / off" for size in rows), "|")
    print("| --- | --- | --- |", " | ".join("---" for _ in rows), "|")
    ours = [f"{_pair(row)}, {_recalls(row)}" for row in rows.values()]
    print("|", " | ".join(["**ours**", str(some["build_s"] or ""), str(some["planes_mb"] or ""), *ours]), "|")
    for name, peer in results["peers"].items():
        theirs = [f"{_pair(peer[size])}, {_recalls(peer[size])}" if size in peer else "" for size in rows]
        print("|", " | ".join([name, str(peer["build_s"]), str(peer["mb"]), *theirs]), "|")


def _pair(row: Mapping[str, Any]) -> str:
    return f"{row['p50_ms']:.1f} / {row['p95_ms']:.1f}"


def _recalls(row: Mapping[str, Any]) -> str:
    return f"{row['on_topic']['recall@10']:.3f} / {row['off_topic']['recall@10']:.3f}"
