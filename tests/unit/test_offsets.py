"""Whatever a document is made of: chunks and headings are where they say, and the text can be stored."""

from __future__ import annotations

from html import escape
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.library import ExtractedText, SourceKind, UnreadableSource, chunked, storable
from domain.shared import SourceId
from tests.builders_documents import a_docx, an_epub
from tests.reading import read_here

SOURCE = SourceId(UUID(int=4))
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# What XML can hold; with accents that stand apart, ligatures, spaces of all kinds, marks of order, and long words.
words = st.text(
    st.sampled_from("abè .!?\u00a0\u00ad\u0301\u200b\u202e\ufb01\t\n•|'’")
    | st.characters(
        min_codepoint=32, max_codepoint=0x1FFFF, exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"
    ),
    max_size=60,
)
longer = st.builds(lambda text, times: text * times, words, st.sampled_from([1, 1, 2, 40]))
blocks = st.lists(
    st.tuples(st.sampled_from(["p", "h1", "h2", "h3", "li", "td", "pre", "div", "b"]), longer), max_size=9
)


def checked(data: bytes, kind: SourceKind) -> ExtractedText | None:
    try:
        found = read_here(data, kind)
    except UnreadableSource as refused:
        assert refused.message.endswith(".")  # noqa: PT017  either a text, or a sentence
        return None
    assert storable(found.text) == found.text
    chunks = chunked(found, source_id=SOURCE)
    assert all(found.text[chunk.start : chunk.end] == chunk.content for chunk in chunks)
    assert "".join("".join(chunk.content.split()) for chunk in chunks) == "".join(found.text.split())
    assert all(0 <= heading.start < len(found.text) for heading in found.headings)
    starts = [heading.start for heading in found.headings]
    assert starts == sorted(starts)
    if kind is not SourceKind.MARKDOWN:
        for heading in found.headings:
            assert " ".join(found.text[heading.start : heading.start + 400].split()).startswith(heading.text[:80])
    return found


def markup(parts: list[tuple[str, str]]) -> str:
    tag = {"li": "<ul><li>{}</li></ul>", "td": "<table><tr><td>{}</td><td>altro</td></tr></table>"}
    return "".join(tag.get(name, f"<{name}>{{}}</{name}>").format(escape(text)) for name, text in parts)


@few
@given(blocks)
def test_in_web_pages(parts: list[tuple[str, str]]) -> None:
    checked(f"<!DOCTYPE html><html><body><main>{markup(parts)}</main></body></html>".encode(), SourceKind.URL)


@few
@given(st.lists(blocks, max_size=3))
def test_in_books(chapters: list[list[tuple[str, str]]]) -> None:
    checked(an_epub(*map(markup, chapters), contents=["Uno", "Due"]), SourceKind.EPUB)


@few
@given(st.lists(st.tuples(st.integers(0, 4), longer), max_size=9))
def test_in_documents(parts: list[tuple[int, str]]) -> None:
    checked(a_docx(*(text if level == 0 else (level, text) for level, text in parts)), SourceKind.DOCX)


@few
@given(
    st.lists(st.tuples(st.sampled_from(["# ", "## ", "- ", "", "> ", "    ", "```\n", "---\n"]), longer), max_size=12)
)
def test_in_markdown(parts: list[tuple[str, str]]) -> None:
    checked("\n\n".join(mark + text for mark, text in parts).encode(), SourceKind.MARKDOWN)
