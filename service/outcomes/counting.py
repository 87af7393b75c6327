"""What listeners do with the lists they are shown, counted by the indexer as interactions come.

A *showing* is one track of one list as one listener deals with it. Each interaction that names a
list belongs to a showing; a later play of the track, from wherever, says that the listener came
back to it. Interactions are read once, in the order of their ids; what they change is counted in
the same transaction in which it is noted how far the reading has come.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service.database import Database, portions
from service.http import utc_now
from service.models import Interaction, Meta, Outcomes, Showing, Track
from service.outcomes.comparisons import store_verdicts, verdicts
from service.outcomes.ids import Key, Scenario, read

COMPLETE = 0.8
"""Who hears this share of a track has heard it."""
PORTION = 10_000
"""Ids of interactions in one transaction."""
KEPT_DAYS = 90
"""Showings are forgotten after this; their counts stay."""
_WATERMARK = "outcomes_counted"
_ACCEPTING = frozenset({"play", "like", "playlist_add"})
_REFUSING = frozenset({"skip", "dislike"})


@dataclass(slots=True)
class Counts:
    """Showings, and what became of them."""

    acted: int = 0
    accepted: int = 0
    skipped: int = 0
    timed: int = 0
    completed: int = 0
    repeated: int = 0

    def add(self, other: "Counts", sign: int = 1) -> None:
        """Add other counts, or take them away."""
        for each in fields(self):
            value = getattr(self, each.name) + sign * getattr(other, each.name)
            setattr(self, each.name, value)


class Named(NamedTuple):
    """An interaction that names a list."""

    id: int
    key: Key
    action: str
    listen_duration: int | None
    duration: int | None
    day: date


def newest_interaction(database: Database) -> int:
    """Return the greatest id that was given out and is committed."""
    with database.reading() as session:
        return session.scalar(select(func.max(Interaction.id))) or 0


def count_outcomes(database: Database, upto: int) -> int:
    """Count the interactions up to an id that were not counted yet; return how many named a list.

    No interaction up to ``upto`` may still wait to be committed. For one process at a time.
    """
    counted, more = 0, True
    while more:
        with database.writing() as session:
            mark = session.get(Meta, _WATERMARK, with_for_update=True)
            if mark is None:
                mark = Meta(name=_WATERMARK, value="0")
                session.add(mark)
            after = int(mark.value)
            last = min(after + PORTION, upto)
            more = last < upto
            if last > after:
                counted += _count(session, after, last)
                mark.value = str(last)
    return counted


def forget_showings(session: Session) -> None:
    """Delete the showings of long ago."""
    oldest = utc_now().date() - timedelta(days=KEPT_DAYS)
    session.execute(delete(Showing).where(Showing.day < oldest))


def counts_of(showing: Showing) -> Counts:
    """Return what one showing adds to the counts of its day."""
    return Counts(
        acted=1,
        accepted=int(showing.accepted),
        skipped=int(showing.skipped),
        timed=int(showing.timed),
        completed=int(showing.completed),
        repeated=int(showing.accepted and showing.plays > 1),
    )


def _count(session: Session, after: int, last: int) -> int:
    named = _named(session, after, last)
    showings = _showings(session, {each.key.recommendation_id for each in named})
    before = {key: counts_of(showing) for key, showing in showings.items()}
    previous = verdicts(showings)

    begun: dict[Key, int] = {}
    for each in named:
        showing = showings.get(each.key)
        if showing is None:
            showing = showings[each.key] = _new_showing(each)
            session.add(showing)
            begun[each.key] = each.id
        _apply(showing, each)
    session.flush()
    for key, came_back in _came_back(session, after, last):
        if came_back > begun.get(key, 0):
            if key not in showings:
                showing = session.get_one(Showing, key)
                showings[key], before[key] = showing, counts_of(showing)
            showings[key].plays += 1

    _store_outcomes(session, showings, before)
    store_verdicts(session, previous, verdicts(showings))
    return len(named)


def _named(session: Session, after: int, last: int) -> list[Named]:
    rows = session.execute(
        select(
            Interaction.id,
            Interaction.recommendation_id,
            Interaction.user_id,
            Interaction.track_id,
            Interaction.action,
            Interaction.listen_duration,
            Track.duration,
            Interaction.created_at,
        )
        .join(Track, Track.id == Interaction.track_id)
        .where(Interaction.id > after, Interaction.id <= last)
        .where(Interaction.recommendation_id.is_not(None))
        .order_by(Interaction.id)
    )
    today = utc_now().date()
    return [
        Named(id_, Key(name, user, track), action, listened, duration, at.date() if at else today)
        for id_, name, user, track, action, listened, duration, at in rows
        if name is not None and read(name) is not None  # plain SQL may have written anything
    ]


def _showings(session: Session, names: set[str]) -> dict[Key, Showing]:
    """Return all showings of these lists."""
    return {
        Key(each.recommendation_id, each.user_id, each.track_id): each
        for some in portions(sorted(names))
        for each in session.scalars(select(Showing).where(Showing.recommendation_id.in_(some)))
    }


def _new_showing(named: Named) -> Showing:
    flags = dict.fromkeys(("accepted", "skipped", "timed", "completed"), False)
    return Showing(**named.key._asdict(), day=named.day, plays=0, **flags)


def _apply(showing: Showing, named: Named) -> None:
    showing.accepted |= named.action in _ACCEPTING
    showing.skipped |= named.action in _REFUSING
    if named.action == "play":
        showing.plays += 1
        if named.duration and named.listen_duration is not None:
            showing.timed = True
            showing.completed |= named.listen_duration >= COMPLETE * named.duration


def _came_back(session: Session, after: int, last: int) -> Iterable[tuple[Key, int]]:
    """Yield the plays of tracks that have a showing and name another list, or none."""
    rows = session.execute(
        select(
            Showing.recommendation_id,
            Showing.user_id,
            Showing.track_id,
            Interaction.id,
            Interaction.recommendation_id,
        )
        .join(
            Showing,
            (Showing.user_id == Interaction.user_id) & (Showing.track_id == Interaction.track_id),
        )
        .where(Interaction.id > after, Interaction.id <= last, Interaction.action == "play")
    )
    for name, user, track, id_, own in rows:
        if own != name:
            yield Key(name, user, track), id_


def _store_outcomes(
    session: Session, showings: Mapping[Key, Showing], before: Mapping[Key, Counts]
) -> None:
    changes: dict[tuple[date, Scenario], Counts] = defaultdict(Counts)
    for key, showing in showings.items():
        told = read(key.recommendation_id)
        assert told is not None  # noqa: S101 - for the type checker
        change = changes[showing.day, told.scenario]
        change.add(counts_of(showing))
        if key in before:
            change.add(before[key], -1)
    for (day, scenario), change in changes.items():
        if change == Counts():
            continue
        row = session.get(Outcomes, (day, scenario))
        if row is None:
            nothing = {each.name: 0 for each in fields(Counts)}
            row = Outcomes(day=day, scenario=scenario, **nothing)
            session.add(row)
        for each in fields(Counts):
            setattr(row, each.name, getattr(row, each.name) + getattr(change, each.name))
