"""What a benchmark knows of the catalogue behind a server: asked for over its API."""

import json
import random
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

PAGE = 100
PAGES = 40
"""Pages of tracks and of listeners that are sampled, spread over the whole catalogue."""


@dataclass(frozen=True, slots=True)
class Ids:
    """Things to ask for."""

    tracks: list[int]
    titles: list[str]
    users: list[int]
    genres: list[str]


def get_json(host: str, path: str, **parameters: Any) -> Any:
    """GET a path of the API."""
    url = f"{host}{path}?{urllib.parse.urlencode(parameters)}"
    with urllib.request.urlopen(url, timeout=30) as reply:
        return json.load(reply)


def fetch_ids(host: str, *, seed: int) -> Ids:
    """Sample tracks and listeners of a running server."""
    tracks = _sample(host, "/tracks/", seed)
    users = _sample(host, "/users/", seed)
    genres = get_json(host, "/genres/", limit=PAGE)["items"]
    return Ids(
        tracks=[track["id"] for track in tracks],
        titles=[track["title"] for track in tracks],
        users=[user["id"] for user in users],
        genres=[genre["name"] for genre in genres],
    )


def _sample(host: str, path: str, seed: int) -> list[dict[str, Any]]:
    total = get_json(host, path, limit=1)["total"]
    pages = range(0, max(total, 1), PAGE)
    chosen = random.Random(seed).sample(pages, min(PAGES, len(pages)))
    return [
        item
        for offset in sorted(chosen)
        for item in get_json(host, path, limit=PAGE, offset=offset)["items"]
    ]
