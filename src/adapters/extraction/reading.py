"""Bytes in, text out: which reader for which kind."""

from __future__ import annotations

from adapters.extraction.limits import Limits
from adapters.extraction.plain import read_markdown, read_text
from domain.library import ExtractedText, SourceKind, UnreadableSource, kind_of


def read(
    data: bytes, *, kind: SourceKind, filename: str | None, limits: Limits, default_language: str
) -> ExtractedText:
    """Read as the kind that these bytes were found to be when they were added; for PDF that is looked at again.

    Errors: UnreadableSource.
    """
    if not data or data.isspace():
        raise UnreadableSource("This file is empty.")
    if kind is SourceKind.PDF:
        if kind_of(data, filename=filename or "source.pdf") is not SourceKind.PDF:
            raise UnreadableSource("This file is called PDF but is not one: it is damaged, or something else.")
        from adapters.extraction.pdf import read_pdf

        return read_pdf(data, limits=limits, default_language=default_language)
    if kind is SourceKind.MARKDOWN:
        return read_markdown(data, limits=limits, default_language=default_language)
    if kind is SourceKind.TEXT:
        return read_text(data, limits=limits, default_language=default_language)
    raise UnreadableSource("This is not a kind of file that can be read here. Upload a PDF, a text or a Markdown file.")
