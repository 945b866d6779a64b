"""Parsers for markup from strangers: no network, no entities of their own, no depth without end."""

from __future__ import annotations

import re
from html import unescape

from lxml import etree
from lxml.html import HTMLParser

from domain.library import UnreadableSource

_NAMED_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z][A-Za-z0-9]{1,31};")
_DECLARES = re.compile(rb"<!\s*(?:ENTITY|ELEMENT|ATTLIST|NOTATION)|<!\s*DOCTYPE[^>\[]*\[", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*>", re.IGNORECASE)
_DECLARATION = re.compile(r"\A\s*<\?xml.*?\?>", re.DOTALL)


def html_tree(text: str) -> tuple[etree._Element | None, bool]:
    """The page, None where there is nothing; and whether it is nested deeper than a parser follows."""
    parser = HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        root = None
    return root, any("depth" in entry.message.lower() for entry in parser.error_log)


def xml_tree(data: bytes) -> etree._Element:
    """Strict XML without declarations of its own. Errors: UnreadableSource for those, XMLSyntaxError."""
    refuse_declarations(data)
    return etree.fromstring(data, _parser())


def xhtml_tree(text: str) -> etree._Element | None:
    """A page that should be XML, by its rules, else by those of HTML. Errors: UnreadableSource for declarations."""
    refuse_declarations(text.encode("utf-8", "replace"))
    plain = _NAMED_ENTITY.sub(lambda found: unescape(found[0]), _DOCTYPE.sub("", _DECLARATION.sub("", text), count=1))
    try:
        return etree.fromstring(plain.encode("utf-8", "replace"), _parser())
    except etree.XMLSyntaxError:
        return html_tree(plain)[0]


def refuse_declarations(data: bytes) -> None:
    """A book or a document needs no entities of its own; who brings some wants to fill memory or read our files.

    Looked for in UTF-16 too. Errors: UnreadableSource.
    """
    if _DECLARES.search(data) or (b"\0" in data[:200] and _DECLARES.search(data.replace(b"\0", b""))):
        raise UnreadableSource(
            "This file declares XML entities of its own, which no honest document does. It is not read."
        )


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
