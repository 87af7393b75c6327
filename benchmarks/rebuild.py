"""``make bench-rebuild``: a million tracks and five million interactions, from database to index.

``--quick`` takes seconds and shows that a section works; its figures say little.
"""

import sys

from benchmarks.sections import Command

COMMAND = Command(
    "rebuild",
    "Measure rebuilds from MariaDB, and requests meanwhile.",
    {
        "build": "benchmarks.rebuilding:rebuilding",
        "swaps": "benchmarks.swaps:swaps",
    },
)

if __name__ == "__main__":
    sys.exit(COMMAND.main())
