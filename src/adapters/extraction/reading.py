"""A file in, text out: which reader for which kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from adapters.extraction.limits import Limits
from domain.library import ExtractedText, SourceKind, UnreadableSource, is_web_page, kind_of

_HEAD = 64 * 1024
_TEXTS = frozenset({SourceKind.TEXT, SourceKind.MARKDOWN})


def read(
    file: Path,
    *,
    kind: SourceKind,
    filename: str | None = None,
    url: str | None = None,
    charset: str | None = None,
    limits: Limits,
    default_language: str,
    before_recognition: Callable[[], None] = lambda: None,
) -> ExtractedText:
    """Read as the kind that the file was found to be when it was added, if it is that; from the web, whatever it is.

    `before_recognition` is called when pictures of pages are going to be read, which takes long.
    Readers are imported when they are needed: each brings a library of its own.
    Errors: UnreadableSource, OSError when the file is not there.
    """
    with file.open("rb") as opened:
        head = opened.read(_HEAD)
    if not head or (len(head) < _HEAD and head.isspace()):
        raise UnreadableSource("This file is empty.")
    if kind is SourceKind.URL and is_web_page(head):
        from adapters.extraction.web_page import read_web_page

        return read_web_page(file, url=url, charset=charset, limits=limits, default_language=default_language)
    if kind not in _TEXTS:  # what was pasted as text is text, whatever it begins with
        kind = _verified(head, kind, filename)
    if kind is SourceKind.PDF:
        from adapters.extraction.pdf import read_pdf

        return read_pdf(file, limits=limits, default_language=default_language, before_recognition=before_recognition)
    if kind is SourceKind.DOCX:
        from adapters.extraction.docx import read_docx

        return read_docx(file, limits=limits, default_language=default_language)
    if kind is SourceKind.EPUB:
        from adapters.extraction.epub import read_epub

        return read_epub(file, limits=limits, default_language=default_language)
    from adapters.extraction.plain import read_markdown, read_text

    reader = read_markdown if kind is SourceKind.MARKDOWN else read_text
    return reader(file.read_bytes(), charset=charset, limits=limits, default_language=default_language)


def _verified(head: bytes, kind: SourceKind, filename: str | None) -> SourceKind:
    """Errors: UnreadableSource."""
    if kind is SourceKind.URL:
        return kind_of(head)
    found = kind_of(head, filename=filename or f"source.{kind.lower()}")
    if found is not kind:
        raise UnreadableSource(f"This file is called {kind} but is not one: it is damaged, or something else.")
    return found
