"""Keeps every response time of a locust run: locust itself rounds them to milliseconds."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from locust import events


def install(path: Path) -> None:
    """Record from now on; at the end write ``{name: {"milliseconds": [...], "failures": n}}``."""
    milliseconds: dict[str, list[float]] = defaultdict(list)
    failures: dict[str, int] = defaultdict(int)

    def note(name: str, response_time: float, exception: BaseException | None, **_: Any) -> None:
        milliseconds[name].append(response_time)
        failures[name] += exception is not None

    def write(**_: Any) -> None:
        samples = {
            name: {"milliseconds": times, "failures": failures[name]}
            for name, times in sorted(milliseconds.items())
        }
        path.write_text(json.dumps(samples))

    events.request.add_listener(note)
    events.quitting.add_listener(write)
