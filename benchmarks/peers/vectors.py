"""Other vector stores over the same vectors: faiss-flat, LanceDB and Chroma, in one process that answers line by line.

Runs in an environment of its own (`environment.sh vectors`). The first line says where the vectors are and whose they
are; then each line builds a store or asks it one question. A question is timed here, so that no store pays for the
pipe.

Each is set up as its users do, where there is a choice to its own advantage: faiss has one exact index for each user
that is asked for, in memory and on one thread; LanceDB has one table of everybody with a bitmap index on the user,
filters first and scans exactly; Chroma has one collection of everybody and its filter on metadata.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

_BATCH = 5_000
_CHROMA_SEARCH = 200


class Rows:
    """The file of vectors, and which rows are whose."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.vectors = np.load(told["vectors"], mmap_mode="r")
        self.users: list[tuple[int, int]] = [tuple(one) for one in told["users"]]
        self.asked_for: list[int] = told["asked_for"]
        self.questions = np.load(told["questions"]).astype(np.float32)
        self.folder = Path(told["folder"])

    def batches(self, size: int) -> Iterator[tuple[int, int, Any]]:
        """User, first row, vectors."""
        for user, (first, count) in enumerate(self.users):
            for start in range(first, first + count, size):
                end = min(start + size, first + count)
                yield user, start, self.vectors[start:end].astype(np.float32)


class FaissFlat:
    def __init__(self, rows: Rows, _: bool) -> None:
        import faiss  # type: ignore[import-not-found]

        faiss.omp_set_num_threads(1)
        self._first = {user: rows.users[user][0] for user in rows.asked_for}
        self._indexes = {}
        for user in rows.asked_for:
            first, count = rows.users[user]
            index = faiss.IndexFlatIP(rows.vectors.shape[1])
            index.add(rows.vectors[first : first + count].astype(np.float32))
            self._indexes[user] = index
        self.size = sum(4 * index.ntotal * index.d for index in self._indexes.values())

    def nearest(self, user: int, question: Any, count: int) -> list[int]:
        _, found = self._indexes[user].search(question[None], count)
        return [self._first[user] + int(row) for row in found[0]]


class LanceDb:
    def __init__(self, rows: Rows, is_built: bool) -> None:
        import lancedb  # type: ignore[import-not-found]
        import pyarrow as pa  # type: ignore[import-not-found]

        width = rows.vectors.shape[1]
        schema = pa.schema([("row", pa.int64()), ("user", pa.int32()), ("vector", pa.list_(pa.float32(), width))])

        def batches() -> Iterator[Any]:
            for user, start, vectors in rows.batches(_BATCH):
                numbers = pa.array(np.arange(start, start + len(vectors)), pa.int64())
                whose = pa.array(np.full(len(vectors), user), pa.int32())
                lists = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel(), pa.float32()), width)
                yield pa.record_batch([numbers, whose, lists], schema=schema)

        folder = rows.folder / "lancedb"
        stored = lancedb.connect(str(folder))
        if is_built:
            self._table = stored.open_table("chunks")
        else:
            reader = pa.RecordBatchReader.from_batches(schema, batches())
            self._table = stored.create_table("chunks", reader, mode="overwrite")
            self._table.create_scalar_index("user", index_type="BITMAP")
        self.size = _size(folder)

    def nearest(self, user: int, question: Any, count: int) -> list[int]:
        asked = self._table.search(question, vector_column_name="vector").distance_type("dot")
        found = asked.where(f"user = {user}", prefilter=True).select(["row"]).limit(count).to_arrow()
        return list(found["row"].to_pylist())


class Chroma:
    def __init__(self, rows: Rows, is_built: bool) -> None:
        import chromadb  # type: ignore[import-not-found]
        from chromadb.config import Settings  # type: ignore[import-not-found]

        folder = rows.folder / "chroma"
        client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
        if is_built:
            self._chunks = client.get_collection("chunks", embedding_function=None)
            self.size = _size(folder)
            return
        graph = {"space": "ip", "ef_construction": 64, "ef_search": _CHROMA_SEARCH, "max_neighbors": 16}
        self._chunks = client.create_collection("chunks", configuration={"hnsw": graph}, embedding_function=None)
        for user, start, vectors in rows.batches(min(_BATCH, client.get_max_batch_size())):
            ids = [str(row) for row in range(start, start + len(vectors))]
            self._chunks.add(ids=ids, embeddings=vectors, metadatas=[{"user": user}] * len(ids))
        self.size = _size(folder)

    def nearest(self, user: int, question: Any, count: int) -> list[int]:
        found = self._chunks.query(query_embeddings=question[None], n_results=count, where={"user": user}, include=[])
        return [int(id) for id in found["ids"][0]]


Store = FaissFlat | LanceDb | Chroma
_STORES: dict[str, type[Store]] = {"faiss-flat": FaissFlat, "lancedb": LanceDb, "chroma": Chroma}


def main() -> None:
    """Until there are no more lines."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    rows = Rows(json.loads(sys.stdin.readline()))
    stores: dict[str, Store] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = _built(asked, rows, stores) if "build" in asked else _found(asked, rows, stores)
        except Exception as error:  # noqa: BLE001  whatever it is, this store has no answer
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(answer), file=answers, flush=True)


def _built(asked: dict[str, Any], rows: Rows, stores: dict[str, Store]) -> dict[str, Any]:
    """Again from what is on disk, where an earlier run had finished it: the figures are then those of that run."""
    name = asked["build"]
    note = rows.folder / f"{name}.json"
    began = time.perf_counter()
    stores[name] = _STORES[name](rows, note.is_file())
    figures: dict[str, Any] = {"seconds": time.perf_counter() - began, "bytes": stores[name].size}
    if not note.is_file():
        note.write_text(json.dumps(figures))
    return dict(json.loads(note.read_text()))


def _found(asked: dict[str, Any], rows: Rows, stores: dict[str, Store]) -> dict[str, Any]:
    question, store = rows.questions[asked["question"]], stores[asked["ask"]]
    began = time.perf_counter()
    found = store.nearest(asked["user"], question, asked["count"])
    return {"seconds": time.perf_counter() - began, "rows": found}


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


if __name__ == "__main__":
    main()
