"""What a source is called when its owner did not say."""

from __future__ import annotations

import re

from domain.shared import TITLE_LIMIT

_NAMELESS = re.compile(
    r"(?:microsoft (?:word|powerpoint|excel)\s*[-–].*|untitled.*|senza titolo.*|document\d*|documento\d*|slide \d+|"
    r".*\.(?:docx?|pptx?|xlsx?|odt|tex|dvi|indd|qxd|pdf|txt|rtf|pages))",
    re.IGNORECASE,
)
_MARKS = re.compile(r"^[#>*\s_=-]+")


def title_from_filename(filename: str) -> str:
    """The name without folders and extension, underscores read as spaces; `Untitled` when nothing is left."""
    name = re.split(r"[/\\]", filename)[-1]
    stem = re.sub(r"\.[A-Za-z0-9]{1,8}$", "", name)
    return clipped(re.sub(r"[_\s]+", " ", stem)) or "Untitled"


def title_from_text(text: str) -> str:
    """The first line that has a letter or a digit, without Markdown's marks; `Untitled` when there is none."""
    for line in text[:20_000].splitlines():
        title = clipped(_MARKS.sub("", line))
        if any(map(str.isalnum, title)):
            return title
    return "Untitled"


def plausible_title(title: str) -> str | None:
    """A file's own idea of its title, unless it is what programs write there when nobody gave one."""
    title = clipped(title)
    letters = sum(map(str.isalpha, title))
    return None if letters < 3 or _NAMELESS.fullmatch(title) else title


def clipped(title: str) -> str:
    """One line of at most 200 characters, cut after a word where it is longer."""
    title = " ".join(title.split())
    if len(title) <= TITLE_LIMIT:
        return title
    head = title[: TITLE_LIMIT - 1]
    return (head[: head.rfind(" ")] if " " in head[TITLE_LIMIT // 2 :] else head).rstrip(" ,;:") + "…"
