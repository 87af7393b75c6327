"""Exact candidates: the top k of the whole score under filters and exclusions."""

from index.retrieval.filters import NO_FILTERS, NO_LIMITS, Filters, Limits, outside, resolve
from index.retrieval.personal import best_of
from index.retrieval.search_plan import (
    Candidates,
    Query,
    boosts_of,
    merge,
    plan_of,
    remaining,
    search,
    searchable_for,
)
from index.retrieval.trending import top_counts

__all__ = [
    "NO_FILTERS",
    "NO_LIMITS",
    "Candidates",
    "Filters",
    "Limits",
    "Query",
    "best_of",
    "boosts_of",
    "merge",
    "outside",
    "plan_of",
    "remaining",
    "resolve",
    "search",
    "searchable_for",
    "top_counts",
]
