"""Text search: what matches a query, in which order, and the inverted index that finds it."""

from index.search.inverted_index import SearchIndex, SearchResult, popularity_order, write_search
from index.search.matching import (
    Document,
    Query,
    document,
    document_of_card,
    matching_documents,
    parse,
)
from index.search.vocabulary import WordCollector, Words

__all__ = [
    "Document",
    "Query",
    "SearchIndex",
    "SearchResult",
    "WordCollector",
    "Words",
    "document",
    "document_of_card",
    "matching_documents",
    "parse",
    "popularity_order",
    "write_search",
]
