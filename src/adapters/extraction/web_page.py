"""Web pages: trafilatura finds what a page is about; blocks keep its headings and tables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

from lxml.etree import _Element
from trafilatura import bare_extraction

from adapters.extraction.blocks import CHROME, Block, blocks_of, joined
from adapters.extraction.language import language_of
from adapters.extraction.limits import Limits
from adapters.extraction.markup import html_tree
from adapters.extraction.metadata import plausible_author, plausible_date
from adapters.extraction.plain import decoded
from domain.library import ExtractedText, UnreadableSource, plausible_title, storable

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"\A\s*<\?xml[^>]{0,200}encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{2,40})")
_HEAD = 4096
_TOO_LITTLE = 250
"""Characters: with less, what was found may be a caption, and the page is looked at as a whole."""
_SITE_LIMIT = 200
_STRAY = 3
_CHROME_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary", "dialog", "alert", "menu"})
_CONTAINERS = frozenset({"div", "section", "ul", "ol", "p", "span", "fieldset", "details"})
_CALLED = re.compile(
    r"(?:^|[\s_-])(?:share|sharing|social|breadcrumbs?|rating|feedback|cookies?|skip-?links?|skiplinks|pagination|pager|"
    r"newsletter|sidebar|advert(?:isement)?s?|banner|promo|toolbar|dropdown|modal|offcanvas|visually-hidden|sr-only|"
    r"screen-reader-text|mw-editsection|reference-list-nav|noprint|navbox|catlinks)(?:$|[\s_-])",
    re.IGNORECASE,
)


def read_web_page(
    file: Path, *, url: str | None, charset: str | None, limits: Limits, default_language: str
) -> ExtractedText:
    """The words of a page without what stands around them. `charset` is what HTTP declared.

    Errors: UnreadableSource.
    """
    if file.stat().st_size > limits.web_page_bytes:
        raise UnreadableSource(
            f"This page is larger than {limits.web_page_bytes // 2**20} MB, more than is read of one."
        )
    data = file.read_bytes()
    page = decoded(data, declared=charset or _declared(data))
    root, too_deep = html_tree(page)
    main, said = _main(page, url)
    blocks = main if root is None else _best(main, root)
    text, headings = joined(blocks, limits)
    if not any(map(str.isalnum, text)):
        raise UnreadableSource(
            "This page is nested too deeply to be read."
            if too_deep
            else "This page has no text in it. Scripts may make it in the browser: save it as PDF, or paste its text."
        )
    language = (
        "" if root is None else (root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "")
    )
    return ExtractedText(
        text=text,
        language=language_of(text, default=default_language, hint=language[:2].lower()),
        headings=headings,
        title=plausible_title(storable(getattr(said, "title", None) or "")),
        author=plausible_author(getattr(said, "author", None)),
        publication_date=plausible_date(getattr(said, "date", None)),
        site=" ".join(storable(getattr(said, "sitename", None) or "").split())[:_SITE_LIMIT] or None,
    )


def _declared(data: bytes) -> str | None:
    found = _XML_CHARSET.search(data[:_HEAD]) or _META_CHARSET.search(data[:_HEAD])
    return None if found is None else found[1].decode("ascii")


def _main(page: str, url: str | None) -> tuple[list[Block], Any]:
    """What the page is about, and what it says of itself. A date is only what it declares, not a guess by its words."""
    found: Any = bare_extraction(
        page,
        url=url,
        include_comments=False,
        include_tables=True,
        include_formatting=True,
        with_metadata=True,
        date_extraction_params={"extensive_search": False, "original_date": True, "outputformat": "%Y-%m-%d"},
    )
    body = getattr(found, "body", None)
    return ([] if body is None else list(blocks_of(body))), found


def _best(main: list[Block], root: _Element) -> list[Block]:
    """The blocks of the page itself, which have its structure, guided by what was found to be its words.

    Where the page says itself what its main part is, that; else what lies between the first and the last of the words
    found. Where hardly anything was found, all that is seen on it.
    """
    found = _size(main)
    declared = _declared_main(root)
    if declared is not None:
        blocks = _without_link_lists(blocks_of(declared, without=CHROME - {"header"}, unwanted=_Boilerplate(declared)))
        if _size(blocks) >= max(found // 2, 1):
            return blocks
    seen = list(blocks_of(root, without=CHROME, unwanted=_Boilerplate(root)))
    if found >= _TOO_LITTLE:
        return _around(main, seen) or main
    if _size(seen) > 4 * found:
        return seen
    return main or list(blocks_of(root))


class _Boilerplate:
    """Whether an element is called what breadcrumbs, buttons and ratings are called, and is no large part of all."""

    def __init__(self, root: _Element) -> None:
        self._most = 0.3 * sum(map(len, root.itertext()))

    def __call__(self, element: _Element) -> bool:
        if element.get("aria-hidden") == "true" or element.get("role") in _CHROME_ROLES:
            return True
        if element.tag not in _CONTAINERS:
            return False
        names = f"{element.get('class') or ''} {element.get('id') or ''}"
        return _CALLED.search(names) is not None and sum(map(len, element.itertext())) < self._most


def _declared_main(root: _Element) -> _Element | None:
    """The only `main` of a page, else its only `article`."""
    for path in ("//main | //*[@role='main']", "//article | //*[@itemprop='articleBody']"):
        elements = cast("list[_Element]", root.xpath(path))
        if len(elements) == 1:
            return elements[0]
    return None


def _without_link_lists(blocks: Iterable[Block]) -> list[Block]:
    """Lists of links, two and more, lead elsewhere."""
    kept: list[Block] = []
    for is_link, run in groupby(blocks, key=lambda block: block.item and block.linked):
        listed = list(run)
        if not is_link or len(listed) < 2:
            kept += listed
    return kept


def _around(main: list[Block], seen: list[Block]) -> list[Block]:
    """What is seen between the first and the last words found, and the title before them.

    Within, a few blocks that were not found are a table, a heading or a verse; more of them are something else, unless
    they are prose. Nothing where most of what was found is not seen in one piece.
    """
    whole = [_letters(block.text) for block in main]
    same, have = frozenset(whole), "".join(whole)
    # Most are the same blocks; only the others are looked for within them, which takes long on a long page.
    marks = [(letters := _letters(block.text)) in same or letters in have for block in seen]
    if 2 * sum(len(block.text) for block, mark in zip(seen, marks, strict=True) if mark) < _size(main):
        return []
    first, last = marks.index(True), len(marks) - marks[::-1].index(True)
    kept = [block for block in seen[:first] if block.level == 1][-1:]
    for mark, run in groupby(zip(seen[first:last], marks[first:last], strict=True), key=itemgetter(1)):
        blocks = [block for block, _ in run]
        if mark or len(blocks) <= _STRAY:
            kept += blocks
        else:
            kept += [block for block in blocks if block.level or (len(block.text) > 80 and not block.linked)]
    return _without_link_lists(kept)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _size(blocks: list[Block]) -> int:
    return sum(len(block.text) for block in blocks)
