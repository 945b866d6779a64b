"""From a tree of HTML (or what a library makes of it) to the paragraphs, rows and headings of a text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from lxml import etree

from adapters.extraction.limits import Limits
from domain.library import Heading, UnreadableSource, storable

CHROME = frozenset({"nav", "footer", "header", "aside", "form", "dialog", "menu"})
"""What stands around the words of a page."""
_NEVER = frozenset(
    {"script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "canvas", "select", "button"}
    | {"textarea", "audio", "video", "head", "title", "graphic"}
)
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "hi", "i", "ins", "kbd"}
    | {"label", "mark", "math", "q", "ref", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub"}
    | {"sup", "time", "tt", "u", "var", "wbr", "img", "picture", "source", "input", "acronym", "nobr"}
)
_ROWS, _CELLS, _ITEMS, _BREAKS = {"tr", "row"}, {"td", "th", "cell"}, {"li", "item"}, {"br", "lb"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LONGEST_HEADING = 300
_LONGEST_ROW = 1_500
"""A row with more is the layout of a page, not a table."""
_BREAK = "\0"  # no parser lets one through


class Block(NamedTuple):
    """A paragraph, an item of a list, a row of a table; with a level, a heading. `linked`: all of it is a link."""

    text: str
    level: int | None = None
    item: bool = False
    linked: bool = False


def joined(blocks: Iterable[Block], limits: Limits) -> tuple[str, tuple[Heading, ...]]:
    """One text, its blocks parted by empty lines (items of a list by a line's end), and where its headings begin.

    Errors: UnreadableSource for more characters than a source may have.
    """
    parts: list[str] = []
    headings: list[Heading] = []
    length = 0
    for before, block in pairwise([Block(""), *blocks]):
        if parts:
            parts.append("\n" if before.item and block.item else "\n\n")
            length += len(parts[-1])
        if block.level is not None and len(block.text) <= _LONGEST_HEADING:
            headings.append(Heading(start=length, level=block.level, text=" ".join(block.text.split())))
        parts.append(block.text)
        length += len(block.text)
        if length > limits.characters:
            raise UnreadableSource(
                f"This document has more than {limits.characters:,} characters. Split it and upload the parts."
            )
    return "".join(parts), tuple(headings)


def blocks_of(
    root: etree._Element,
    *,
    without: Collection[str] = (),
    unwanted: Callable[[etree._Element], bool] = lambda _: False,
) -> Iterator[Block]:
    """The blocks below an element in reading order, without what is not shown. The tree may be of any depth.

    Elements of the names in `without`, and those that are `unwanted`, are left out with all that is in them.
    """
    reader = _Reader(frozenset(without), unwanted)
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else None
        name = "" if tag is None else tag.rpartition("}")[2].lower()
        if event == "start":
            reader.open(name, element)
        else:
            reader.close(name, element, root)
        if reader.finished:
            yield from reader.finished
            reader.finished = []
    reader.flush()
    yield from reader.finished


class _Reader:
    def __init__(self, without: frozenset[str], unwanted: Callable[[etree._Element], bool]) -> None:
        self.finished: list[Block] = []
        self._without = without
        self._unwanted = unwanted
        self._links = 0
        self._linked = 0
        self._words: list[str] = []
        self._hidden = 0
        self._level: int | None = None
        self._items = 0
        self._begins_item = False
        self._verbatim = 0
        self._rows: list[list[list[Block]]] = []

    def open(self, name: str, element: etree._Element) -> None:
        if self._hidden or not name or self._is_hidden(name, element):
            self._hidden += 1
            return
        if name in _BREAKS:
            self._words.append(_BREAK)
        elif name not in _INLINE:
            self.flush()
            self._begin(name, element)
        self._links += name == "a"
        self._say(element.text)

    def close(self, name: str, element: etree._Element, root: etree._Element) -> None:
        if self._hidden:
            self._hidden -= 1
        elif name not in _INLINE and name not in _BREAKS:
            self.flush()
            self._end(name)
        else:
            self._links -= name == "a"
        if element is not root and not self._hidden:
            self._say(element.tail)

    def flush(self) -> None:
        """What was gathered is a block."""
        raw = "".join(self._words)
        linked, self._linked = self._linked, 0
        self._words.clear()
        if self._verbatim:
            lines = [line.rstrip() for line in storable(raw.replace(_BREAK, "\n")).strip("\n").split("\n")]
        else:
            lines = [" ".join(storable(line).split()) for line in raw.split(_BREAK)]
        text = "\n".join(line for line in lines if line)
        if not text.strip():
            return
        starts_item, self._begins_item = self._begins_item, False
        item = starts_item and self._level is None and not self._rows
        block = Block(f"• {text}" if item else text, self._level, item=item, linked=linked * 10 >= 9 * len(text))
        if self._rows and self._rows[-1]:
            self._rows[-1][-1].append(block)
        else:
            self.finished.append(block)

    def _say(self, words: str | None) -> None:
        if words:
            self._words.append(words)
            self._linked += len(words) if self._links else 0

    def _is_hidden(self, name: str, element: etree._Element) -> bool:
        if name == "head" and element.get("rend"):
            return False  # a heading, as TEI calls it
        return name in _NEVER or name in self._without or element.get("hidden") is not None or self._unwanted(element)

    def _begin(self, name: str, element: etree._Element) -> None:
        if name in _HEADINGS or name == "head":
            self._level = _HEADINGS.get(element.get("rend") or name, 2)
        elif name in _ITEMS:
            self._items += 1
            self._begins_item = True
        elif name == "pre":
            self._verbatim += 1
        elif name in _ROWS:
            self._rows.append([])
        elif name in _CELLS and self._rows:
            self._rows[-1].append([])

    def _end(self, name: str) -> None:
        if name in _HEADINGS or name == "head":
            self._level = None
        elif name in _ITEMS:
            self._items -= 1
            self._begins_item = False
        elif name == "pre":
            self._verbatim -= 1
        elif name in _ROWS and self._rows:
            self._finish_row(self._rows.pop())

    def _finish_row(self, cells: list[list[Block]]) -> None:
        """Cells of a row stay together on one line; a row that lays out a page is only what is in it."""
        blocks = [block for cell in cells for block in cell]
        into = self._rows[-1][-1] if self._rows and self._rows[-1] else self.finished
        if any(block.level for block in blocks) or sum(len(block.text) for block in blocks) > _LONGEST_ROW:
            into.extend(blocks)
            return
        row = " | ".join(" ".join(" ".join(block.text.split()) for block in cell) for cell in cells if cell)
        if row:
            into.append(Block(row))
