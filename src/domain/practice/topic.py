"""Whether a passage is about a topic: it has its words, or it is clearly nearer to it in meaning than others are."""

from __future__ import annotations

from collections.abc import Sequence

from domain.practice.meaning import stems

LEAST_SHARE = 0.5
"""A passage is about a topic when it has this part of the topic's words of meaning."""
LEAST_LEAD = 0.15
"""How far a similarity leads the median of all candidates, as a part of what is left up to 1: below it is noise.

Measured with the offline embedder on texts of our own: .15 to .27 for eleven of twelve topics that they treat, .06 for
one (its words are there), at most .09 for twelve that they do not.
"""
LEAST_CANDIDATES = 5
"""Of fewer no median can be told."""
_SOFT_STEM = 5

_GENERAL = frozenset(
    stems(
        "storia vita tema argomento cosa parte mondo tempo modo lingua parola esempio problema aspetto concetto "
        "definizione introduzione riassunto generale history life topic thing example problem concept language"
    )
)
"""Stems of what topics of every sort have: they are no evidence as long as there is another word."""


def on_topic(topic: str, texts: Sequence[str], similarities: Sequence[float | None]) -> tuple[bool, ...]:
    """Which of the candidates are about the topic, by their words or by their similarity (a cosine) to it."""
    wanted = frozenset(stem for stem in stems(topic) if stem not in _GENERAL) or frozenset(stems(topic))
    known = [similarity for similarity in similarities if similarity is not None]
    usual = sorted(known)[len(known) // 2] if len(known) >= LEAST_CANDIDATES else None
    return tuple(
        _stands_out(similarity, usual) or _share_said(wanted, text) >= LEAST_SHARE
        for text, similarity in zip(texts, similarities, strict=True)
    )


def _share_said(wanted: frozenset[str], text: str) -> float:
    """Which part of the stems the text has, 0 to 1; 0 of none."""
    if not wanted:
        return 0.0
    said = frozenset(stems(text))
    return sum(_is_said(stem, said) for stem in wanted) / len(wanted)


def _stands_out(similarity: float | None, usual: float | None) -> bool:
    if similarity is None or usual is None or usual >= 1:
        return False
    return (similarity - usual) / (1 - usual) >= LEAST_LEAD


def _is_said(stem: str, said: frozenset[str]) -> bool:
    """As it is, or, of longer stems, with another ending: `vulcan` and `vulcani` (of `vulcanico`)."""
    if stem in said:
        return True
    if len(stem) < _SOFT_STEM:
        return False
    return any(
        other.startswith(stem) or (len(other) >= _SOFT_STEM and stem.startswith(other))
        for other in said
        if other[0] == stem[0]
    )
