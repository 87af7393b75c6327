"""How lists did in the last days: rates by scenario with their intervals, and who beat whom."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from index.experiments import Sketch, distinct, empty_sketch, merged
from service.models import Comparison, Impressions, Outcomes
from service.outcomes.ids import Scenario

DAYS = 30


@dataclass(slots=True)
class Record:
    """What was shown in a scenario, and what listeners did with it."""

    lists: int = 0
    items: int = 0
    acted: int = 0
    accepted: int = 0
    skipped: int = 0
    timed: int = 0
    completed: int = 0
    repeated: int = 0
    seen: Sketch = field(default_factory=empty_sketch, repr=False)

    @property
    def different_tracks(self) -> int:
        """About how many different tracks were shown; never more than items."""
        return min(round(distinct(self.seen)), self.items)


@dataclass(frozen=True, slots=True)
class Contest:
    """Interleaved lists of two rankers, named by their letters."""

    teams: str
    first_wins: int
    second_wins: int
    ties: int


@dataclass(frozen=True, slots=True)
class Report:
    """The last `DAYS` days."""

    records: dict[Scenario, Record] = field(default_factory=dict)
    by_day: dict[date, dict[Scenario, Record]] = field(default_factory=dict)
    contests: tuple[Contest, ...] = ()


_BY_NAME = {scenario.value: scenario for scenario in Scenario}
_SHOWN = ("lists", "items")
_DONE = ("acted", "accepted", "skipped", "timed", "completed", "repeated")


def read_report(session: Session, today: date) -> Report:
    """Read the counts of the last days."""
    since = today - timedelta(days=DAYS - 1)
    total: dict[Scenario, Record] = {}
    by_day: dict[date, dict[Scenario, Record]] = {}

    def records(day: date, scenario: str) -> Iterable[Record]:
        name = _BY_NAME[scenario]
        yield by_day.setdefault(day, {}).setdefault(name, Record())
        yield total.setdefault(name, Record())

    for shown in session.scalars(select(Impressions).where(Impressions.day >= since)):
        seen = np.frombuffer(shown.seen, np.uint8)
        for record in records(shown.day, shown.scenario):
            _add(record, shown, _SHOWN)
            record.seen = merged(record.seen, seen)
    for done in session.scalars(select(Outcomes).where(Outcomes.day >= since)):
        for record in records(done.day, done.scenario):
            _add(record, done, _DONE)
    return Report(total, by_day, tuple(_contests(session, since)))


def _add(record: Record, row: Impressions | Outcomes, names: Iterable[str]) -> None:
    for name in names:
        setattr(record, name, getattr(record, name) + getattr(row, name))


def _contests(session: Session, since: date) -> Iterable[Contest]:
    sums = [func.sum(getattr(Comparison, name)) for name in ("first_wins", "second_wins", "ties")]
    rows = session.execute(
        select(Comparison.teams, *sums)
        .where(Comparison.day >= since)
        .group_by(Comparison.teams)
        .order_by(Comparison.teams)
    )
    return [
        Contest(teams, int(first), int(second), int(ties)) for teams, first, second, ties in rows
    ]
