"""Small DOCX and EPUB files, and zips that lie, made from what a test is about."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from html import escape

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def a_zip(parts: Mapping[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def a_docx(
    *paragraphs: str | tuple[int, str] | Sequence[Sequence[str]],
    title: str = "",
    author: str = "",
    created: str = "",
    more: Mapping[str, str | bytes] | None = None,
    prologue: str = "",
) -> bytes:
    """A paragraph is its words, `(level, words)` for a heading, or the rows of a table."""
    body = "".join(_table(part) if isinstance(part, list) else _paragraph(part) for part in paragraphs)
    properties = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(author)}</dc:creator>"
        f"<dcterms:created>{created}</dcterms:created></cp:coreProperties>"
    )
    return a_zip(
        {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": _RELATIONS,
            "word/document.xml": f'<?xml version="1.0"?>{prologue}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body>'
            "</w:document>",
            "docProps/core.xml": properties,
            **(more or {}),
        }
    )


def _paragraph(part: object) -> str:
    style = ""
    if isinstance(part, tuple):
        style, part = f'<w:pPr><w:pStyle w:val="Heading{part[0]}"/></w:pPr>', part[1]
    return f'<w:p>{style}<w:r><w:t xml:space="preserve">{escape(str(part))}</w:t></w:r></w:p>'


def _table(rows: Sequence[Sequence[str]]) -> str:
    cells = ("".join(f"<w:tc>{_paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


def an_epub(
    *chapters: str,
    title: str = "",
    author: str = "",
    date: str = "",
    language: str = "it",
    contents: Sequence[str] = (),
    more: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """Each chapter is the markup in its body; `contents` is what the table of contents calls them."""
    numbers = range(len(chapters))
    items = "".join(f'<item id="c{n}" href="text/c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in numbers)
    spine = "".join(f'<itemref idref="c{n}"/>' for n in numbers)
    links = "".join(f'<li><a href="text/c{n}.xhtml">{escape(name)}</a></li>' for n, name in enumerate(contents))
    package = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(title)}</dc:title><dc:creator>{escape(author)}'
        f"</dc:creator><dc:date>{date}</dc:date><dc:language>{language}</dc:language></metadata><manifest>{items}"
        '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/></manifest>'
        f"<spine>{spine}</spine></package>"
    )
    return a_zip(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": _CONTAINER,
            "OEBPS/book.opf": package,
            "OEBPS/nav.xhtml": _page(f"<nav><ol>{links}</ol></nav>"),
            **{f"OEBPS/text/c{n}.xhtml": _page(chapter) for n, chapter in enumerate(chapters)},
            **(more or {}),
        }
    )


def _page(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title/>'
        f"</head><body>{body}</body></html>"
    )


def a_zip_of_overlapping_files(honest: bytes, *, copies: int, size: int) -> bytes:
    """A zip with one more packed part that its table of contents names many times over."""
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    kernel = "word/media/kernel"
    whole = a_zip({**parts, kernel: zlib.compress(bytes(range(256)) * (size // 256))})
    end = whole.rindex(b"PK\x05\x06")
    count, _, start = struct.unpack("<HLL", whole[end + 10 : end + 20])
    record = whole.rindex(b"PK\x01\x02", start, end)
    copied = b"".join(
        whole[record:end].replace(kernel.encode(), b"word/media/k%05d" % number) for number in range(copies)
    )
    table = whole[start:record] + copied
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count - 1 + copies, count - 1 + copies, len(table), start, 0)
    return whole[:start] + table + tail


def with_lying_size(data: bytes, name: str, size: int) -> bytes:
    """The zip, which now says in both places that this part unpacks to `size` bytes."""
    out = bytearray(data)
    encoded = name.encode()
    for magic, length_at, header in ((b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)):
        at = out.find(magic)
        while at >= 0:
            if out[at + header : at + header + len(encoded)] == encoded:
                out[at + length_at : at + length_at + 4] = struct.pack("<L", size)
            at = out.find(magic, at + 1)
    return bytes(out)
