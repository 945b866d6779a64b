"""Real documents: what must be found in them is found, and every chunk is where it says it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from uuid import UUID

import pytest

from adapters.extraction.pool import ProcessExtractor
from domain.library import ExtractedText, SourceKind, UnreadableSource, chunked, kind_of
from domain.shared import SourceId

SOURCE = SourceId(UUID(int=4))


@pytest.fixture(scope="module")
def extractor() -> Iterator[ProcessExtractor]:
    extractor = ProcessExtractor(processes=2)
    yield extractor
    extractor.close()


async def read(extractor: ProcessExtractor, file: Path) -> ExtractedText:
    """As an upload would be; a web page as if it had been fetched."""
    if file.suffix in {".html", ".htm"}:
        return await extractor.extract(file, kind=SourceKind.URL)
    with file.open("rb") as opened:
        kind = kind_of(opened.read(65_536), filename=file.name, size=file.stat().st_size)
    return await extractor.extract(file, kind=kind, filename=file.name)


def is_scan(name: str) -> bool:
    return "scansione" in name


async def test_what_must_be_found_is_in_the_text_and_chunks_are_where_they_say(
    extractor: ProcessExtractor, shared: Path
) -> None:
    folder = shared / "data" / "docs"
    for name, wanted in json.loads((folder / "EXPECT.json").read_text()).items():
        if is_scan(name):
            continue
        found = await read(extractor, folder / name)
        words = " ".join(found.text.split())
        assert [snippet for snippet in wanted["must_contain"] if snippet not in words] == [], name
        assert [snippet for snippet in wanted.get("must_not_contain_in_main_text", ()) if snippet in words] == [], name
        assert len(found.pages) == wanted.get("pages", 0), name
        chunks = chunked(found, source_id=SOURCE)
        assert all(found.text[chunk.start : chunk.end] == chunk.content for chunk in chunks), name
        assert sum(len(chunk.content.split()) for chunk in chunks) == len(found.text.split()), name


async def test_two_columns_are_read_one_after_the_other(extractor: ProcessExtractor, shared: Path) -> None:
    folder = shared / "data" / "docs" / "pdf"
    names = sorted(folder.glob("*due_colonne*.pdf"))
    assert names
    for file in names:
        # The same words may be drawn in two orders; the truth is one.
        truth = next(folder.glob(f"{file.stem}.truth.txt"), next(folder.glob("*due_colonne*.truth.txt")))
        found = (await read(extractor, file)).text.split()
        assert SequenceMatcher(None, truth.read_text().split(), found, autojunk=False).ratio() > 0.98, file.name


async def test_a_scan_is_recognised_or_refused_in_words(extractor: ProcessExtractor, shared: Path) -> None:
    file = shared / "data/docs/pdf/derived_scansione_costituzione_3p.pdf"
    if shutil.which("tesseract") is None:
        with pytest.raises(UnreadableSource, match="is a scan"):
            await read(extractor, file)
        return
    found = await read(extractor, file)
    truth = file.with_suffix(".truth.txt").read_text().split()
    assert SequenceMatcher(None, truth, found.text.split(), autojunk=False).ratio() > 0.9
    chunks = chunked(found, source_id=SOURCE)
    assert all(found.text[chunk.start : chunk.end] == chunk.content for chunk in chunks)
