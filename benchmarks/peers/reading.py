"""The pipeline that one would otherwise write: a loader of langchain-community, then its recursive splitter.

Runs in an environment of its own (`environment.sh reading`). Reads one JSON object a line ({"file", "expected",
"unwanted"}) and answers each with one: how long loading and splitting took, the chunks, and what of the expected words
is in the text.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from pathlib import Path
from typing import Any

_PAGES = {".html", ".htm", ".xhtml"}


def _documents(file: Path) -> list[Any]:
    """By the suffix, as one would: PDF page by page, a web page and a DOCX whole, anything else as text."""
    from langchain_community.document_loaders import (  # type: ignore[import-not-found]
        BSHTMLLoader,
        Docx2txtLoader,
        PyPDFLoader,
        TextLoader,
    )

    suffix = file.suffix.lower()
    if suffix == ".pdf":
        loader = PyPDFLoader(str(file))
    elif suffix in _PAGES:
        loader = BSHTMLLoader(str(file))
    elif suffix == ".docx":
        loader = Docx2txtLoader(str(file))
    else:
        loader = TextLoader(str(file), autodetect_encoding=True)
    return list(loader.load())


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # type: ignore[import-not-found]

    began = time.perf_counter()
    try:
        documents = _documents(Path(asked["file"]))
        splitter = RecursiveCharacterTextSplitter(chunk_size=1_000, chunk_overlap=200, add_start_index=True)
        chunks = splitter.split_documents(documents)
    except Exception as error:  # noqa: BLE001  whatever it is, this file was not read
        return {"seconds": time.perf_counter() - began, "error": f"{type(error).__name__}: {error}"[:200]}
    seconds = time.perf_counter() - began
    text = " ".join(" ".join(document.page_content for document in documents).split())
    return {
        "seconds": seconds,
        "chunks": len(chunks),
        "found": sum(words in text for words in asked["expected"]),
        "unwanted": sum(words in text for words in asked["unwanted"]),
    }


def main() -> None:
    """Until there are no more lines."""
    warnings.simplefilter("ignore")
    logging.disable()
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
