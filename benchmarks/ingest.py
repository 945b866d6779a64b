"""How fast and how well files are read, beside the pipeline that one would otherwise write.

    .venv/bin/python -m benchmarks.ingest --docs DIR [--hostile DIR] [--json] [--no-peer]

Each file of DIR goes through the product's own extractor (its pool of processes) and is cut into chunks; then the same
file goes through langchain-community's loader and RecursiveCharacterTextSplitter, in an environment of its own
(benchmarks/peers). Both sides have read a small file of each kind before, unmeasured. DIR/EXPECT.json says which words
the text must and must not have; without it every file of DIR is read. DIR/MANIFEST.json of the hostile folder says what
should become of each file: its outcome, within the limits of time and memory, and the pool works on.

Throughput is that of the PDF files out of which both sides got text: a page that is only an image has to be recognised,
which the other pipeline does not do.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from adapters.extraction.limits import Limits
from adapters.extraction.pool import ProcessExtractor
from benchmarks._evaluation_data import SHARED
from benchmarks._outcomes import is_as_expected, outcome_of
from benchmarks._peer import Peer, PeerReading
from benchmarks._reading import read

_TARGET = 5.0
_NOT_DOCUMENTS = {".json", ".md5", ".sha256"}
_TOLERANCE = 1.05
"""Of the limits of time: stopping a process takes a moment, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file with what is expected of it."""

    name: str
    file: Path
    expected: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()


def main() -> None:
    options = _options()
    if options.docs is None:
        print("ingest: left out, no documents are on this machine; name a folder with --docs")
        return
    for folder in filter(None, (options.docs, options.hostile)):
        if not folder.is_dir():
            sys.exit(f"ingest: {folder} is not a folder")
    # What the pool says of processes that died is not our answer.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    results = _run(options)
    if options.json:
        json.dump(results, sys.stdout, ensure_ascii=False)
        print()
    else:
        _print(results)


def _run(options: argparse.Namespace) -> dict[str, Any]:
    limits = Limits()
    documents = _documents(options.docs)
    with ExitStack() as stack:
        extractor = ProcessExtractor(processes=1, limits=limits)
        stack.callback(extractor.close)
        peer = None if options.no_peer else _peer(stack)
        for file in _smallest_of_each_kind(documents):
            read(extractor, file)
            if peer is not None:
                peer.read(file)
        rows = [_compared(document, extractor, peer) for document in documents]
    hostile = [_survived(case, options.hostile, limits) for case in _cases(options.hostile)]
    return {**_summary(rows), "documents": rows, "hostile": hostile}


def _peer(stack: ExitStack) -> Peer | None:
    try:
        return stack.enter_context(Peer())
    except subprocess.CalledProcessError:
        print("ingest: the peer pipeline could not be installed: only our side is measured", file=sys.stderr)
        return None


def _documents(folder: Path) -> list[Document]:
    told = folder / "EXPECT.json"
    if not told.is_file():
        files = sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix not in _NOT_DOCUMENTS)
        return [Document(name=str(file.relative_to(folder)), file=file) for file in files]
    return [
        Document(
            name=name,
            file=folder / name,
            expected=tuple(" ".join(words.split()) for words in wanted.get("must_contain", ())),
            unwanted=tuple(
                " ".join(words.split())
                for key, several in wanted.items()
                if key.startswith("must_not_contain")
                for words in several
            ),
        )
        for name, wanted in json.loads(told.read_text()).items()
        if (folder / name).is_file()
    ]


def _smallest_of_each_kind(documents: list[Document]) -> list[Path]:
    smallest: dict[str, Path] = {}
    for document in sorted(documents, key=lambda each: each.file.stat().st_size):
        smallest.setdefault(document.file.suffix.lower(), document.file)
    return list(smallest.values())


def _compared(document: Document, extractor: ProcessExtractor, peer: Peer | None) -> dict[str, Any]:
    ours = read(extractor, document.file)
    theirs = None
    if peer is not None:
        theirs = peer.read(document.file, expected=document.expected, unwanted=document.unwanted)
    found = sum(words in ours.folded for words in document.expected)
    unwanted = sum(words in ours.folded for words in document.unwanted)
    row: dict[str, Any] = {
        "file": document.name,
        "ok": found == len(document.expected) and not unwanted and ours.is_exact,
        "found": found,
        "expected": len(document.expected),
        "unwanted": unwanted,
        "unwanted_of": len(document.unwanted),
        "chunks": len(ours.chunks),
        "pages": len(ours.extracted.pages) if ours.extracted else 0,
        "characters": len(ours.extracted.text) if ours.extracted else 0,
        "seconds": round(ours.seconds, 4),
        "peak_mb": round(ours.peak_mb, 1),
        "message": ours.refusal or ours.crash,
    }
    if theirs is not None:
        row["peer"] = _told(theirs)
    return row


def _told(theirs: PeerReading) -> dict[str, Any]:
    return {
        "seconds": round(theirs.seconds, 4),
        "chunks": theirs.chunks,
        "found": theirs.found,
        "unwanted": theirs.unwanted,
        "error": theirs.error,
    }


def _cases(folder: Path | None) -> Iterator[Mapping[str, Any]]:
    if folder is None:
        return
    told = folder / "MANIFEST.json"
    if told.is_file():
        yield from (case for case in json.loads(told.read_text()) if (folder / case["file"]).is_file())
    else:
        files = sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix not in _NOT_DOCUMENTS)
        yield from ({"file": str(file.relative_to(folder)), "expect": "any_no_crash"} for file in files)


def _survived(case: Mapping[str, Any], folder: Path, limits: Limits) -> dict[str, Any]:
    """Read by a process that has read nothing but a word before; afterwards the pool must read that word again."""
    extractor = ProcessExtractor(processes=1, limits=limits)
    try:
        with tempfile.TemporaryDirectory() as made:
            word = Path(made) / "parola.txt"
            word.write_text("Una parola soltanto.")
            read(extractor, word)
            reading = read(extractor, folder / case["file"])
            alive = outcome_of(read(extractor, word)) == "ok"
    finally:
        extractor.close()
    outcome = outcome_of(reading)
    within = reading.seconds <= limits.seconds * _TOLERANCE and reading.peak_mb * 2**20 <= limits.memory_bytes
    return {
        "file": case["file"],
        "expect": case["expect"],
        "outcome": outcome,
        "ok": alive and within and is_as_expected(outcome, case["expect"]),
        "seconds": round(reading.seconds, 3),
        "peak_mb": round(reading.peak_mb, 1),
        "message": reading.refusal or reading.crash,
    }


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    has_peer = any("peer" in row for row in rows)
    paged = [row for row in rows if row["pages"] and row["chunks"] and (not has_peer or row["peer"]["chunks"])]
    read_by_both = [row for row in rows if row["chunks"] and (not has_peer or row["peer"]["chunks"])]
    pages, expected = sum(row["pages"] for row in paged), sum(row["expected"] for row in rows)
    unwanted_of = sum(row["unwanted_of"] for row in rows)
    told: dict[str, Any] = {
        "pages_per_s": _rate(pages, sum(row["seconds"] for row in paged)),
        "peer_pages_per_s": None,
        "chunks_per_s": _rate(sum(row["chunks"] for row in read_by_both), sum(row["seconds"] for row in read_by_both)),
        "peer_chunks_per_s": None,
        "must_contain": _rate(sum(row["found"] for row in rows), expected, 4),
        "peer_must_contain": None,
        "must_not_contain": _rate(sum(row["unwanted"] for row in rows), unwanted_of, 4),
        "peer_must_not_contain": None,
    }
    if has_peer:
        theirs = [row["peer"] for row in rows]
        told["peer_pages_per_s"] = _rate(pages, sum(row["peer"]["seconds"] for row in paged))
        told["peer_chunks_per_s"] = _rate(
            sum(row["peer"]["chunks"] for row in read_by_both), sum(row["peer"]["seconds"] for row in read_by_both)
        )
        told["peer_must_contain"] = _rate(sum(one["found"] for one in theirs), expected, 4)
        told["peer_must_not_contain"] = _rate(sum(one["unwanted"] for one in theirs), unwanted_of, 4)
    return told


def _rate(count: float, of: float, digits: int = 2) -> float | None:
    return round(count / of, digits) if of else None


def _print(results: Mapping[str, Any]) -> None:
    print("| document | pages | chunks | s | words found | unwanted | peer s | peer words | peer unwanted | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for row in results["documents"]:
        peer = row.get("peer")
        theirs = ["", "", "", ""]
        if peer is not None:
            theirs = [f"{peer['seconds']:.2f}", f"{peer['found']}/{row['expected']}", str(peer["unwanted"])]
            theirs.append(f"{peer['seconds'] / row['seconds']:.1f}")
            if peer["error"] or not peer["chunks"]:
                theirs = [theirs[0], peer["error"].partition(":")[0] if peer["error"] else "no text", "", ""]
        ours = [row["pages"] or "", row["chunks"], f"{row['seconds']:.2f}", f"{row['found']}/{row['expected']}"]
        print("|", " | ".join(map(str, [row["file"], *ours, row["unwanted"], *theirs])), "|")
        if row["message"]:
            print(f"|   {row['message']} |")
    print()
    ours_s, theirs_s = results["pages_per_s"], results["peer_pages_per_s"]
    print(f"PDF pages a second: {ours_s}", end="")
    print(f", peer {theirs_s}: {ours_s / theirs_s:.1f} times (target {_TARGET:g})" if ours_s and theirs_s else "")
    print(f"chunks a second: {results['chunks_per_s']}, peer {results['peer_chunks_per_s']}")
    print(f"expected words found: {results['must_contain']}, peer {results['peer_must_contain']}")
    print(f"unwanted words found: {results['must_not_contain']}, peer {results['peer_must_not_contain']}")
    if results["hostile"]:
        _print_hostile(results["hostile"])


def _print_hostile(cases: list[dict[str, Any]]) -> None:
    print()
    print("| hostile file | expected | outcome | | s | peak MB | what the user reads |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for case in cases:
        verdict = "" if case["ok"] else "**not ok**"
        told = [case["file"], case["expect"], case["outcome"], verdict, case["seconds"], case["peak_mb"]]
        print("|", " | ".join(map(str, [*told, case["message"] or ""])), "|")
    print()
    print(f"as expected: {sum(case['ok'] for case in cases)} of {len(cases)}")


def _options() -> argparse.Namespace:
    shared = SHARED / "data"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, default=_if_there(shared / "docs"))
    parser.add_argument("--hostile", type=Path, default=None)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--no-peer", action="store_true", help="measure only our side")
    return parser.parse_args()


def _if_there(folder: Path) -> Path | None:
    return folder if folder.is_dir() else None


if __name__ == "__main__":
    main()
