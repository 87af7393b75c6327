"""``make bench-scale``: what grows with the catalogue, and what does not.

``--quick`` takes seconds and shows that a section works; its figures say little.
"""

import sys

from benchmarks.sections import Command

COMMAND = Command(
    "scale",
    "Measure builds and memory as the catalogue grows.",
    {
        "build": "benchmarks.growing:growing",
        "memory": "benchmarks.memory:memory",
        "learning": "benchmarks.learning:learning",
    },
)

if __name__ == "__main__":
    sys.exit(COMMAND.main())
