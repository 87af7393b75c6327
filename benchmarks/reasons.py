"""Whether what is said of a score is the whole of it: reasons of random lists, summed up.

Lists are asked for over HTTP, with random knobs, from a generated catalogue whose listeners have
been learned from, so that every kind of reason occurs.
"""

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import numpy as np

from benchmarks.asked import PERSONAL, SIMILAR, TRENDING
from benchmarks.sections import Measured, Run, row
from benchmarks.served import prepared, serving
from index.features import FEATURE_NAMES
from index.trending import WINDOW_NAMES

TRACKS, LISTENERS, LISTS = 20_000, 500, 1_000
QUICK = (1_000, 100, 20)
TOLERANCE = 1e-6
RNG = np.random.Generator
Ask = Callable[[RNG], list[dict[str, Any]]]


def measure(run: Run) -> Measured:
    """The greatest difference between a score and the sum of its reasons, by endpoint."""
    tracks, listeners, lists = QUICK if run.quick else (TRACKS, LISTENERS, LISTS)
    rows: list[dict[str, Any]] = []
    details: dict[str, list[str]] = {}
    with TemporaryDirectory(prefix="segue-reasons-") as folder:
        world = prepared(Path(folder), tracks=tracks, listeners=listeners, seed=run.seed)
        with serving(world) as port, closing(_connection(port)) as connection:
            api = Api(connection, tracks, listeners)
            for place, (name, ask) in enumerate(api.endpoints().items()):
                run.progress(name, place / len(api.endpoints()))
                rng = np.random.default_rng([run.seed, place])
                differences: list[float] = []
                parts: set[str] = set()
                for _ in range(lists):
                    for item in ask(rng):
                        told = {each["name"]: each["value"] for each in item["reasons"]}
                        differences.append(abs(sum(told.values()) - item["score"]))
                        parts.update(told)
                worst = max(differences)
                what = f"{name}: {lists:,} lists, {len(differences):,} items served, worst"
                bar = f"<= {TOLERANCE:g}"
                rows.append(row(what, f"{worst:.1e}", bar, reached=worst <= TOLERANCE))
                details[name] = sorted(parts)
    return Measured(f"generated, {tracks:,} tracks, {listeners:,} listeners", rows, details)


class Api:
    """Random lists of each endpoint."""

    def __init__(self, connection: http.client.HTTPConnection, tracks: int, listeners: int) -> None:
        self._connection = connection
        self._tracks, self._listeners = tracks, listeners

    def endpoints(self) -> dict[str, Ask]:
        """Return what asks each endpoint that ranks by a score for one list."""
        return {
            "similar tracks": self._similar,
            "personalized": self._personalized,
            "trending": self._trending,
            "several seeds": self._blend,
            "similar artists": self._artists,
            "path": self._path,
            "session": self._session,
        }

    def _similar(self, rng: RNG) -> list[dict[str, Any]]:
        query: dict[str, Any] = {"track_id": self._track(rng), **_knobs(rng)}
        if rng.random() < 0.25:
            query["weights"] = f"{rng.choice(FEATURE_NAMES)}:{rng.uniform(0.1, 3):.1f}"
        return self._get(SIMILAR, **query)

    def _personalized(self, rng: RNG) -> list[dict[str, Any]]:
        listener = int(rng.integers(1, self._listeners + 1))
        return self._get(PERSONAL, user_id=listener, **_knobs(rng))

    def _trending(self, rng: RNG) -> list[dict[str, Any]]:
        window = str(rng.choice(WINDOW_NAMES))
        return self._get(TRENDING, window=window, limit=int(rng.integers(1, 51)))

    def _blend(self, rng: RNG) -> list[dict[str, Any]]:
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
        return self._items("POST", "/recommendations/", body)

    def _artists(self, rng: RNG) -> list[dict[str, Any]]:
        way = "/recommendations/similar-artists/"
        return self._get(way, track_id=self._track(rng), limit=int(rng.integers(1, 21)))

    def _path(self, rng: RNG) -> list[dict[str, Any]]:
        first, last = rng.choice(self._tracks, 2, replace=False) + 1
        ends = {"from_track_id": int(first), "to_track_id": int(last)}
        return self._get("/recommendations/path/", **ends, steps=int(rng.integers(1, 20)))

    def _session(self, rng: RNG) -> list[dict[str, Any]]:
        body: dict[str, Any] = {"seeds": {"tracks": [self._track(rng)]}}
        if rng.random() < 0.5:
            body["user_id"] = int(rng.integers(1, self._listeners + 1))
        session = self._reply("POST", "/sessions/", body)["session_id"]
        return self._get(f"/sessions/{session}/next", limit=int(rng.integers(1, 21)))

    def _track(self, rng: RNG) -> int:
        return int(rng.integers(1, self._tracks + 1))

    def _get(self, path: str, **query: Any) -> list[dict[str, Any]]:
        return self._items("GET", f"{path}?{urlencode(query)}")

    def _items(self, method: str, path: str, body: Any = None) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._reply(method, path, body)["items"]
        return items

    def _reply(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        content = None if body is None else json.dumps(body)
        self._connection.request(method, path, content, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        reply: dict[str, Any] = json.loads(response.read())
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {reply}")
        return reply


def _knobs(rng: RNG) -> dict[str, Any]:
    """Draw knobs, each of which is used now and then."""
    return dict(_drawn(rng))


def _drawn(rng: RNG) -> Iterator[tuple[str, Any]]:
    yield "limit", int(rng.integers(1, 51))
    if rng.random() < 0.5:
        yield "genre_bonus", round(float(rng.uniform(1, 2)), 2)
    if rng.random() < 0.5:
        yield "diversity", round(float(rng.random()), 2)
    if rng.random() < 0.25:
        yield "min_energy", round(float(rng.uniform(0, 0.5)), 2)


def _connection(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=60)
