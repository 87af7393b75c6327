"""Tables for people, from the measurements that go into the JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

REFERENCE = "/livez"
HEADINGS = {"what": "measurement", "bar": "required"}
"""Headings of the columns whose names in the JSON are shorter."""


def endpoint_rows(samples: Mapping[str, Mapping[str, Any]], seconds: float) -> list[dict[str, Any]]:
    """Return a row per endpoint: requests/s, percentiles, failures, ratio to the reference."""
    reference = float(np.median(samples[REFERENCE]["milliseconds"]))
    rows = []
    for name, sample in samples.items():
        p50, p95, p99 = np.percentile(sample["milliseconds"], (50, 95, 99))
        count = len(sample["milliseconds"])
        rows.append(
            {
                "endpoint": name,
                "requests": count,
                "requests_per_second": round(count / seconds, 1),
                "failures": sample["failures"],
                "p50_ms": round(float(p50), 2),
                "p95_ms": round(float(p95), 2),
                "p99_ms": round(float(p99), 2),
                "p50_to_reference": round(float(p50) / reference, 2),
            }
        )
    return rows


def as_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as a Markdown table; the keys of the first one make the headings."""
    keys = list(rows[0])
    headings = [HEADINGS.get(key, key.replace("_", " ")) for key in keys]
    cells = [headings, *([_cell(row[key]) for key in keys] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(keys))]
    lines = [" | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) for line in cells]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in lines)


def _cell(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
