"""Whole replies, and what the generation that each names would have answered."""

import http.client
import random
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from sqlalchemy import select

from benchmarks.asked import SIMILAR
from index.generations import GenerationStore
from index.live import Delta, LiveIndex, apply
from index.ranking import recommend
from index.snapshot import Snapshot
from service.database import Database, Entries
from service.indexing import read_delta_batch
from service.models import Change

LIMIT = 10
KEPT_EVERY_SECONDS = 0.05
WRITE_EVERY_SECONDS = 0.3


@dataclass(frozen=True)
class Reply:
    """What was answered for a seed."""

    seed: int
    version: str
    items: tuple[tuple[int, float], ...]
    """Track id and score, best first."""


class Side(threading.Thread):
    """A client beside the load; ``step`` is called again and again until it is stopped."""

    def __init__(self, port: int, pause: float) -> None:
        super().__init__(daemon=True)
        self.failures: Counter[str] = Counter()
        self.stopping = threading.Event()
        self._pause = pause
        self._port = port

    def run(self) -> None:
        """Step until told to stop."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self.stopping.wait(self._pause):
            try:
                self.step(connection)
            except (OSError, http.client.HTTPException) as error:
                self.failures[type(error).__name__] += 1
                connection.close()
        connection.close()

    def step(self, connection: http.client.HTTPConnection) -> None:
        """Do one thing."""
        raise NotImplementedError

    def ask(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: Any = None
    ) -> Any:
        """Send one request; a reply other than success is a failure."""
        content = None if body is None else orjson.dumps(body)
        connection.request(method, path, content, {"Content-Type": "application/json"})
        response = connection.getresponse()
        reply = response.read()
        if response.status >= 300:
            self.failures[str(response.status)] += 1
            return None
        return orjson.loads(reply)


class Keeper(Side):
    """Asks for similar tracks and keeps the replies."""

    def __init__(self, port: int, tracks: int, seed: int) -> None:
        super().__init__(port, KEPT_EVERY_SECONDS)
        self.replies: list[Reply] = []
        self._random = random.Random(seed)
        self._tracks = tracks

    def step(self, connection: http.client.HTTPConnection) -> None:
        """Keep one reply."""
        seed = self._random.randint(1, self._tracks)
        reply = self.ask(connection, "GET", f"{SIMILAR}?track_id={seed}&limit={LIMIT}")
        if reply is not None:
            items = tuple((item["id"], item["score"]) for item in reply["items"])
            self.replies.append(Reply(seed, reply["index_version"], items))


class Changer(Side):
    """Changes the sound of one track after the other, each only once."""

    def __init__(self, port: int, tracks: int, seed: int) -> None:
        super().__init__(port, WRITE_EVERY_SECONDS)
        self._random = random.Random(seed)
        self._order = self._random.sample(range(1, tracks + 1), min(tracks, 50_000))
        self.changed = 0

    def step(self, connection: http.client.HTTPConnection) -> None:
        """Change one track."""
        track = self._order[self.changed]
        body = {"energy": round(self._random.random(), 3), "tempo": self._random.randint(60, 180)}
        self.ask(connection, "PATCH", f"/tracks/{track}", body)
        self.changed += 1


def mixed(replies: list[Reply], store: GenerationStore, url: str) -> list[Reply]:
    """Return the replies that their generation and its changes do not give."""
    oracle = Oracle(store, url)
    wrong = []
    for reply in sorted(replies, key=lambda reply: [int(n) for n in reply.version.split(".")]):
        expected = oracle.similar(reply.version, reply.seed)
        same = [track for track, _ in expected] == [track for track, _ in reply.items]
        scores = np.array([score for _, score in expected])
        if not same or np.abs(scores - [score for _, score in reply.items]).max() > 1e-6:
            wrong.append(reply)
    oracle.close()
    return wrong


class Oracle:
    """Answers as of any version: a generation, and the first so many changes after it."""

    def __init__(self, store: GenerationStore, url: str) -> None:
        self._store = store
        self._database = Database(url, batch=True)
        self._snapshot: Snapshot | None = None
        self._live: LiveIndex | None = None

    def similar(self, version: str, seed: int) -> list[tuple[int, float]]:
        """Return track ids and scores."""
        live = self._as_of(version)
        row_of_seed = live.row_of(seed)
        assert row_of_seed is not None
        found = recommend.similar_tracks(live, row_of_seed, k=LIMIT, collapse_versions=True)
        ids = live.take(found.rows).track_ids
        return list(zip(ids.tolist(), found.scores.tolist(), strict=True))

    def close(self) -> None:
        """Close the connections."""
        self._database.dispose()

    def _as_of(self, version: str) -> LiveIndex:
        if self._live is None or self._live.version != version:
            generation, count = (int(number) for number in version.split("."))
            if self._snapshot is None or self._snapshot.generation != generation:
                self._snapshot = self._opened(generation)
            self._live = self._changed(self._snapshot, count)
        return self._live

    def _opened(self, generation: int) -> Snapshot:
        [manifest] = [m for m in self._store.manifests() if m.generation == generation]
        path = self._store.folder / f"gen-{generation:06d}"
        return self._store.load(path, database=manifest.database)

    def _changed(self, snapshot: Snapshot, count: int) -> LiveIndex:
        delta = Delta.empty(snapshot)
        if count:
            with self._database.reading() as session:
                query = select(Change.ids).where(Change.id > snapshot.watermark.high)
                listed = session.scalars(query.order_by(Change.id).limit(count)).all()
                ids = frozenset(id_ for each in listed for id_ in orjson.loads(each))
                entries = Entries(ids, frozenset(), frozenset(), count, more=False)
                delta = apply(snapshot, delta, read_delta_batch(session.connection(), entries))
        return LiveIndex(snapshot, delta)
