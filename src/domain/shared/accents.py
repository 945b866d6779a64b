"""Accents taken off, for comparing."""

from __future__ import annotations

from unicodedata import combining, normalize


def without_accents(text: str) -> str:
    """`perché` -> `perche`; ligatures and other compatible forms are taken apart as well (`ﬁ` -> `fi`)."""
    return "".join(character for character in normalize("NFKD", text) if not combining(character))
