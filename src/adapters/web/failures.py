"""What can go wrong on the way to a page, in the words of the port."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from domain.library import UnreadableSource
from domain.shared import StudioloError, Unavailable

_HEADER_TOO_LARGE = 431


@contextmanager
def in_words() -> Iterator[None]:
    """Turns errors of the network into UnreadableSource (for good) or Unavailable (for now)."""
    try:
        yield
    except (TimeoutError, httpx2.TimeoutException) as error:
        raise Unavailable("The site did not answer in time.") from error
    except (httpx2.RequestError, httpx2.InvalidURL) as error:
        raise _meaning(error) from error


def _meaning(error: Exception) -> StudioloError:
    reasons = list(_causes(error))
    if any(isinstance(reason, ssl.SSLCertVerificationError) for reason in reasons):
        return UnreadableSource("The certificate of the site is not valid, so that what it sends cannot be trusted.")
    if any(getattr(reason, "error_status_hint", None) == _HEADER_TOO_LARGE for reason in reasons):  # h11's
        return UnreadableSource("The site's answer has a header that is too large.")
    if isinstance(error, httpx2.DecodingError):
        return UnreadableSource("The site sends this page packed in a way that cannot be unpacked.")
    if any(isinstance(reason, httpx2.InvalidURL | httpx2.UnsupportedProtocol) for reason in reasons):
        return UnreadableSource("The page leads on to an address that is not fetched.")
    if isinstance(error, httpx2.RemoteProtocolError):
        return Unavailable("The site broke its answer off, or answered in a way that is not HTTP.")
    return Unavailable("The site cannot be reached just now.")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
