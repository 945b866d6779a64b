"""How words are made comparable: one analysis for documents and queries, and the BM25 numbers made of it.

The indexes in PostgreSQL and in memory share it, so that they rank alike.
"""

from adapters.lexical.analysis import HASH_SPACE, LANGUAGES, Term, analyse, fold
from adapters.lexical.bm25 import (
    IMPACT_UNIT,
    POSTINGS_BUDGET,
    DocumentTerms,
    QueryTerm,
    document_terms,
    inverse_document_frequency,
    query_terms,
    searchable_text,
    terms_by_chunk,
)
from adapters.lexical.words import STOP_WORDS

__all__ = [
    "HASH_SPACE",
    "IMPACT_UNIT",
    "LANGUAGES",
    "POSTINGS_BUDGET",
    "STOP_WORDS",
    "DocumentTerms",
    "QueryTerm",
    "Term",
    "analyse",
    "document_terms",
    "fold",
    "inverse_document_frequency",
    "query_terms",
    "searchable_text",
    "terms_by_chunk",
]
