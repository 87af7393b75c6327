"""What was shown, counted by day and scenario."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from index.experiments import Sketch, empty_sketch, merged, sketch_of
from index.live import LiveIndex
from service.models import Impressions
from service.outcomes.ids import Scenario
from service.outcomes.shown_lists import Shown


class Day(NamedTuple):
    """What impressions are counted by."""

    day: date
    scenario: Scenario


@dataclass(slots=True)
class Tally:
    """Lists and items that were shown, and the sketch of the different tracks among them."""

    lists: int = 0
    items: int = 0
    seen: Sketch = field(default_factory=empty_sketch)


def tally(shown: Iterable[Shown]) -> dict[Scenario, Tally]:
    """Count lists by their scenario."""
    counted: dict[Scenario, Tally] = {}
    rows: dict[tuple[Scenario, int], tuple[LiveIndex, list[np.ndarray]]] = {}
    for each in shown:
        mine = counted.setdefault(each.scenario, Tally())
        mine.lists += 1
        mine.items += each.items
        if each.rows is not None and len(each.rows):
            rows.setdefault((each.scenario, id(each.live)), (each.live, []))[1].append(each.rows)
    for (scenario, _), (live, some) in rows.items():
        mine = counted[scenario]
        mine.seen = merged(mine.seen, sketch_of(live.ids_of(np.unique(np.concatenate(some)))))
    return counted


def add_to(pending: dict[Day, Tally], day: date, counted: Mapping[Scenario, Tally]) -> None:
    """Add what was counted to what is to be stored."""
    for scenario, more in counted.items():
        mine = pending.setdefault(Day(day, scenario), Tally())
        mine.lists += more.lists
        mine.items += more.items
        mine.seen = merged(mine.seen, more.seen)


def store_impressions(session: Session, pending: Mapping[Day, Tally]) -> None:
    """Add what was counted to the table; several workers may do so at once."""
    for (day, scenario), more in sorted(pending.items()):
        there = session.scalar(
            select(Impressions)
            .where(Impressions.day == day, Impressions.scenario == scenario)
            .with_for_update()
        )
        if there is None:
            seen = more.seen.tobytes()
            session.add(
                Impressions(
                    day=day, scenario=scenario, lists=more.lists, items=more.items, seen=seen
                )
            )
        else:
            there.lists += more.lists
            there.items += more.items
            there.seen = merged(np.frombuffer(there.seen, np.uint8), more.seen).tobytes()
