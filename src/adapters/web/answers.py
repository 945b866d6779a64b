"""What an answer of a server means, and the sentence for it."""

from __future__ import annotations

import re

import httpx2

from domain.library import UnreadableSource
from domain.shared import StudioloError, Unavailable

GOOD = frozenset({200, 203})
GONE = frozenset({404, 410})

MEDIA_TYPES = (
    "text/html",
    "application/xhtml+xml",
    "text/plain",
    "text/markdown",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/epub+zip",
    "application/octet-stream",
)
"""Those that a source can be made of; the last says nothing, and is looked at."""

_SHOWN_TYPES = "a web page, a PDF, a Word document, an EPUB or a text"
_FOR_GOOD = {
    401: "This page wants a password. Save it as a PDF and upload that.",
    402: "This page is behind a paywall. Save it as a PDF and upload that.",
    403: "This page is not shown to programs. Save it as a PDF and upload that.",
    404: "There is no page at this address. Check it.",
    410: "The page that was at this address is gone.",
    451: "This page is withheld for legal reasons.",
}
_TOO_MANY, _LONGEST_WAIT = 429, 86_400
_SECONDS = re.compile(r"\d{1,5}", re.ASCII)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE | re.ASCII)


def refusal(answer: httpx2.Response) -> StudioloError | None:
    """Why there is no page in it: UnreadableSource for good, Unavailable for now. None where there is one."""
    status = answer.status_code
    if status in GOOD:
        return None
    if status in _FOR_GOOD:
        return UnreadableSource(_FOR_GOOD[status])
    if status == _TOO_MANY or status >= 500 or status == 408:
        return _for_now(status, answer.headers.get("retry-after"))
    return UnreadableSource(f"The site answered with an error (HTTP {status}).")


def _for_now(status: int, retry_after: str | None) -> Unavailable:
    sentence = "The site wants us to ask later." if status == _TOO_MANY else f"The site has a fault (HTTP {status})."
    if retry_after is not None and _SECONDS.fullmatch(retry_after.strip()):
        return Unavailable(sentence, retry_after=min(int(retry_after), _LONGEST_WAIT))
    return Unavailable(sentence)


def media_type(answer: httpx2.Response) -> str | None:
    """Of the content, in lower case. Errors: UnreadableSource for a type that no source is made of."""
    given = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given and given not in MEDIA_TYPES:
        shown = f" ({given})" if len(given) <= 100 and given.isascii() and given.isprintable() else ""
        raise UnreadableSource(f"At this address is something else than {_SHOWN_TYPES}{shown}.")
    return given or None


def charset(answer: httpx2.Response) -> str | None:
    """As the server says it."""
    found = _CHARSET.search(answer.headers.get("content-type", "").partition(";")[2])
    return found[1].lower() if found else None
