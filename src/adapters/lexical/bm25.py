"""BM25 in numbers that a database can add up: an impact per term and document, a weight per term and user.

`score = sum over the query's terms of idf(term) * impact(term, document)`, with
`impact = tf * (K1 + 1) / (tf + K1 * (1 - B + B * length / AVERAGE_LENGTH))` and
`idf = ln(1 + (n - df + 0.5) / (df + 0.5))`, where n and df count the user's own chunks.

Two stages. The first adds up impacts of stems only, from postings, and finds; the second adds the finer grains of the
same words (see `Term`), from one sparse vector a chunk, and orders. They count with the idf of their stem, so that only
stems need document frequencies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log

from adapters.lexical.analysis import LANGUAGES, analyse
from domain.library import Chunk, Source

K1 = 0.9
B = 0.75
AVERAGE_LENGTH = 80.0
"""Words of a chunk, stop words not counted. A constant, so that an impact never changes after it was written."""

STEM_WEIGHT = 1.0
FORM_WEIGHT = 0.3
PREFIX_WEIGHT = 0.2
LEAD_WEIGHT = 0.2
LEAD_LENGTH = 12
"""The first words of a source or of a section, stop words not counted, count so much more: "Cos'è X?" asks for the
passage that begins with X. All of these were chosen on 2,000 Italian questions and 55 of public administration;
docs/retrieval.md has the table."""

IMPACT_UNIT = 8192
"""In a posting an impact is a whole number of 1/8192; the largest, K1 + 1, is 15,565: it fits 16 bits."""

POSTINGS_BUDGET = 6_000
"""Rarest terms first, the first stage reads at most so many postings; the rest could hardly change the order."""


@dataclass(frozen=True, slots=True)
class DocumentTerms:
    """What is stored of one chunk: `impacts` of its stems (for postings), `weights` of all grains (for rescoring)."""

    impacts: dict[int, float]
    weights: dict[int, float]


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A stem that is looked up, and everything that counts with its idf: itself, its forms, their prefixes."""

    stem: int
    grains: tuple[int, ...]


def searchable_text(*, title: str, heading: str | None, content: str) -> str:
    """What a chunk is indexed and embedded as: a passage on Garibaldi need not name him when its title does."""
    return "\n".join(part for part in (title, heading, content) if part)


def terms_by_chunk(source: Source, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, DocumentTerms]]:
    """The terms of each chunk of a source; `chunks` are all of them, in their order."""
    before: Chunk | None = None
    for chunk in chunks:
        opens = before is None or before.heading != chunk.heading
        yield (
            chunk,
            document_terms(
                title=source.title,
                heading=chunk.heading,
                content=chunk.content,
                language=source.language,
                opens=opens,
            ),
        )
        before = chunk


def document_terms(*, title: str, heading: str | None, content: str, language: str, opens: bool) -> DocumentTerms:
    """The terms of one chunk; `opens` says that a source, or a section of it, begins with it.

    Title and heading are words of the chunk as well, but its opening is that of its content.
    """
    body = analyse(content, language)
    terms = [term for part in (title, heading) if part for term in analyse(part, language)] + body
    saturation = K1 * (1 - B + B * len(terms) / AVERAGE_LENGTH)

    def impacts(grain: list[int]) -> dict[int, float]:
        return {term: tf * (K1 + 1) / (tf + saturation) for term, tf in Counter(grain).items()}

    stems = impacts([term.stem for term in terms])
    weights = {term: STEM_WEIGHT * impact for term, impact in stems.items()}
    weights |= {term: FORM_WEIGHT * impact for term, impact in impacts([term.form for term in terms]).items()}
    weights |= {term: PREFIX_WEIGHT * impact for term, impact in impacts([term.prefix for term in terms]).items()}
    if opens:
        weights |= {term.lead: LEAD_WEIGHT for term in body[:LEAD_LENGTH]}
    return DocumentTerms(impacts=stems, weights=weights)


def query_terms(query: str) -> tuple[QueryTerm, ...]:
    """The terms of a question, in every language: what language it is asked in does not matter, only its words do."""
    grains: dict[int, dict[int, None]] = {}
    for language in LANGUAGES:
        for term in analyse(query, language):
            grains.setdefault(term.stem, {term.stem: None}).update(dict.fromkeys((term.form, term.prefix, term.lead)))
    return tuple(QueryTerm(stem=stem, grains=tuple(own)) for stem, own in grains.items())


def inverse_document_frequency(*, documents: int, containing: int) -> float:
    """How much a term says that stands in `containing` of `documents` chunks; never negative."""
    return log(1 + (documents - containing + 0.5) / (containing + 0.5))
