"""What a file is, told by its bytes. Names and declared types lie; a name only tells Markdown from other text."""

from __future__ import annotations

import re

from domain.library.extracted import UnreadableSource
from domain.library.source import SourceKind

_HEAD = 1024
_STRAY_CONTROLS = 4
"""So many do not make a short text something else."""
_PDF = re.compile(rb"%PDF-\d")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_MARKDOWN_NAME = re.compile(r"\.(?:md|markdown|mdown|mkd)$", re.IGNORECASE)
_MARKDOWN_MARKS = tuple(
    re.compile(mark, re.MULTILINE)
    for mark in (
        r"^#{1,6} +\S",  # a heading
        r"^(?:```|~~~)",  # fenced code
        r"\*\*[^\s*][^*\n]*\*\*",  # bold
        r"\[[^\]\n]+\]\([^()\s]+\)",  # a link
        r"^[-*+] +\S.*\n[-*+] +\S",  # a list
        r"^\|.+\|\n\|[ :|-]+\|",  # a table
    )
)
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_OTHERS = {
    b"PK\x03\x04": "a zip archive or an office document",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"Rar!": "an archive",
    b"7z\xbc\xaf": "an archive",
    b"\x1f\x8b": "an archive",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
}
_READABLE = "Upload a PDF, a text or a Markdown file."


def kind_of(data: bytes, *, filename: str | None = None) -> SourceKind:
    """The kind of source that these bytes are. Errors: UnreadableSource for what is empty or cannot be read here."""
    if not data or data.isspace():
        raise UnreadableSource("This file is empty.")
    head = data[:_HEAD]
    if _PDF.search(head):
        return SourceKind.PDF
    claims_pdf = filename is not None and filename.lower().endswith(".pdf")
    if _HTML.search(_without_nul(head)):
        what = "This is really a web page, not a PDF." if claims_pdf else "This is a web page."
        raise UnreadableSource(f"{what} Save the page as PDF, or paste its text.")
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            raise UnreadableSource(f"This is {name}, which cannot be read here. {_READABLE}")
    if claims_pdf:
        raise UnreadableSource("This file is called PDF but is not one: it is damaged, or something else.")
    if not _is_text(data):
        raise UnreadableSource(f"This is not a kind of file that can be read here. {_READABLE}")
    if filename is not None and _MARKDOWN_NAME.search(filename):
        return SourceKind.MARKDOWN
    return SourceKind.MARKDOWN if _looks_like_markdown(data) else SourceKind.TEXT


def _is_text(data: bytes) -> bool:
    """Whether hardly any byte is a control character (in UTF-16 every second byte of plain text is NUL)."""
    sample = data[: 64 * _HEAD]
    if sample.startswith(_BYTE_ORDER_MARKS):
        return True
    if sample.count(0) > len(sample) // 3:
        sample = _without_nul(sample)
    controls = sum(sample.count(code) for code in range(32) if code not in {9, 10, 12, 13, 27})
    return controls <= max(_STRAY_CONTROLS, len(sample) // 50)


def _looks_like_markdown(data: bytes) -> bool:
    text = data[: 64 * _HEAD].decode("utf-8", errors="replace").replace("\r\n", "\n")
    return sum(1 for mark in _MARKDOWN_MARKS if mark.search(text)) > 1


def _without_nul(data: bytes) -> bytes:
    return data.replace(b"\0", b"")
