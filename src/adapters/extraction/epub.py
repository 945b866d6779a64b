"""EPUB: pages of XHTML in a zip, in the order of the spine; chapters are named by their headings or by the contents."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

from adapters.extraction.archive import Archive, damaged, opened
from adapters.extraction.blocks import Block, blocks_of, joined
from adapters.extraction.language import language_of
from adapters.extraction.limits import Limits
from adapters.extraction.markup import xhtml_tree, xml_tree
from adapters.extraction.metadata import plausible_author, plausible_date
from adapters.extraction.plain import decoded
from domain.library import ExtractedText, UnreadableSource, plausible_title, storable

_WHAT = "EPUB"
_PAGES = frozenset({"application/xhtml+xml", "text/html", "text/xml", "application/x-dtbook+xml"})
_FONTS_ONLY = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""Ways to hide fonts; the words are not touched."""


def read_epub(file: Path, *, limits: Limits, default_language: str) -> ExtractedText:
    """Errors: UnreadableSource."""
    with opened(file, _WHAT) as archive:
        if "META-INF/container.xml" not in archive.names:
            raise UnreadableSource("This file is called EPUB but is not one: it is damaged, or something else.")
        _refuse_locked(archive)
        package_path = _package_path(archive)
        package = _part(archive, package_path)
        text, headings = joined(_blocks(archive, package, posixpath.dirname(package_path)), limits)
    if not any(map(str.isalnum, text)):
        raise UnreadableSource("This e-book has no text in it, perhaps only pictures of pages.")
    said = {name: _said(package, name) for name in ("title", "creator", "date", "language")}
    hint = said["language"][:2].lower()
    return ExtractedText(
        text=text,
        language=language_of(text, default=default_language, hint=hint),
        headings=headings,
        title=plausible_title(said["title"]),
        author=plausible_author(said["creator"]),
        publication_date=plausible_date(said["date"]),
    )


def _refuse_locked(archive: Archive) -> None:
    """Errors: UnreadableSource."""
    if "META-INF/encryption.xml" not in archive.names and "META-INF/rights.xml" not in archive.names:
        return
    methods = (
        [] if (root := _xml(archive, "META-INF/encryption.xml")) is None else list(_named(root, "EncryptionMethod"))
    )
    if not methods or any(method.get("Algorithm") not in _FONTS_ONLY for method in methods):
        raise UnreadableSource(
            "This e-book is locked by its seller (DRM) and cannot be read here. Add a free copy of it."
        )


def _package_path(archive: Archive) -> str:
    root = _part(archive, "META-INF/container.xml")
    paths = [path for file in _named(root, "rootfile") if (path := file.get("full-path"))]
    if not paths:
        raise damaged(_WHAT)
    return paths[0]


def _blocks(archive: Archive, package: etree._Element, folder: str) -> Iterator[Block]:
    items = {item.get("id"): item for item in _named(package, "item")}
    titles = _contents(archive, list(items.values()), folder)
    seen: set[str] = set()
    for reference in _named(package, "itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _PAGES or "nav" in (item.get("properties") or "").split():
            continue
        name = _place(folder, item.get("href") or "")
        if name in seen:
            continue  # a spine may repeat a page without end
        seen.add(name)
        root = xhtml_tree(decoded(archive.read(name))) if name in archive.names else None
        if root is None:
            continue
        blocks = list(blocks_of(root))
        if blocks and name in titles and not any(block.level for block in blocks):
            yield Block(titles[name], 1)
        yield from blocks


def _contents(archive: Archive, items: list[etree._Element], folder: str) -> dict[str, str]:
    """What the table of contents calls each page: EPUB 2 has it in an NCX, EPUB 3 in a page of links."""
    titles: dict[str, str] = {}
    for item in items:
        name = _place(folder, item.get("href") or "")
        is_contents = "nav" in (item.get("properties") or "").split()
        if not is_contents and item.get("media-type") != "application/x-dtbncx+xml":
            continue
        root = _xml(archive, name)
        if root is None:
            continue
        for element in _named(root, "a" if is_contents else "navPoint"):
            target = (
                element.get("href") if is_contents else next((c.get("src") for c in _named(element, "content")), "")
            )
            label = element if is_contents else next(_named(element, "text"), element)
            title = " ".join(storable("".join(map(str, label.itertext()))).split())[:300]
            page = _place(posixpath.dirname(name), (target or "").partition("#")[0])
            if title:
                titles.setdefault(page, title)
    return titles


def _place(folder: str, href: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(href)))


def _part(archive: Archive, name: str) -> etree._Element:
    root = _xml(archive, name)
    if root is None:
        raise damaged(_WHAT)
    return root


def _xml(archive: Archive, name: str) -> etree._Element | None:
    try:
        return xml_tree(archive.read(name))
    except etree.XMLSyntaxError:
        return None


def _named(root: etree._Element, name: str) -> Iterator[etree._Element]:
    return root.iter("{*}" + name)


def _said(package: etree._Element, name: str) -> str:
    return next((" ".join(storable(element.text or "").split()) for element in _named(package, name)), "")
