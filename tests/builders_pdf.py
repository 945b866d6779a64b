"""Small PDF files, made by hand."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Mapping, Sequence

_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def a_pdf(
    *pages: Sequence[str],
    title: str | None = None,
    author: str | None = None,
    outline: Sequence[tuple[str, int]] = (),
    first_label: int | None = None,
    password: str | None = None,
) -> bytes:
    """Each page is its lines, set in Helvetica. `outline` has titles with the page (from 0) that each points to."""
    objects: dict[int, bytes] = {}
    count = len(pages)
    first_page, first_entry = 10, 10 + 2 * count
    root = b"<< /Type /Catalog /Pages 2 0 R"
    if outline:
        root += b" /Outlines 5 0 R"
    if first_label is not None:
        root += b" /PageLabels << /Nums [0 << /S /D /St %d >>] >>" % first_label
    objects[1] = root + b" >>"
    kids = b" ".join(b"%d 0 R" % (first_page + 2 * index) for index in range(count))
    objects[2] = b"<< /Type /Pages /Count %d /Kids [%b] >>" % (count, kids)
    objects[3] = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    information = b"".join(
        b"/%b %b " % (name, _string(value)) for name, value in ((b"Title", title), (b"Author", author)) if value
    )
    objects[4] = b"<< %b>>" % information
    if outline:
        last = first_entry + len(outline) - 1
        objects[5] = b"<< /Type /Outlines /Count %d /First %d 0 R /Last %d 0 R >>" % (len(outline), first_entry, last)
        for index, (entry, page) in enumerate(outline):
            number = first_entry + index
            following = b" /Next %d 0 R" % (number + 1) if number < last else b""
            before = b" /Prev %d 0 R" % (number - 1) if index else b""
            objects[number] = b"<< /Title %b /Parent 5 0 R /Dest [%d 0 R /Fit]%b%b >>" % (
                _string(entry),
                first_page + 2 * page,
                following,
                before,
            )
    for index, lines in enumerate(pages):
        number = first_page + 2 * index
        content = b"BT /F1 11 Tf 14 TL 60 780 Td " + b" ".join(_string(line) + b" Tj T*" for line in lines) + b" ET"
        objects[number] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (number + 1)
        )
        objects[number + 1] = content
    return _file(objects, streams={first_page + 2 * index + 1 for index in range(count)}, password=password)


def a_drawn_pdf(*pages: Sequence[tuple[float, float, float, str]]) -> bytes:
    """Each page is pieces of text in the order in which they are drawn: x and y in points from below, size, words."""
    whole = a_pdf(*[["x"] for _ in pages])
    for pieces in pages:
        drawn = b"".join(
            b"BT /F1 %.2f Tf %.2f %.2f Td %b Tj ET " % (size, x, y, _string(words)) for x, y, size, words in pieces
        )
        whole = _with_first_content(whole, drawn)
    return _with_places(whole)


def a_scan(*pictures: tuple[int, int, bytes]) -> bytes:
    """Each page is a picture of it and nothing else: width, height, and a byte of grey for each point."""
    count = len(pictures)
    kids = b" ".join(b"%d 0 R" % (10 + 3 * index) for index in range(count))
    objects: dict[int, bytes] = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Count %d /Kids [%b] >>" % (count, kids),
        4: b"<< >>",
    }
    packed: dict[int, bytes] = {}
    for index, (width, height, grey) in enumerate(pictures):
        number = 10 + 3 * index
        objects[number] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /XObject << /P %d 0 R >> >> >>" % (number + 1, number + 2)
        )
        objects[number + 1] = b"q 595 0 0 842 0 0 cm /P Do Q"
        objects[number + 2] = zlib.compress(grey)
        packed[number + 2] = (
            b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8 "
            b"/Filter /FlateDecode" % (width, height)
        )
    streams = {number for number in objects if number >= 10 and number % 3 != 1}
    return _file(objects, streams=streams, password=None, packed=packed)


def a_pdf_bomb(size: int) -> bytes:
    """A page of a few kilobytes that unpacks to `size` bytes of blanks."""
    packed = zlib.compress(bytes(b" " * size), level=1)
    whole = a_pdf(["bomba"])
    start, end = whole.index(b"<< /Length"), whole.index(b"endstream")
    return whole[:start] + b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\n" % (len(packed), packed) + whole[end:]


_PLACEHOLDER = re.compile(rb"<< /Length \d+ *>>\nstream\nBT /F1 11 Tf 14 TL 60 780 Td \(x\) Tj T\* ET\nendstream")


def _with_first_content(whole: bytes, drawn: bytes) -> bytes:
    content = b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawn), drawn)
    return _PLACEHOLDER.sub(lambda _: content, whole, count=1)


def _with_places(whole: bytes) -> bytes:
    """The file with a table of the places where its objects are now."""
    start = whole.index(b"xref\n0 ")
    body = whole[:start]
    trailer = whole[whole.index(b"trailer") : whole.index(b"startxref")]
    places = {int(found[1]): found.start() for found in re.finditer(rb"^(\d+) 0 obj$", body, re.MULTILINE)}
    size = max(places) + 1
    table = b"".join(
        b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n" for number in range(size)
    )
    return body + b"xref\n0 %d\n%b" % (size, table) + trailer + b"startxref\n%d\n%%%%EOF\n" % start


def _file(
    objects: dict[int, bytes],
    *,
    streams: set[int],
    password: str | None,
    packed: Mapping[int, bytes] | None = None,
) -> bytes:
    identity = hashlib.md5(b"studiolo").digest()
    key = None
    trailer = b"/Root 1 0 R /Info 4 0 R /ID [<%b> <%b>]" % (identity.hex().encode(), identity.hex().encode())
    if password is not None:
        key, encryption = _encryption(password, identity)
        objects = {number: body for number, body in objects.items() if number != 4}  # plain strings would be wrong
        trailer = trailer.replace(b" /Info 4 0 R", b"") + b" /Encrypt " + encryption
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places: dict[int, int] = {}
    for number in sorted(objects):
        places[number] = len(out)
        body = objects[number]
        if number in streams:
            if key is not None:
                body = _rc4(hashlib.md5(key + number.to_bytes(3, "little") + b"\0\0").digest()[:10], body)
            more = (packed or {}).get(number, b"")
            body = b"<< /Length %d %b>>\nstream\n%b\nendstream" % (len(body), more, body)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    size = max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
    out += b"trailer << /Size %d %b >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)
    return bytes(out)


def _string(text: str) -> bytes:
    try:
        encoded = text.encode("cp1252")
    except UnicodeEncodeError:
        encoded = b"\xfe\xff" + text.encode("utf-16-be")
    for special in (b"\\", b"(", b")"):
        encoded = encoded.replace(special, b"\\" + special)
    return b"(" + encoded + b")"


def _encryption(password: str, identity: bytes) -> tuple[bytes, bytes]:
    """The key and the dictionary of the standard security handler, revision 2 (40 bits)."""
    padded = (password.encode("latin-1") + _PADDING)[:32]
    owner = _rc4(hashlib.md5(padded).digest()[:5], padded)
    key = hashlib.md5(padded + owner + (-4).to_bytes(4, "little", signed=True) + identity).digest()[:5]
    user = _rc4(key, _PADDING)
    return key, b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%b> /U <%b> >>" % (owner.hex().encode(), user.hex().encode())


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    other = 0
    for index in range(256):
        other = (other + state[index] + key[index % len(key)]) % 256
        state[index], state[other] = state[other], state[index]
    out = bytearray()
    index = other = 0
    for byte in data:
        index = (index + 1) % 256
        other = (other + state[index]) % 256
        state[index], state[other] = state[other], state[index]
        out.append(byte ^ state[(state[index] + state[other]) % 256])
    return bytes(out)
