"""Text and Markdown: decoded honestly, kept as written."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import pairwise

from markdown_it import MarkdownIt

from adapters.extraction.language import language_of
from adapters.extraction.limits import Limits
from domain.library import ExtractedText, Heading, UnreadableSource, plausible_title, storable

_FRONT_MATTER = re.compile(r"---\n(?:.*\n){0,60}?(?:---|\.\.\.)\n")
_TITLE = re.compile(r"^title:\s*(?P<quote>[\"']?)(?P<title>.+?)(?P=quote)\s*$", re.MULTILINE)
_LONGEST_HEADING = 300
_CHARSET = re.compile(
    r"(?:us-)?ascii|(?:iso|windows|cp|koi8|euc|shift|sjis|gb|big5|mac|utf-?(?:8|16|32)|latin|l\d)", re.IGNORECASE
)
_WIDER = {"iso8859-1": "cp1252", "ascii": "cp1252", "utf-8": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decoded(data: bytes, *, declared: str | None = None) -> str:
    """The text of these bytes: by its byte-order mark, its zeros (UTF-16), as UTF-8, as was declared, or as cp1252.

    Italian in cp1252 is what detectors by statistics get wrong, and what old files are in.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    utf16 = _utf16_without_mark(data)
    if utf16 is not None:
        return data.decode(utf16, errors="replace")
    try:
        # "surrogatepass": a lone surrogate is cleaned away later; it must not make the rest be read as cp1252.
        return data.decode("utf-8", errors="surrogatepass")
    except UnicodeDecodeError:
        return data.decode(_codec(declared) or "cp1252", errors="replace")


def _codec(declared: str | None) -> str | None:
    """The codec of a declared charset, None where it names none of text. Latin-1 means cp1252, as in every browser."""
    if declared is None or not _CHARSET.match(declared):
        return None
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):
        return None
    return _WIDER.get(name, name)


def read_text(data: bytes, *, charset: str | None = None, limits: Limits, default_language: str) -> ExtractedText:
    """Errors: UnreadableSource."""
    text = _storable_text(data, charset, limits)
    return ExtractedText(text=text, language=language_of(text, default=default_language))


def read_markdown(data: bytes, *, charset: str | None = None, limits: Limits, default_language: str) -> ExtractedText:
    """The source as written, with the places of its headings; its title is that of its front matter, or its first h1.

    Errors: UnreadableSource.
    """
    text = _storable_text(data, charset, limits)
    front = _FRONT_MATTER.match(text)
    body = 0 if front is None else front.end()
    headings = tuple(heading for heading in _headings(text) if heading.start >= body)
    named = None if front is None else _TITLE.search(front[0])
    title = named["title"] if named else next((heading.text for heading in headings if heading.level == 1), None)
    return ExtractedText(
        text=text,
        language=language_of(text, default=default_language),
        headings=headings,
        title=None if title is None else plausible_title(title),
    )


def _headings(text: str) -> Iterator[Heading]:
    line_starts = [0]
    for line in text.split("\n"):
        line_starts.append(line_starts[-1] + len(line) + 1)
    parser = MarkdownIt("commonmark", {"maxNesting": 20}).disable(["backticks", "emphasis", "link", "image"])
    tokens = parser.parse(text)
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open" or opening.map is None or opening.level:
            continue
        words = " ".join(inline.content.replace("*", "").replace("`", "").split())
        if 0 < len(words) <= _LONGEST_HEADING:  # more is a paragraph with a line under it
            yield Heading(start=line_starts[opening.map[0]], level=int(opening.tag[1]), text=words)


def _storable_text(data: bytes, charset: str | None, limits: Limits) -> str:
    text = storable(decoded(data, declared=charset))
    if len(text) > limits.characters:
        raise UnreadableSource(
            f"This text has more than {limits.characters:,} characters. Split it and upload the parts."
        )
    if not text.strip():
        raise UnreadableSource("This file has no text in it.")
    return text


def _utf16_without_mark(data: bytes) -> str | None:
    """The byte order, where nearly every second byte is zero: that is how Latin text looks in UTF-16."""
    sample = data[:4096]
    if len(sample) < 4 or len(data) % 2:
        return None
    half = len(sample) // 2
    if sample[1::2].count(0) > 0.9 * half and sample[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if sample[::2].count(0) > 0.9 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None
