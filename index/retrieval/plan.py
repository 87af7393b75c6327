"""How a query is answered: `choose_plan` chooses, and the plan searches and takes scores apart."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.live import LiveIndex
from index.retrieval.personal import PersonalPlan
from index.retrieval.query import Candidates, Query
from index.retrieval.search_plan import search_plan


class Plan(Protocol):
    """How a query is answered: it searches, and it explains what it has found."""

    @property
    def name(self) -> str:
        """The name that a reply tells."""

    @property
    def query(self) -> Query:
        """What is searched for."""

    @property
    def part_names(self) -> tuple[str, ...]:
        """The names of the parts of a score."""

    def best(self, k: int) -> Candidates:
        """Return the exact ``k`` best live tracks, fewer where there are no more."""

    def parts(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the parts (k, parts) of the scores of ``rows``."""


def choose_plan(live: LiveIndex, query: Query, k: int) -> Plan:
    """Return the cheapest exact plan for a list of about ``k`` tracks."""
    plan = search_plan(live, query, k)
    return PersonalPlan(plan) if len(query.candidates.rows) else plan
