"""Scans: pictures of pages are recognised where Tesseract is installed, and where it is not, that is said."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from tempfile import NamedTemporaryFile
from typing import Any

import pytest

from adapters.extraction.limits import Limits
from adapters.extraction.pool import ProcessExtractor
from domain.library import UnreadableSource
from tests.builders_pdf import a_pdf, a_scan
from tests.reading import extracted

WORDS = [
    "La lingua italiana nasce dal latino parlato,",
    "che si trasforma lentamente nei secoli.",
    "Perché questo accada non è facile da dire.",
]

needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed here")


def scanned(*pages: list[str]) -> bytes:
    """The pages as pictures, at 150 dots per inch."""
    import pypdfium2

    pictures: list[tuple[int, int, bytes]] = []
    with NamedTemporaryFile() as file:
        file.write(a_pdf(*pages))
        file.flush()
        with closing(pypdfium2.PdfDocument(file.name)) as document:
            for index in range(len(document)):
                with closing(document[index]) as page:
                    bitmap: Any = page.render(scale=150 / 72, grayscale=True)
                    data, stride = bytes(bitmap.buffer), bitmap.stride
                    rows = (data[at : at + bitmap.width] for at in range(0, stride * bitmap.height, stride))
                    pictures.append((bitmap.width, bitmap.height, b"".join(rows)))
    return a_scan(*pictures)


@pytest.fixture(scope="module")
def extractor() -> Iterator[ProcessExtractor]:
    extractor = ProcessExtractor(processes=1)
    yield extractor
    extractor.close()


@needs_tesseract
async def test_a_scan_is_recognised_page_by_page(extractor: ProcessExtractor) -> None:
    found = await extracted(extractor, scanned(WORDS, ["La seconda pagina parla di altro."]))
    assert "nasce dal latino parlato, che si trasforma lentamente" in found.text
    assert "Perché questo accada non è facile" in found.text
    assert [page.number for page in found.pages] == [1, 2]
    assert found.text[found.pages[1].start :] == "La seconda pagina parla di altro."
    assert found.language == "it"


@needs_tesseract
async def test_a_scan_without_words_says_so(extractor: ProcessExtractor) -> None:
    with pytest.raises(UnreadableSource, match="no text that could be recognised"):
        await extracted(extractor, scanned([], []))


@needs_tesseract
async def test_recognition_may_take_longer_than_reading_but_not_for_ever() -> None:
    extractor = ProcessExtractor(processes=1, limits=Limits(scan_seconds=0.05))
    try:
        with pytest.raises(UnreadableSource, match="took too long to recognise"):
            await extracted(extractor, scanned(WORDS))
        assert "latino" in (await extracted(extractor, a_pdf(WORDS))).text
    finally:
        extractor.close()


async def test_a_scan_of_too_many_pages_is_refused() -> None:
    extractor = ProcessExtractor(processes=1, limits=Limits(scanned_pages=1))
    try:
        with pytest.raises(UnreadableSource, match="scan of 2 pages; at most 1"):
            await extracted(extractor, a_scan(*[(10, 14, bytes(140))] * 2))
    finally:
        extractor.close()


async def test_without_tesseract_the_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    extractor = ProcessExtractor(processes=1)
    try:
        with pytest.raises(UnreadableSource, match=r"is a scan.*not installed here.*upload the result"):
            await extracted(extractor, a_scan((10, 14, bytes(140))))
    finally:
        extractor.close()


async def test_a_cover_that_is_a_picture_is_not_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would make the book wait, and says what the title says."""
    monkeypatch.setenv("PATH", "")
    extractor = ProcessExtractor(processes=1)
    try:
        found = await extracted(extractor, a_pdf([], *[WORDS] * 3))
    finally:
        extractor.close()
    assert len(found.pages) == 4
