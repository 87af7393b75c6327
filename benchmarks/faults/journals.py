"""Writers with journals, and the comparison of the stored rows with the journals."""

import random
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from benchmarks.harness.http_client import Client

TRACKS, USERS = 500, 50
LIST_SIZES = (1, 1, 1, 20, 100)
SENT_AGAIN = 0.8
"""Share of the requests without an answer that are sent again until they are acknowledged."""

Event = tuple[int, int, str]
"""User, track, action."""
StoredInteractions = tuple[str | None, int, int, str]
"""Event id, and the event that it names."""


@dataclass
class Journal:
    """Events that one writer has sent, list by list, and those that were acknowledged."""

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
        self._number = number
        self._random = random.Random(1000 * seed + number)
        self._client = Client(port, seconds=30)
        self._next = 0

    def run(self) -> None:
        """Write until told to stop."""
        while not self.stopping.is_set():
            events = self._new_events(self._random.choice(LIST_SIZES))
            self.journal.sent.update(events)
            self.journal.lists.append(tuple(events))
            persists = self._random.random() < SENT_AGAIN
            while not self._acknowledged(events):
                if not persists or self.stopping.wait(0.05):
                    break
        self._client.close()

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
        try:
            answer = self._client.send(
                "POST", "/interactions/", bodies if len(bodies) > 1 else bodies[0]
            )
        except ConnectionError as error:
            self.journal.refused[str(error)] += 1
            return False
        if answer.status not in (200, 201):
            self.journal.refused[str(answer.status)] += 1
            return False
        reply = orjson.loads(answer.body)
        items = reply["items"] if len(bodies) > 1 else [reply]
        if [item["event_id"] for item in items] != list(events):
            raise AssertionError(f"acknowledged {items} for {events}")
        self.journal.acknowledged.update(events)
        return True


@dataclass(frozen=True)
class Verdict:
    """Differences between tables and journals."""

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
        """Whether nothing is lost, duplicated, invented or stored in part."""
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
    """Compare the stored rows with the journals."""
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
