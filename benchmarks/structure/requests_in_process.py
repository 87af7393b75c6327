"""Send requests to an application in this process; print the files that each kind of them opens.

It runs in the tree that is measured, which may be of any commit, so it imports nothing but the
application and the tracer.
"""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import sitecustomize as tracer  # type: ignore[import-not-found]  # a copy of tracer.py
from fastapi.testclient import TestClient

from service.app import create_app

TIMES = 5
"""Files of threads that poll are recorded by chance: a trip's own files are in most of its runs."""


def opened(request: Callable[[int], Any]) -> list[str]:
    """Return what most of some runs record; the first run, which fills caches, does not count."""
    counts: Counter[str] = Counter()
    for number in range(TIMES + 1):
        tracer.recorded.clear()
        response = request(number + 1)
        seen = set(tracer.recorded)
        if response.status_code >= 300:
            raise RuntimeError(response.text)
        if number:
            counts.update(seen)
    return sorted(name for name, count in counts.items() if count > TIMES / 2)


def main() -> None:
    """Send the requests."""
    with TestClient(create_app()) as client:
        trips = {
            "similar tracks": lambda number: client.get(
                "/recommendations/similar-tracks/", params={"track_id": number}
            ),
            "personalized": lambda number: client.get(
                "/recommendations/personalized/", params={"user_id": number}
            ),
            "interaction write": lambda number: client.post(
                "/interactions/", json={"user_id": number, "track_id": number, "action": "play"}
            ),
        }
        found = {name: opened(request) for name, request in trips.items()}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
