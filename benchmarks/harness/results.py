"""Where measurements are kept: JSON with provenance, a table for people, and a plot.

A command may measure its parts at different times. Each part is a section of its own, with its own
provenance; writing one leaves the others as they are.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.harness.provenance import ROOT
from benchmarks.harness.tables import as_table

RESULTS = ROOT / "benchmarks" / "results"
_JSON = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY
_STEADY = {"Date": None, "Creator": None}
"""Drawn anew from the same figures, a plot is the same file."""

Rows = Sequence[Mapping[str, Any]]


def save_section(
    name: str,
    section: str,
    payload: Mapping[str, Any],
    rows: Rows,
    draw: Callable[[Axes], None] | None = None,
) -> None:
    """Keep one measurement of the command ``name``.

    Parameters
    ----------
    name
        Of the command: ``results/<name>.json`` and ``results/<name>.md``.
    section
        Which part of it; ``results/<name>-<section>.svg`` is its plot.
    payload
        Provenance and whatever was measured.
    rows
        The table; every row has the same keys.
    draw
        Draws the plot.

    """
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    kept = orjson.loads(path.read_bytes()) if path.exists() else {}
    sections = {**kept.get("sections", {}), section: {**payload, "rows": list(rows)}}
    path.write_bytes(orjson.dumps({"sections": sections}, option=_JSON) + b"\n")
    (RESULTS / f"{name}.md").write_text(_document(name, sections))
    if draw:
        _plot(f"{name}-{section}", draw)


def _document(name: str, sections: Mapping[str, Mapping[str, Any]]) -> str:
    parts = [f"# Benchmark {name}"]
    for title, section in sections.items():
        origin = section.get("provenance", {})
        parts.append(f"## {title}")
        if command := origin.get("command"):
            stolen = origin.get("stolen_share")
            lost = (
                f", {stolen:.0%} of the time went to other guests of the host"
                if stolen is not None
                else ""
            )
            parts.append(f"`{command}`, commit {str(origin.get('commit'))[:7]}{lost}")
        if section["rows"]:
            parts.append(as_table(section["rows"]))
    return "\n\n".join(parts) + "\n"


def _plot(name: str, draw: Callable[[Axes], None]) -> None:
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    draw(axes)
    figure.savefig(RESULTS / f"{name}.svg", metadata=_STEADY)
