"""Exact candidates: the top k of the whole score under filters and exclusions."""

from index.retrieval.filters import NO_FILTERS, NO_LIMITS, Filters, Limits, resolve
from index.retrieval.parts import SOUND_PARTS, sound_parts
from index.retrieval.plan import Plan, choose_plan
from index.retrieval.query import Candidates, Query, search_of
from index.retrieval.remaining import remaining
from index.retrieval.search_plan import scan_all
from index.retrieval.trending import top_counts

__all__ = [
    "NO_FILTERS",
    "NO_LIMITS",
    "SOUND_PARTS",
    "Candidates",
    "Filters",
    "Limits",
    "Plan",
    "Query",
    "choose_plan",
    "remaining",
    "resolve",
    "scan_all",
    "search_of",
    "sound_parts",
    "top_counts",
]
