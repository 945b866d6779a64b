"""PDF by PDFium. Imported only in the reading process: PDFium is not thread-safe, and hostile files may crash it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import islice

import pypdfium2
from pypdfium2 import PdfDocument, PdfiumError

from adapters.extraction.language import language_of
from adapters.extraction.limits import Limits
from adapters.extraction.outline import Entry, headings_of
from adapters.extraction.pages import RawPage, flowed, recombined_accents
from domain.library import ExtractedText, UnreadableSource, plausible_title, storable

_PASSWORD_NEEDED = 4
_OUTLINE_ENTRIES = 5_000
_SCAN_CHARACTERS = 20
"""A page with fewer is probably a picture with a page number."""
_PRECOMPOSED = frozenset("àèéìòùÀÈÉÌÒÙáíóúäëïöüâêîôûñãõ")

DAMAGED = "This PDF is damaged and could not be opened. Export or download it again, and upload the new copy."


def read_pdf(data: bytes, *, limits: Limits, default_language: str) -> ExtractedText:
    """Errors: UnreadableSource."""
    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD_NEEDED:
            raise UnreadableSource(
                "This PDF needs a password. Save a copy without a password, and upload that."
            ) from error
        raise UnreadableSource(DAMAGED) from error
    with closing(document):
        pages = _pages(document, limits)
        metadata = _metadata(document)
        if "tex" in metadata.get("Producer", "").lower() or "tex" in metadata.get("Creator", "").lower():
            pages = _with_accents(pages)
        text, spans = flowed(pages)
        _refuse_without_text(text, len(pages))
        return ExtractedText(
            text=text,
            language=language_of(text, default=default_language),
            pages=spans,
            headings=headings_of(text, spans, list(_outline(document))),
            title=plausible_title(storable(metadata.get("Title", ""))),
            author=" ".join(storable(metadata.get("Author", "")).split())[:200] or None,
        )


def _pages(document: PdfDocument, limits: Limits) -> list[RawPage]:
    count = len(document)
    if count == 0:
        raise UnreadableSource(DAMAGED)
    if count > limits.pages:
        raise UnreadableSource(f"This PDF has more than {limits.pages:,} pages. Split it and upload the parts.")
    pages: list[RawPage] = []
    broken = characters = 0
    for index in range(count):
        text = ""
        try:
            with closing(document[index]) as page, closing(page.get_textpage()) as letters:
                characters += letters.count_chars()
                if characters > limits.characters:
                    raise UnreadableSource(
                        f"This PDF has more than {limits.characters:,} characters. Split it and upload the parts."
                    )
                text = letters.get_text_range(errors="ignore")
        except PdfiumError:
            broken += 1  # a page that cannot be drawn does not take the others with it
        pages.append(RawPage(text=text, label=_label(document, index)))
    if broken == count:
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
    joined = [RawPage(text=recombined_accents(page.text), label=page.label) for page in pages]
    before = sum(character in _PRECOMPOSED for page in pages for character in page.text)
    after = sum(character in _PRECOMPOSED for page in joined for character in page.text)
    return joined if after > 2 * before else pages


def _refuse_without_text(text: str, pages: int) -> None:
    letters = sum(1 for character in text if character.isalnum())
    if letters == 0 or (pages > 1 and letters < _SCAN_CHARACTERS * pages // 4):
        raise UnreadableSource(
            "This PDF has no text that can be read, only pictures of pages (a scan) or empty pages. "
            "Run it through text recognition (OCR) first, and upload the result."
        )


VERSION = str(pypdfium2.PYPDFIUM_INFO)
