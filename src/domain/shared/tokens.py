"""Tokens, estimated where no tokenizer has counted them."""

from __future__ import annotations

from math import ceil

CHARACTERS_PER_TOKEN = 3.28
"""Measured on a million Italian characters with the embedder's own tokenizer."""


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has; 0 for an empty one."""
    return estimate_tokens_of(len(text))


def estimate_tokens_of(characters: int) -> int:
    """About how many tokens so many characters are."""
    return ceil(characters / CHARACTERS_PER_TOKEN)
