"""Which process runs which tests, and in what order.

A module's tests stay together, for they share what is expensive to start; those of the browser do
so all together, for they share one server and one Chromium. What takes longest comes first: at the
end a long module would keep one process busy while the others have nothing left to do.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

BROWSER = "tests/browser"
LONGEST = (
    BROWSER,
    "tests/service/importing/test_import_command.py",
    "tests/service/commands/test_serve.py",
    "tests/test_make_run.py",
    "tests/service/http/test_edges.py",
    "tests/service/indexing/test_indexer.py",
    "tests/index/kernels/test_cache.py",
    "tests/test_deploy.py",
    "tests/service/recommendations/test_recommendations.py",
    "tests/service/http/test_openapi.py",
    "tests/index/retrieval/test_exactness.py",
    "tests/harness/test_corruption.py",
)
"""More than 15 seconds each on two slow cores. All others follow in their own order."""


def together_with(test: str) -> str:
    """Return what names all tests that share something expensive with this one."""
    module = test.partition("::")[0]
    return BROWSER if module.startswith(BROWSER + "/") else module


def longest_first(tests: list[pytest.Item]) -> None:
    """Put tests into the order in which they had better start."""
    place = {unit: number for number, unit in enumerate(LONGEST)}
    tests.sort(key=lambda test: place.get(together_with(test.nodeid), len(place)))


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # it carries no types
    """Units of tests in their order, each to the process that has nothing left to do."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return together_with(nodeid)
