"""``make bench-faults``: what fails, and what goes on meanwhile.

Each section is a measurement of its own, a function ``measure(run: Run) -> Measured``.
``--quick`` takes seconds and shows that a section works; its figures say little.
"""

import sys

from benchmarks.sections import Command, Measured, Run, row

__all__ = ["COMMAND", "SECTIONS", "Measured", "Run", "measure", "row"]

SECTIONS: dict[str, str] = {
    "database-down": "benchmarks.away:database_down",
    "database-hung": "benchmarks.away:database_hung",
    "writes": "benchmarks.writes:writes",
    "delta": "benchmarks.delta:delta",
    "damage": "benchmarks.damage:damage",
    "publishing": "benchmarks.publishing:publishing",
    "crashes": "benchmarks.crashes:crashes",
    "crashes-on-sqlite": "benchmarks.crashes:crashes_on_sqlite",
    "starts": "benchmarks.starts:starts",
}
"""Section -> the function that measures it."""

COMMAND = Command("faults", "Measure what fails, and what goes on meanwhile.", SECTIONS)
measure = COMMAND.measure

if __name__ == "__main__":
    sys.exit(COMMAND.main())
