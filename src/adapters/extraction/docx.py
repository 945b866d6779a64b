"""DOCX: a zip that is checked first, then read by mammoth into HTML, and that into blocks."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

import mammoth  # type: ignore[import-untyped]
from lxml import etree

from adapters.extraction.archive import Archive, damaged, opened
from adapters.extraction.blocks import blocks_of, joined
from adapters.extraction.language import language_of
from adapters.extraction.limits import Limits
from adapters.extraction.markup import html_tree, refuse_declarations, xml_tree
from adapters.extraction.metadata import plausible_author, plausible_date
from domain.library import ExtractedText, UnreadableSource, plausible_title, storable

_WHAT = "DOCX document"
_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Heading 7'] => h6:fresh
r[style-name='Hidden'] => !
"""
_BACK = re.compile(r"\s*<a href=\"#(?:foot|end)note-ref-[^\"]*\">↑</a>")


def read_docx(file: Path, *, limits: Limits, default_language: str) -> ExtractedText:
    """Errors: UnreadableSource."""
    with opened(file, _WHAT) as archive:
        if "word/document.xml" not in archive.names and not any(name.startswith("word/") for name in archive.names):
            raise UnreadableSource("This file is called DOCX but is not one: it is damaged, or something else.")
        for name in archive.names:
            if name.endswith((".xml", ".rels")):
                refuse_declarations(archive.read(name))
        title, author, published = _properties(archive)
    root, _ = html_tree(_BACK.sub("", _html(file)))
    text, headings = ("", ()) if root is None else joined(blocks_of(root), limits)
    if not any(map(str.isalnum, text)):
        raise UnreadableSource("This document has no text in it, perhaps only pictures. Upload it as text or PDF.")
    return ExtractedText(
        text=text,
        language=language_of(text, default=default_language),
        headings=headings,
        title=title or next((plausible_title(heading.text) for heading in headings if heading.level == 1), None),
        author=author,
        publication_date=published,
    )


def _html(file: Path) -> str:
    try:
        with file.open("rb") as opened_file:
            found = mammoth.convert_to_html(
                opened_file, style_map=_STYLES, convert_image=_no_picture, include_embedded_style_map=False
            )
    except (KeyError, ValueError, AttributeError, TypeError, IndexError, ExpatError, OSError) as error:
        raise damaged(_WHAT) from error
    except RecursionError as error:
        raise UnreadableSource("This document is nested too deeply to be read. Try a simpler copy of it.") from error
    return str(found.value)


def _no_picture(_: Any) -> list[Any]:
    return []


def _properties(archive: Archive) -> tuple[str | None, str | None, date | None]:
    try:
        root = xml_tree(archive.read("docProps/core.xml"))
    except etree.XMLSyntaxError:
        return None, None, None
    said = {str(element.tag).rpartition("}")[2]: storable(element.text or "") for element in root.iter(etree.Element)}
    return (
        plausible_title(said.get("title", "")),
        plausible_author(said.get("creator")),
        plausible_date(said.get("created")),
    )
