"""Pinecone's failures in our words. What we sent, and with which key, is in none of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from domain.shared import RateLimited, StudioloError, Unavailable

_RETRY_AFTER = 5
"""Seconds, where Pinecone did not say."""


class VectorStoreUnavailable(Unavailable):
    """Pinecone does not answer, fails, or refuses our key."""

    def __init__(self) -> None:
        super().__init__("The vector store is not available at the moment.", retry_after=_RETRY_AFTER)


class VectorStoreBusy(RateLimited):
    """Pinecone was asked too much."""

    def __init__(self, retry_after: float | None) -> None:
        super().__init__(
            "The vector store is asked too much at the moment.",
            retry_after=_RETRY_AFTER if retry_after is None else retry_after,
        )


class WrongIndex(Unavailable):
    """The index that the setting names was made for other vectors: an operator has to name another."""

    def __init__(self, *, index: str, dimension: int | None, metric: str | None, wanted: int) -> None:
        super().__init__(
            f"The Pinecone index {index} has {dimension} dimensions and the metric {metric}; "
            f"it must have {wanted} and cosine. Set PINECONE_INDEX to another name.",
            retry_after=60,
        )


@contextmanager
def translated() -> Iterator[None]:
    """Errors: VectorStoreBusy, VectorStoreUnavailable. What we did wrong ourselves (400, 422) is raised as it is."""
    from pinecone.errors import PineconeError

    try:
        yield
    except PineconeError as error:
        translation = _in_our_words(error)
        if translation is None:
            raise
        raise translation from error


def _in_our_words(error: Exception) -> StudioloError | None:
    from pinecone.errors import (
        ApiError,
        IndexInitFailedError,
        IndexTerminatedError,
        PineconeConnectionError,
        PineconeTimeoutError,
        RateLimitError,
        ResponseParsingError,
    )

    if isinstance(error, RateLimitError):
        return VectorStoreBusy(error.retry_after)
    if isinstance(error, ApiError):
        return None if error.status_code in {400, 413, 422} else VectorStoreUnavailable()
    if isinstance(
        error,
        PineconeConnectionError
        | PineconeTimeoutError
        | ResponseParsingError
        | IndexInitFailedError
        | IndexTerminatedError,
    ):
        return VectorStoreUnavailable()
    return None
