"""Who wins an interleaved list: counted by day, as listeners take its tracks up."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from index.experiments import FIRST, team_of, winner
from service.models import Comparison, Showing
from service.outcomes.ids import Key, read


class Verdict(NamedTuple):
    """A list that was decided: on which day, between whom, and the column that counts it."""

    day: date
    teams: str
    column: str


Verdicts = Mapping[tuple[str, int], Verdict]
"""By list and listener."""


def verdicts(showings: Mapping[Key, Showing]) -> Verdicts:
    """Return who won each interleaved list, given all showings of each."""
    taken: dict[tuple[str, int], list[Showing]] = defaultdict(list)
    for key, showing in showings.items():
        if showing.accepted:
            taken[key.recommendation_id, key.user_id].append(showing)
    found: dict[tuple[str, int], Verdict] = {}
    for (name, user), some in taken.items():
        told = read(name)
        if told is not None and told.teams is not None:
            found[name, user] = _verdict(told.teams, some)
    return found


def store_verdicts(session: Session, before: Verdicts, after: Verdicts) -> None:
    """Count what has been decided, or decided otherwise, since ``before``."""
    for key, verdict in after.items():
        previous = before.get(key)
        if previous is None:
            _count(session, verdict, 1)
        elif previous != verdict:
            _count(session, previous, -1)
            _count(session, verdict, 1)


def _verdict(teams: str, taken: Sequence[Showing]) -> Verdict:
    won = winner([team_of(teams[2:], showing.track_id) for showing in taken])
    column = "ties" if won is None else "first_wins" if won == FIRST else "second_wins"
    return Verdict(min(showing.day for showing in taken), teams[:2], column)


def _count(session: Session, verdict: Verdict, step: int) -> None:
    row = session.get(Comparison, (verdict.day, verdict.teams))
    if row is None:
        nothing = {"first_wins": 0, "second_wins": 0, "ties": 0}
        row = Comparison(day=verdict.day, teams=verdict.teams, **nothing)
        session.add(row)
        session.flush()
    setattr(row, verdict.column, getattr(row, verdict.column) + step)
