"""What a file is, told by its first bytes. Names and declared types lie; a name helps where bytes leave it open."""

from __future__ import annotations

import re

from domain.library.extracted import UnreadableSource
from domain.library.source import SourceKind

_HEAD = 1024
_STRAY_CONTROLS = 4
"""So many do not make a short text something else."""
_PDF = re.compile(rb"%PDF-\d")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_LOOSE_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*|<\?.*?\?>\s*)*<(?:!doctype\s+html|html|head|body|title|meta|link|div|article|main|section|p|h1)"
    rb"[\s>]",
    re.IGNORECASE | re.DOTALL,
)
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
_ZIP = b"PK\x03\x04"
_ZIP_ENTRY = re.compile(rb"PK\x03\x04.{22}(..)..", re.DOTALL)
_OTHERS = {
    b"\xd0\xcf\x11\xe0": "an old office document, or one with a password",
    b"PK\x05\x06": "an empty zip archive",
    b"{\\rtf": "an RTF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"Rar!": "an archive",
    b"7z\xbc\xaf": "an archive",
    b"\x1f\x8b": "an archive",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
}
_OFFICE = {b"xl/": "a spreadsheet", b"ppt/": "a presentation"}
_READABLE = "Upload a PDF, DOCX, EPUB, Markdown or text file."


def kind_of(head: bytes, *, filename: str | None = None, size: int | None = None) -> SourceKind:
    """The kind of source that a file is that begins with these bytes (64 KiB are enough) and has `size` in all.

    Errors: UnreadableSource for what is empty or cannot be read here.
    """
    if size == 0 or not head or (head.isspace() and (size is None or size <= len(head))):
        raise UnreadableSource("This file is empty.")
    if _PDF.search(head, 0, _HEAD):
        return SourceKind.PDF
    named = "" if filename is None else filename.lower()
    claims_pdf = named.endswith(".pdf")
    if _HTML.search(_without_nul(head[:_HEAD])):
        what = "This is really a web page, not a PDF." if claims_pdf else "This is a web page."
        raise UnreadableSource(f"{what} Add it by its address, save the page as PDF, or paste its text.")
    if head.startswith(_ZIP):
        kind = _kind_of_zip(head, named)
        if claims_pdf:
            raise UnreadableSource(
                f"This is really {'an office document (DOCX)' if kind is SourceKind.DOCX else 'an e-book (EPUB)'}, "
                "not a PDF. Give it its right name, and upload it again."
            )
        return kind
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            raise UnreadableSource(f"This is {name}, which cannot be read here. {_READABLE}")
    if claims_pdf:
        raise UnreadableSource("This file is called PDF but is not one: it is damaged, or something else.")
    if not _is_text(head):
        raise UnreadableSource(f"This is not a kind of file that can be read here. {_READABLE}")
    if filename is not None and _MARKDOWN_NAME.search(filename):
        return SourceKind.MARKDOWN
    return SourceKind.MARKDOWN if _looks_like_markdown(head) else SourceKind.TEXT


def is_web_page(head: bytes) -> bool:
    """Whether these bytes from the web begin a page of HTML; a page need not begin as it should."""
    head = _without_nul(head)
    return (
        _HTML.search(head, 0, _HEAD) is not None or _LOOSE_HTML.match(head.lstrip(b"\xef\xbb\xbf\xff\xfe")) is not None
    )


def _kind_of_zip(head: bytes, named: str) -> SourceKind:
    """By the names of the first things in it; by its own name where these leave it open. The reader verifies it."""
    entries = [_entry(head, found) for found in _ZIP_ENTRY.finditer(head)]
    if any(name == b"META-INF/container.xml" for name, _ in entries) or _says(entries, b"application/epub+zip"):
        return SourceKind.EPUB
    if any(name.startswith(b"word/") for name, _ in entries):
        return SourceKind.DOCX
    what = "a zip archive"
    for folder, name in _OFFICE.items():
        if any(entry.startswith(folder) for entry, _ in entries):
            what = name
    if _says(entries, b"application/vnd.oasis.opendocument"):
        what = "an OpenDocument file"
    if what == "a zip archive" and named.endswith((".docx", ".epub")):
        return SourceKind.DOCX if named.endswith(".docx") else SourceKind.EPUB
    raise UnreadableSource(f"This is {what}, which cannot be read here. {_READABLE}")


def _entry(head: bytes, found: re.Match[bytes]) -> tuple[bytes, bytes]:
    """The name of a thing in a zip, and the bytes after it: its content, where it is not packed."""
    length = int.from_bytes(found[1], "little")
    return head[found.end() : found.end() + length], head[found.end() + length : found.end() + length + 64]


def _says(entries: list[tuple[bytes, bytes]], declared: bytes) -> bool:
    return any(name == b"mimetype" and content.startswith(declared) for name, content in entries)


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
