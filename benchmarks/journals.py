"""Four writers with journals, and how what is stored compares with what they know."""

import http.client
import random
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

TRACKS, USERS = 500, 50
LIST_SIZES = (1, 1, 1, 20, 100)
SENT_AGAIN = 0.8
"""Share of the requests without an answer that are sent again until they are acknowledged."""

Event = tuple[int, int, str]
"""User, track, action."""
StoredInteractions = tuple[str | None, int, int, str]
"""Event id, and what it stands for."""


@dataclass
class Journal:
    """What one writer has sent, list by list, and what was acknowledged."""

    sent: dict[str, Event] = field(default_factory=dict)
    lists: list[tuple[str, ...]] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)


class Writer(threading.Thread):
    """Posts interactions, one by one and in lists, and keeps its journal."""

    def __init__(self, number: int, port: int, seed: int) -> None:
        super().__init__(name=f"writer-{number}", daemon=True)
        self.journal = Journal()
        self.stopping = threading.Event()
        self._number, self._port = number, port
        self._random = random.Random(1000 * seed + number)
        self._connection: http.client.HTTPConnection | None = None
        self._next = 0

    def run(self) -> None:
        """Write until told to stop."""
        while not self.stopping.is_set():
            events = self._new_events(self._random.choice(LIST_SIZES))
            self.journal.sent.update(events)
            self.journal.lists.append(tuple(events))
            insists = self._random.random() < SENT_AGAIN
            while not self._acknowledged(events):
                if not insists or self.stopping.wait(0.05):
                    break
        self._hang_up()

    def _new_events(self, size: int) -> dict[str, Event]:
        events = {}
        for _ in range(size):
            self._next += 1
            events[f"{self._number}-{self._next}"] = (
                self._random.randint(1, USERS),
                self._random.randint(1, TRACKS),
                self._random.choice(("play", "like", "skip")),
            )
        return events

    def _acknowledged(self, events: dict[str, Event]) -> bool:
        bodies = [
            {"event_id": id_, "user_id": user, "track_id": track, "action": action}
            for id_, (user, track, action) in events.items()
        ]
        body = orjson.dumps(bodies if len(bodies) > 1 else bodies[0])
        try:
            status, reply = self._post(body)
        except (OSError, http.client.HTTPException) as error:
            self._hang_up()
            self.journal.refused[type(error).__name__] += 1
            return False
        if status not in (200, 201):
            self.journal.refused[str(status)] += 1
            return False
        items = reply["items"] if len(bodies) > 1 else [reply]
        if [item["event_id"] for item in items] != list(events):
            raise AssertionError(f"acknowledged {items} for {events}")
        self.journal.acknowledged.update(events)
        return True

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _post(self, body: bytes) -> tuple[int, Any]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        headers = {"Content-Type": "application/json"}
        self._connection.request("POST", "/interactions/", body, headers)
        response = self._connection.getresponse()
        content = response.read()
        return response.status, orjson.loads(content)


@dataclass(frozen=True)
class Verdict:
    """How the tables compare with the journals."""

    kills: Counter[str]
    acknowledged: int
    in_doubt: int
    lost: int
    duplicated: int
    phantom: int
    torn_lists: int
    stored: int
    indexed: int
    """Interactions in the last generation."""
    refused: Counter[str]
    longest_seconds: float
    """Until each writer was acknowledged again after a kill."""

    @property
    def sound(self) -> bool:
        """Whether every promise was kept."""
        return (
            not (self.lost or self.duplicated or self.phantom or self.torn_lists)
            and self.stored == self.indexed
        )


def judge(
    journals: Sequence[Journal],
    rows: Sequence[StoredInteractions],
    indexed: int,
    kills: Counter[str],
    longest_seconds: float,
) -> Verdict:
    """Compare what is stored with what the writers know."""
    sent = {id_: event for journal in journals for id_, event in journal.sent.items()}
    acknowledged = set[str]().union(*(journal.acknowledged for journal in journals))
    counts = Counter(row[0] for row in rows)
    right = {row[0] for row in rows if row[0] and sent.get(row[0]) == tuple(row[1:])}
    lists = [ids for journal in journals for ids in journal.lists]
    return Verdict(
        kills=kills,
        acknowledged=len(acknowledged),
        in_doubt=len(sent) - len(acknowledged),
        lost=len(acknowledged - right),
        duplicated=sum(count - 1 for count in counts.values()),
        phantom=sum(row[0] not in right for row in rows),
        torn_lists=sum(0 < sum(id_ in counts for id_ in ids) < len(ids) for ids in lists),
        stored=len(rows),
        indexed=indexed,
        refused=sum((journal.refused for journal in journals), Counter[str]()),
        longest_seconds=longest_seconds,
    )
