"""Whether each served list follows from the generation and the changes that it names."""

import random
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from sqlalchemy import select

from benchmarks.harness.http_client import Client
from benchmarks.harness.requests import SIMILAR
from index.generations import GenerationStore
from index.live import Delta, LiveIndex, apply
from index.ranking import recommend
from index.snapshot import Snapshot
from service.database import Database, Entries
from service.indexing import read_delta_batch
from service.models import Change

LIMIT = 10
COLLECT_EVERY_SECONDS = 0.05
WRITE_EVERY_SECONDS = 0.3


@dataclass(frozen=True)
class ServedList:
    """A list of similar tracks as it was served."""

    seed: int
    version: str
    items: tuple[tuple[int, float], ...]
    """Track id and score, best first."""


class RepeatingClient(threading.Thread):
    """A thread that calls ``step`` again and again until it is stopped."""

    def __init__(self, port: int, pause: float) -> None:
        super().__init__(daemon=True)
        self.failures: Counter[str] = Counter()
        self.stopping = threading.Event()
        self._pause = pause
        self._client = Client(port, seconds=30)

    def run(self) -> None:
        """Repeat the step."""
        while not self.stopping.wait(self._pause):
            self.step()
        self._client.close()

    def step(self) -> None:
        """Send one request."""
        raise NotImplementedError

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON of a reply, or count a failure and return None."""
        try:
            reply = self._client.send(method, path, body)
        except ConnectionError as error:
            self.failures[str(error)] += 1
            return None
        if reply.status >= 300:
            self.failures[str(reply.status)] += 1
            return None
        return orjson.loads(reply.body)


class ListCollector(RepeatingClient):
    """Collects lists of similar tracks."""

    def __init__(self, port: int, tracks: int, seed: int) -> None:
        super().__init__(port, COLLECT_EVERY_SECONDS)
        self.lists: list[ServedList] = []
        self._random = random.Random(seed)
        self._tracks = tracks

    def step(self) -> None:
        """Collect one list."""
        seed = self._random.randint(1, self._tracks)
        reply = self.send("GET", f"{SIMILAR}?track_id={seed}&limit={LIMIT}")
        if reply is not None:
            items = tuple((item["id"], item["score"]) for item in reply["items"])
            self.lists.append(ServedList(seed, reply["index_version"], items))


class TrackChanger(RepeatingClient):
    """Changes the features of one track after the other, each only once."""

    def __init__(self, port: int, tracks: int, seed: int) -> None:
        super().__init__(port, WRITE_EVERY_SECONDS)
        self._random = random.Random(seed)
        self._order = self._random.sample(range(1, tracks + 1), min(tracks, 50_000))
        self.changed = 0

    def step(self) -> None:
        """Change one track."""
        track = self._order[self.changed]
        body = {"energy": round(self._random.random(), 3), "tempo": self._random.randint(60, 180)}
        if self.send("PATCH", f"/tracks/{track}", body) is not None:
            self.changed += 1


def inconsistent(lists: list[ServedList], store: GenerationStore, url: str) -> list[ServedList]:
    """Return the lists that do not follow from their generation and its changes."""
    oracle = VersionOracle(store, url)
    wrong = []
    for each in sorted(lists, key=lambda each: [int(n) for n in each.version.split(".")]):
        expected = oracle.similar(each.version, each.seed)
        same = [track for track, _ in expected] == [track for track, _ in each.items]
        scores = np.array([score for _, score in expected])
        if not same or np.abs(scores - [score for _, score in each.items]).max() > 1e-6:
            wrong.append(each)
    oracle.close()
    return wrong


class VersionOracle:
    """Lists as of any version: a generation and a number of changes after it."""

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
