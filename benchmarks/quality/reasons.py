"""Whether the reasons of each item sum to its score, in random lists of every endpoint.

Lists are requested over HTTP, with random parameters, from a generated catalogue with learned
tables, so that every kind of reason occurs.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.harness.http_client import Client
from benchmarks.harness.requests import PERSONAL, SIMILAR, TRENDING
from benchmarks.harness.sections import Bar, Measured, Run, row
from benchmarks.harness.servers import published, serving_world
from index.features import FEATURE_NAMES
from index.trending import WINDOW_NAMES

TRACKS, LISTENERS, LISTS = 20_000, 500, 1_000
QUICK = (1_000, 100, 20)
TOLERANCE = Bar("<=", 1e-6)
RNG = np.random.Generator
DrawList = Callable[[RNG], list[dict[str, Any]]]


def measure(run: Run) -> Measured:
    """The greatest difference between a score and the sum of its reasons, by endpoint."""
    tracks, listeners, lists = QUICK if run.quick else (TRACKS, LISTENERS, LISTS)
    rows: list[dict[str, Any]] = []
    details: dict[str, list[str]] = {}
    with TemporaryDirectory(prefix="segue-reasons-") as folder:
        world = published(Path(folder), tracks=tracks, listeners=listeners, seed=run.seed)
        with serving_world(world) as port, Client(port) as client:
            api = RandomLists(client, tracks, listeners)
            for place, (name, draw_list) in enumerate(api.endpoints().items()):
                run.progress(name, place / len(api.endpoints()))
                rng = np.random.default_rng([run.seed, place])
                differences: list[float] = []
                parts: set[str] = set()
                for _ in range(lists):
                    for item in draw_list(rng):
                        reasons = {each["name"]: each["value"] for each in item["reasons"]}
                        differences.append(abs(sum(reasons.values()) - item["score"]))
                        parts.update(reasons)
                worst = max(differences)
                what = f"{name}: {lists:,} lists, {len(differences):,} items served, worst"
                rows.append(row(what, worst, TOLERANCE, shown=f"{worst:.1e}"))
                details[name] = sorted(parts)
    return Measured(f"generated, {tracks:,} tracks, {listeners:,} listeners", rows, details)


class RandomLists:
    """Random lists of each endpoint."""

    def __init__(self, client: Client, tracks: int, listeners: int) -> None:
        self._client = client
        self._tracks, self._listeners = tracks, listeners

    def endpoints(self) -> dict[str, DrawList]:
        """Return a function for each endpoint that requests one random list."""
        return {
            "similar tracks": self._similar,
            "personalized": self._personalized,
            "trending": self._trending,
            "several seeds": self._seed_list,
            "similar artists": self._artists,
            "path": self._path,
            "session": self._session,
        }

    def _similar(self, rng: RNG) -> list[dict[str, Any]]:
        query: dict[str, Any] = {"track_id": self._track(rng), **_parameters(rng)}
        if rng.random() < 0.25:
            query["weights"] = f"{rng.choice(FEATURE_NAMES)}:{rng.uniform(0.1, 3):.1f}"
        return self._get(SIMILAR, **query)

    def _personalized(self, rng: RNG) -> list[dict[str, Any]]:
        listener = int(rng.integers(1, self._listeners + 1))
        return self._get(PERSONAL, user_id=listener, **_parameters(rng))

    def _trending(self, rng: RNG) -> list[dict[str, Any]]:
        window = str(rng.choice(WINDOW_NAMES))
        return self._get(TRENDING, window=window, limit=int(rng.integers(1, 51)))

    def _seed_list(self, rng: RNG) -> list[dict[str, Any]]:
        seeds = [self._track(rng) for _ in range(int(rng.integers(1, 6)))]
        against = [self._track(rng) for _ in range(int(rng.integers(0, 3)))]
        body = {
            "seeds": {"tracks": seeds},
            "negative_seeds": {"tracks": against},
            "target_energy": float(rng.random()),
            "popularity": round(float(rng.random()), 2),
            "novelty": round(float(rng.random()), 2),
            "diversity": round(float(rng.random()), 2),
            "seed": int(rng.integers(0, 1_000)),
            "limit": int(rng.integers(1, 51)),
        }
        items: list[dict[str, Any]] = self._client.json("POST", "/recommendations/", body)["items"]
        return items

    def _artists(self, rng: RNG) -> list[dict[str, Any]]:
        path = "/recommendations/similar-artists/"
        return self._get(path, track_id=self._track(rng), limit=int(rng.integers(1, 21)))

    def _path(self, rng: RNG) -> list[dict[str, Any]]:
        first, last = rng.choice(self._tracks, 2, replace=False) + 1
        ends = {"from_track_id": int(first), "to_track_id": int(last)}
        return self._get("/recommendations/path/", **ends, steps=int(rng.integers(1, 20)))

    def _session(self, rng: RNG) -> list[dict[str, Any]]:
        body: dict[str, Any] = {"seeds": {"tracks": [self._track(rng)]}}
        if rng.random() < 0.5:
            body["user_id"] = int(rng.integers(1, self._listeners + 1))
        session = self._client.json("POST", "/sessions/", body)["session_id"]
        return self._get(f"/sessions/{session}/next", limit=int(rng.integers(1, 21)))

    def _track(self, rng: RNG) -> int:
        return int(rng.integers(1, self._tracks + 1))

    def _get(self, path: str, **query: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._client.get(path, **query)["items"]
        return items


def _parameters(rng: RNG) -> dict[str, Any]:
    """Draw optional parameters, each in some of the lists."""
    return dict(_drawn(rng))


def _drawn(rng: RNG) -> Iterator[tuple[str, Any]]:
    yield "limit", int(rng.integers(1, 51))
    if rng.random() < 0.5:
        yield "genre_bonus", round(float(rng.uniform(1, 2)), 2)
    if rng.random() < 0.5:
        yield "diversity", round(float(rng.random()), 2)
    if rng.random() < 0.25:
        yield "min_energy", round(float(rng.uniform(0, 0.5)), 2)
