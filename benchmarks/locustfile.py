"""Simulated listeners for Locust: `python -m benchmarks locust` runs them, or by hand:

    .venv/bin/locust --locustfile benchmarks/locustfile.py --host http://127.0.0.1:8000

Only `Player` and `Newcomer` write. The ids are fetched when the test starts.
"""

import os
import random
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locust import FastHttpUser, between, events, task
from locust.env import Environment

from benchmarks import response_times
from benchmarks.harness.http_client import Client
from benchmarks.zipf import Zipf

SEED = int(os.environ.get("BENCH_SEED", "1"))
PAUSE_SECONDS = float(os.environ.get("BENCH_PAUSE", "1"))
LIMIT = 20
PREFIX_LENGTHS = (2, 4, 6, 9)
"""Someone who types is answered at each of these lengths."""

if samples := os.environ.get("BENCH_SAMPLES"):
    response_times.install(Path(samples))


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


def fetch_ids(client: Client, *, seed: int) -> Ids:
    """Sample tracks and listeners of a running server."""
    tracks = _sample(client, "/tracks/", seed)
    users = _sample(client, "/users/", seed)
    genres = client.get("/genres/", limit=PAGE)["items"]
    return Ids(
        tracks=[track["id"] for track in tracks],
        titles=[track["title"] for track in tracks],
        users=[user["id"] for user in users],
        genres=[genre["name"] for genre in genres],
    )


def _sample(client: Client, path: str, seed: int) -> list[dict[str, Any]]:
    total = client.get(path, limit=1)["total"]
    pages = range(0, max(total, 1), PAGE)
    chosen = random.Random(seed).sample(pages, min(PAGES, len(pages)))
    return [
        item
        for offset in sorted(chosen)
        for item in client.get(path, limit=PAGE, offset=offset)["items"]
    ]


class Pool:
    """Tracks, listeners and genres that all simulated listeners share."""

    ids: Ids
    tracks: Zipf
    users: Zipf
    random = random.Random(SEED)


def learn_the_catalogue(environment: Environment, **_: Any) -> None:
    """Fetch ids once, before the first request that counts."""
    with Client(int(str(environment.host).rpartition(":")[2])) as client:
        Pool.ids = fetch_ids(client, seed=SEED)
    Pool.tracks = Zipf(Pool.ids.tracks, SEED)
    Pool.users = Zipf(Pool.ids.users, SEED)


events.test_start.add_listener(learn_the_catalogue)


class Listener(FastHttpUser):
    """Base of all behaviours: a pause for thought between two actions."""

    abstract = True
    wait_time = between(0.0, PAUSE_SECONDS)

    def ask(self, path: str, name: str, **parameters: Any) -> Any:
        """GET a path and return its JSON; anything but 200 is a failure."""
        with self.rest("GET", path, name=name, params=parameters) as reply:
            return reply.js

    def do(self, action: str, user_id: int, track_id: int) -> None:
        """Record one interaction."""
        body = {"user_id": user_id, "track_id": track_id, "action": action}
        with self.rest("POST", "/interactions/", name="POST /interactions/", json=body):
            pass


class Explorer(Listener):
    """Follows similar tracks from song to song, and opens some of them."""

    weight = 5

    @task
    def follow(self) -> None:
        """Walk three steps from a popular track."""
        track = Pool.tracks.draw()
        for _ in range(3):
            found = self.ask(
                "/recommendations/similar-tracks/", "similar-tracks", track_id=track, limit=LIMIT
            )
            if not found or not found["items"]:
                return
            track = Pool.random.choice(found["items"])["id"]
        self.ask(f"/tracks/{track}", "/tracks/{id}")


class Player(Listener):
    """Plays what is recommended, likes some of it and skips the rest: a reader and a writer."""

    weight = 3

    @task
    def play(self) -> None:
        """Ask for a list and react to its first tracks."""
        user = Pool.users.draw()
        found = self.ask(
            "/recommendations/personalized/", "personalized", user_id=user, limit=LIMIT
        )
        for item in (found or {"items": []})["items"][:2]:
            action = Pool.random.choices(("play", "like", "skip"), (6, 1, 3))[0]
            self.do(action, user, item["id"])


class Searcher(Listener):
    """Types a title letter by letter and opens the first hit."""

    weight = 2

    @task
    def search(self) -> None:
        """Ask at each stop of the fingers."""
        title = Pool.random.choice(Pool.ids.titles)
        found = None
        for length in PREFIX_LENGTHS:
            if text := title[:length].strip():
                found = self.ask("/tracks/search/", "search", q=text, limit=LIMIT)
        if found and found["items"]:
            self.ask(f"/tracks/{found['items'][0]['id']}", "/tracks/{id}")


class ChartReader(Listener):
    """Looks at what is trending, in general and within a genre."""

    weight = 1

    @task
    def read(self) -> None:
        """Open two lists."""
        window = Pool.random.choice(("day", "week", "month"))
        self.ask("/recommendations/trending/", "trending", window=window, limit=LIMIT)
        genre = Pool.random.choice(Pool.ids.genres)
        self.ask("/recommendations/trending/", "trending (genre)", genre=genre, limit=LIMIT)


class Newcomer(Listener):
    """Has no history: signs up, gets what is trending, plays it, and asks again."""

    weight = 1

    @task
    def join(self) -> None:
        """Create a listener and make the first step."""
        body = {"external_id": f"newcomer-{uuid.uuid4()}"}
        with self.rest("POST", "/users/", name="POST /users/", json=body) as reply:
            user = (reply.js or {}).get("id")
        if user is None:
            return
        for _ in range(2):
            found = self.ask(
                "/recommendations/personalized/", "personalized (new)", user_id=user, limit=LIMIT
            )
            if not found or not found["items"]:
                return
            self.do("play", user, found["items"][0]["id"])


class Reference(Listener):
    """Asks for the cheapest reply there is: the other figures are read as multiples of it."""

    weight = 1

    @task
    def beat(self) -> None:
        """GET /livez."""
        with self.client.get("/livez", name="/livez", catch_response=True):
            pass
