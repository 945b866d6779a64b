"""PDF by PDFium. Imported only in the reading process: PDFium is not thread-safe, and hostile files may crash it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from ctypes import c_float
from itertools import islice
from pathlib import Path

import pypdfium2
from pypdfium2 import PdfDocument, PdfiumError
from pypdfium2 import raw as pdfium

from adapters.extraction.language import language_of
from adapters.extraction.layout import Line, lines_of
from adapters.extraction.limits import Limits
from adapters.extraction.metadata import plausible_author, plausible_date
from adapters.extraction.outline import Entry, headings_of
from adapters.extraction.pages import RawPage, flowed, recombined_accents
from adapters.extraction.recognition import recogniser
from domain.library import ExtractedText, UnreadableSource, plausible_title, storable

_PASSWORD_NEEDED = 4
_OUTLINE_ENTRIES = 5_000
_SCAN_CHARACTERS = 20
"""A page with fewer is probably a picture with a page number."""
_FEW = 10
"""Where not even one page in so many is a picture of one, they are covers and plates, and are not read."""
_OBJECTS = 200
_PICTURES = frozenset({pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM})
_PRECOMPOSED = frozenset("àèéìòùÀÈÉÌÒÙáíóúäëïöüâêîôûñãõ")

DAMAGED = "This PDF is damaged and could not be opened. Export or download it again, and upload the new copy."


def read_pdf(
    file: Path, *, limits: Limits, default_language: str, before_recognition: Callable[[], None] = lambda: None
) -> ExtractedText:
    """`before_recognition` is called before each page whose picture is going to be read. Errors: UnreadableSource."""
    # A document of no pages opens, and is refused with the reason why an earlier file did not: give it a harmless one.
    pdfium.FPDF_LoadMemDocument64(b"", 0, None)
    try:
        document = PdfDocument(file)
    except PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD_NEEDED:
            raise UnreadableSource(
                "This PDF needs a password. Save a copy without a password, and upload that."
            ) from error
        raise UnreadableSource(DAMAGED) from error
    with closing(document):
        pages = _pages(document, limits)
        pages = _recognised(document, pages, limits, default_language, before_recognition)
        metadata = _metadata(document)
        if "tex" in metadata.get("Producer", "").lower() or "tex" in metadata.get("Creator", "").lower():
            pages = _with_accents(pages)
        flow = flowed(pages)
        _refuse_without_text(flow.text, len(pages))
        return ExtractedText(
            text=flow.text,
            language=language_of(flow.text, default=default_language),
            pages=flow.pages,
            headings=headings_of(flow.text, flow.pages, list(_outline(document))) or flow.headings,
            title=plausible_title(storable(metadata.get("Title", ""))),
            author=plausible_author(metadata.get("Author")),
            publication_date=plausible_date(metadata.get("CreationDate")),
        )


def _recognised(
    document: PdfDocument,
    pages: list[RawPage],
    limits: Limits,
    default_language: str,
    before_recognition: Callable[[], None],
) -> list[RawPage]:
    """The pages, with the words of those that are pictures of pages, where there are many.

    Errors: UnreadableSource when hardly anything can be read without them, and they cannot be.
    """
    scanned = [
        index for index, page in enumerate(pages) if page.size < _SCAN_CHARACTERS and _is_picture(document, index)
    ]
    if len(scanned) * _FEW < len(pages) or not scanned:
        return pages
    readable = _is_readable(pages)
    if len(scanned) > limits.scanned_pages:
        if readable:
            return pages
        raise UnreadableSource(
            f"This PDF is a scan of {len(scanned):,} pages; at most {limits.scanned_pages} can be recognised at once. "
            "Split it and upload the parts."
        )
    tesseract = recogniser(limits)
    if tesseract is None:
        if readable:
            return pages
        raise UnreadableSource(
            "This PDF is a scan: it has pictures of pages and no text, and text recognition (Tesseract) is not "
            "installed here. Run it through text recognition (OCR) first, and upload the result."
        )
    found = tesseract.read(document, scanned, default_language=default_language, before_page=before_recognition)
    read = [RawPage.of(found[index], label=page.label) if index in found else page for index, page in enumerate(pages)]
    if not _is_readable(read):
        raise UnreadableSource(
            "This PDF is a scan with no text that could be recognised: the pictures are too faint, or have no words."
        )
    return read


def _is_picture(document: PdfDocument, index: int) -> bool:
    """Whether a picture covers most of the page."""
    try:
        with closing(document[index]) as page:
            width, height = page.get_size()
            for at in range(min(pdfium.FPDFPage_CountObjects(page), _OBJECTS)):
                piece = pdfium.FPDFPage_GetObject(page, at)
                if pdfium.FPDFPageObj_GetType(piece) not in _PICTURES:
                    continue
                sides = [c_float() for _ in range(4)]
                if pdfium.FPDFPageObj_GetBounds(piece, *sides):
                    left, bottom, right, top = (side.value for side in sides)
                    if (right - left) * (top - bottom) > 0.5 * width * height:
                        return True
    except PdfiumError:
        return False
    return False


def _pages(document: PdfDocument, limits: Limits) -> list[RawPage]:
    count = len(document)
    if count == 0:
        raise UnreadableSource(DAMAGED)
    if count > limits.pages:
        raise UnreadableSource(f"This PDF has more than {limits.pages:,} pages. Split it and upload the parts.")
    pages: list[RawPage] = []
    broken = characters = 0
    for index in range(count):
        lines: list[Line] = []
        try:
            with closing(document[index]) as page, closing(page.get_textpage()) as letters:
                characters += letters.count_chars()
                if characters > limits.characters:
                    raise UnreadableSource(
                        f"This PDF has more than {limits.characters:,} characters. Split it and upload the parts."
                    )
                lines = lines_of(letters, letters.get_text_range(errors="ignore"))
        except PdfiumError:
            broken += 1  # a page that cannot be drawn does not take the others with it
        pages.append(RawPage(tuple(lines), label=_label(document, index)))
    if broken * 2 >= count:  # what is left would look like the whole
        raise UnreadableSource(DAMAGED)
    return pages


def _label(document: PdfDocument, index: int) -> str | None:
    with suppress(PdfiumError, UnicodeDecodeError):
        return storable(document.get_page_label(index)).strip()[:40] or None
    return None


def _metadata(document: PdfDocument) -> dict[str, str]:
    with suppress(PdfiumError, UnicodeDecodeError):
        return dict(document.get_metadata_dict())
    return {}


def _outline(document: PdfDocument) -> Iterator[Entry]:
    with suppress(PdfiumError, UnicodeDecodeError, RecursionError):
        for bookmark in islice(document.get_toc(max_depth=6), _OUTLINE_ENTRIES):
            target = bookmark.get_dest()
            page = None if target is None else target.get_index()
            title = " ".join(storable(bookmark.get_title()).split())[:300]
            if page is not None and title:
                yield Entry(level=bookmark.level + 1, title=title, page=page)


def _with_accents(pages: list[RawPage]) -> list[RawPage]:
    """Accents recombined, where the font of the whole document draws them apart."""
    joined = [
        RawPage(tuple(line._replace(text=recombined_accents(line.text)) for line in page.lines), label=page.label)
        for page in pages
    ]
    return joined if _accents(joined) > 2 * _accents(pages) else pages


def _accents(pages: list[RawPage]) -> int:
    text = "".join(line.text for page in pages for line in page.lines)
    return sum(map(text.count, _PRECOMPOSED))


def _is_readable(pages: Sequence[RawPage]) -> bool:
    return _is_enough("".join(line.text for page in pages for line in page.lines), len(pages))


def _is_enough(text: str, pages: int) -> bool:
    wanted = 1 if pages == 1 else max(1, _SCAN_CHARACTERS * pages // 4)
    return sum(1 for _ in islice(filter(str.isalnum, text), wanted)) == wanted


def _refuse_without_text(text: str, pages: int) -> None:
    if not _is_enough(text, pages):
        raise UnreadableSource(
            "This PDF has no text that can be read, only pictures or empty pages. "
            "If it is a scan, run it through text recognition (OCR) first, and upload the result."
        )


VERSION = str(pypdfium2.PYPDFIUM_INFO)
