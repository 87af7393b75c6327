"""What changed since the snapshot, as an immutable value that is cheap to derive from the last one.

A changed track kills its old row and takes a new slot, row ``n + slot``. Events are kept by track
and user id, so an event may arrive before its track. Deleting a track or user "cuts" its events:
those up to that moment are gone for good, also if the id is used again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from immutables import Map
from numpy.typing import NDArray

from index.catalogue import InteractionColumns, TrackColumns, album_keys, artist_keys, song_keys
from index.features import COORDINATES, DIMENSIONS
from index.live.column_log import ColumnLog, Schema
from index.search import document, document_of_card
from index.signals import SIGNAL_NAMES, SIGNALS, TrackFacts, default_weights, static_scores
from index.snapshot import NO_ROW as NO_ROW
from index.snapshot import Snapshot, impute, static_array, unit_rows
from index.text import key

SMALL_LOOKUP = 16
"""So many ids are looked up one by one sooner than all at once."""

TRACK_SCHEMA: Schema = {
    "track_ids": (np.int64, ()),
    "features": (np.float64, (DIMENSIONS,)),
    "vectors": (np.float64, (COORDINATES,)),
    "genre_codes": (np.int32, ()),
    "artist_keys": (np.int64, ()),
    "album_keys": (np.int64, ()),
    "song_keys": (np.int64, ()),
    "imputed": (np.uint8, ()),
    **dict.fromkeys(SIGNAL_NAMES, (np.float64, ())),
    "prior": (np.float64, ()),
    "static_personal": (np.float64, ()),
    "static_popular": (np.float64, ()),
    "card": (object, ()),
    "document": (object, ()),
}
EVENT_SCHEMA: Schema = {
    "user_ids": (np.int64, ()),
    "track_ids": (np.int64, ()),
    "rows": (np.int64, ()),
    "actions": (np.uint8, ()),
    "ratings": (np.uint8, ()),
    "listened": (np.float32, ()),
    "at": (np.float64, ()),
    "previous": (np.int64, ()),
}
DOCUMENT_SCHEMA: Schema = {"document": (object, ())}


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """The present state of rows that were written; removals are applied before additions."""

    tracks: TrackColumns
    """Added and changed tracks, each at most once."""
    removed_tracks: NDArray[np.int64]
    users: NDArray[np.int64]
    """Users that exist."""
    removed_users: NDArray[np.int64]
    interactions: InteractionColumns
    """New interactions; each may be handed over only once."""
    count: int
    """How many changes of the feed these are."""
    tastes: Mapping[int, bytes] = field(default_factory=dict)
    """What listeners say of their own taste now; empty where they say nothing any more."""


@dataclass(frozen=True, slots=True, eq=False)
class Delta:
    """One version of what changed. All parts are immutable, or append-only below their length."""

    count: int
    """Changes applied since the snapshot."""
    tracks: ColumnLog
    """Added and changed tracks by slot, as `TRACK_SCHEMA` says."""
    alive: NDArray[np.bool_]
    """(slots,) whether the slot is what its track looks like now."""
    slots: Map[int, int]
    """Slot by track_id, of live slots."""
    removed: NDArray[np.bool_] | None
    """(n,) snapshot rows that are dead; None where none is."""
    dead_documents: ColumnLog
    """Searchable text of the dead snapshot rows."""
    track_cuts: Map[int, int]
    """Deleted tracks: events before this position are gone, the snapshot's too."""
    users: Map[int, bool]
    """Whether a user exists, where that may differ from the snapshot."""
    user_cuts: Map[int, int]
    """Deleted users: events before this position are gone, the snapshot's too."""
    events: ColumnLog
    """Interactions in the order of arrival, as `EVENT_SCHEMA` says."""
    last_events: Map[int, int]
    """Position of a user's latest event; ``previous`` of an event leads on to earlier ones."""
    new_genres: tuple[str, ...]
    """Names of genres that the snapshot does not know; their codes follow its own."""
    new_codes: Map[str, int]
    """Code by key of those genres."""
    genre_shift: Map[int, int]
    """By genre code, live tracks more (or fewer) than in the snapshot."""
    tastes: Map[int, bytes]
    """What listeners say of their own taste, where that may differ from the snapshot."""

    @classmethod
    def empty(cls, snapshot: Snapshot) -> "Delta":
        """Return the delta in which nothing has changed yet."""
        return cls(
            count=0,
            tracks=ColumnLog.empty(TRACK_SCHEMA),
            alive=np.empty(0, dtype=np.bool_),
            slots=Map(),
            removed=None,
            dead_documents=ColumnLog.empty(DOCUMENT_SCHEMA),
            track_cuts=Map(),
            users=Map(),
            user_cuts=Map(),
            events=ColumnLog.empty(EVENT_SCHEMA),
            last_events=Map(),
            new_genres=(),
            new_codes=Map(),
            genre_shift=Map(),
            tastes=Map(),
        )


def apply(snapshot: Snapshot, delta: Delta, changes: Changes) -> Delta:
    """Return ``delta`` with ``changes``; versions made before stay as they are."""
    if len(changes.removed_tracks):
        delta = _remove_tracks(snapshot, delta, changes.removed_tracks)
    if len(changes.removed_users):
        delta = _remove_users(delta, changes.removed_users)
    if len(changes.users):
        delta = _add_users(delta, changes.users)
    if len(changes.tracks.ids):
        delta = _put_tracks(snapshot, delta, changes.tracks)
    if len(changes.interactions.user_ids):
        delta = _add_events(snapshot, delta, changes.interactions)
    if changes.tastes:
        delta = replace(delta, tastes=delta.tastes.update(changes.tastes))

    return replace(delta, count=delta.count + changes.count)


def live_row(snapshot: Snapshot, delta: Delta, track_id: int) -> int:
    """Return the row that is the track now, or `NO_ROW`."""
    slot = delta.slots.get(track_id)
    if slot is not None:
        return len(snapshot.track_ids) + slot

    row = snapshot.row_of(track_id)
    if row is None or (delta.removed is not None and delta.removed[row]):
        return NO_ROW
    return row


def live_rows(snapshot: Snapshot, delta: Delta, track_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return `live_row` of each track."""
    if len(track_ids) <= SMALL_LOOKUP:
        found = [live_row(snapshot, delta, track_id) for track_id in track_ids.tolist()]
        return np.array(found, dtype=np.int64)

    rows = snapshot.rows_of(track_ids)
    if delta.removed is not None:
        rows[(rows != NO_ROW) & delta.removed[rows]] = NO_ROW
    if len(delta.slots):
        for at, track_id in enumerate(track_ids.tolist()):
            slot = delta.slots.get(track_id)
            if slot is not None:
                rows[at] = len(snapshot.track_ids) + slot
    return rows


def _remove_tracks(snapshot: Snapshot, delta: Delta, track_ids: NDArray[np.int64]) -> Delta:
    delta = _retire(snapshot, delta, track_ids)
    cut = len(delta.events)
    return replace(
        delta, track_cuts=delta.track_cuts.update((id_, cut) for id_ in track_ids.tolist())
    )


def _retire(snapshot: Snapshot, delta: Delta, track_ids: NDArray[np.int64]) -> Delta:
    """Return the delta in which the rows that these tracks have now are dead."""
    rows = live_rows(snapshot, delta, np.unique(track_ids))
    rows = rows[rows != NO_ROW]
    n = len(snapshot.track_ids)
    old, slots = rows[rows < n], rows[rows >= n] - n

    codes = np.concatenate([snapshot.genre_codes[old], delta.tracks["genre_codes"][slots]])
    delta = replace(delta, genre_shift=_shifted(delta.genre_shift, codes, -1))
    if len(old):
        delta = replace(
            delta,
            removed=_with_true(delta.removed, n, old),
            dead_documents=delta.dead_documents.append(
                len(old),
                document=_objects([document_of_card(snapshot.cards[row]) for row in old.tolist()]),
            ),
        )
    if len(slots):
        alive = delta.alive.copy()
        alive[slots] = False
        gone = delta.tracks["track_ids"][slots].tolist()
        delta = replace(delta, alive=alive, slots=_without(delta.slots, gone))
    return delta


def _put_tracks(snapshot: Snapshot, delta: Delta, tracks: TrackColumns) -> Delta:
    previous = live_rows(snapshot, delta, tracks.ids)
    delta = _with_genres(snapshot, delta, tracks.genres)
    columns = _derived(snapshot, delta, tracks, previous)
    delta = _retire(snapshot, delta, tracks.ids)

    first, count = len(delta.tracks), len(tracks.ids)
    return replace(
        delta,
        tracks=delta.tracks.append(count, **columns),
        alive=np.concatenate([delta.alive, np.ones(count, dtype=np.bool_)]),
        slots=delta.slots.update(
            zip(tracks.ids.tolist(), range(first, first + count), strict=True)
        ),
        genre_shift=_shifted(delta.genre_shift, columns["genre_codes"], 1),
    )


def _derived(
    snapshot: Snapshot, delta: Delta, tracks: TrackColumns, previous: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    """Return the columns of new slots, normalised and signalled as of the snapshot's build."""
    codes = np.array(
        [
            snapshot.genres.codes.get(key(name), delta.new_codes.get(key(name)))
            for name in tracks.genres
        ],
        dtype=np.int32,
    )
    filled, imputed = impute(tracks.features, codes, snapshot.genres.medians)
    texts = zip(tracks.titles, tracks.artists, tracks.albums, tracks.genres, strict=True)
    signals = _signals(snapshot, delta, tracks, previous)
    prior = _prior(snapshot, delta, signals["popularity"], previous)

    return {
        "track_ids": tracks.ids,
        "features": tracks.features,
        "vectors": unit_rows(snapshot.scaler.transform(filled)),
        "genre_codes": codes,
        "artist_keys": artist_keys(tracks.artists),
        "album_keys": album_keys(tracks.albums),
        "song_keys": song_keys(tracks.titles, tracks.artists),
        "imputed": imputed,
        **signals,
        "prior": prior,
        **static_columns(snapshot, signals, prior),
        "card": _objects(tracks.cards),
        "document": _objects([document(*text) for text in texts]),
    }


def static_columns(
    snapshot: Snapshot, signals: Mapping[str, NDArray[np.float64]], prior: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Return the static scores of slots with these ``signals`` and priors, by column."""
    personal = replace(snapshot.hybrid, prior=prior).static(signals)
    popular = static_scores(signals, default_weights("popular"))
    return {static_array("personal"): personal, static_array("popular"): popular}


def _signals(
    snapshot: Snapshot, delta: Delta, tracks: TrackColumns, previous: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """Return the signals; a changed track without a popularity figure keeps the signal it had.

    That one came from its listeners, who were counted when the snapshot was built.
    """
    n = len(snapshot.track_ids)
    nobody = np.zeros(len(previous), dtype=np.int64)
    facts = TrackFacts(tracks.popularity, nobody, tracks.released, snapshot.built_at)
    signals = {signal.name: signal.function(facts) for signal in SIGNALS}
    popularity, unknown = signals["popularity"], np.isnan(tracks.popularity)
    from_snapshot = unknown & (previous != NO_ROW) & (previous < n)
    from_delta = unknown & (previous >= n)

    popularity[from_snapshot] = snapshot.popularity[previous[from_snapshot]]
    popularity[from_delta] = delta.tracks["popularity"][previous[from_delta] - n]
    return signals


def _prior(
    snapshot: Snapshot,
    delta: Delta,
    popularity: NDArray[np.float64],
    previous: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the priors of new slots; a changed track keeps what its listeners added to it."""
    n, weight = len(snapshot.track_ids), snapshot.hybrid.weights.popularity
    prior = weight * popularity
    known, late = (previous != NO_ROW) & (previous < n), previous >= n
    rows, slots, tracks = previous[known], previous[late] - n, delta.tracks
    prior[known] += snapshot.prior[rows] - weight * snapshot.popularity[rows]
    prior[late] += tracks["prior"][slots] - weight * tracks["popularity"][slots]
    return prior


def _with_genres(snapshot: Snapshot, delta: Delta, genres: Sequence[str | None]) -> Delta:
    """Return the delta that knows every genre in ``genres``."""
    for name in genres:
        folded = key(name)
        if folded in snapshot.genres.codes or folded in delta.new_codes:
            continue
        code = len(snapshot.genres.names) + len(delta.new_genres)
        delta = replace(
            delta,
            new_genres=(*delta.new_genres, (name or "").strip()),
            new_codes=delta.new_codes.set(folded, code),
        )
    return delta


def _add_users(delta: Delta, user_ids: NDArray[np.int64]) -> Delta:
    return replace(delta, users=delta.users.update((id_, True) for id_ in user_ids.tolist()))


def _remove_users(delta: Delta, user_ids: NDArray[np.int64]) -> Delta:
    gone, cut = user_ids.tolist(), len(delta.events)
    return replace(
        delta,
        users=delta.users.update((id_, False) for id_ in gone),
        user_cuts=delta.user_cuts.update((id_, cut) for id_ in gone),
        last_events=_without(delta.last_events, gone),
        tastes=delta.tastes.update((id_, b"") for id_ in gone),
    )


def _add_events(snapshot: Snapshot, delta: Delta, events: InteractionColumns) -> Delta:
    first, count = len(delta.events), len(events.user_ids)
    previous = np.empty(count, dtype=np.int64)
    last_events = delta.last_events.mutate()
    for i, user_id in enumerate(events.user_ids.tolist()):
        previous[i] = last_events.get(user_id, -1)
        last_events[user_id] = first + i

    log = delta.events.append(
        count,
        user_ids=events.user_ids,
        track_ids=events.track_ids,
        rows=live_rows(snapshot, delta, events.track_ids),
        actions=events.actions,
        ratings=events.ratings,
        listened=events.listened,
        at=events.at,
        previous=previous,
    )
    return replace(delta, events=log, last_events=last_events.finish())


def _objects(values: Sequence[object]) -> NDArray[np.object_]:
    objects = np.empty(len(values), dtype=np.object_)
    objects[:] = values
    return objects


def _with_true(
    flags: NDArray[np.bool_] | None, n: int, rows: NDArray[np.int64]
) -> NDArray[np.bool_]:
    flags = np.zeros(n, dtype=np.bool_) if flags is None else flags.copy()
    flags[rows] = True
    return flags


def _without(mapping: Map[int, int], keys: list[int]) -> Map[int, int]:
    mutation = mapping.mutate()
    for each in keys:
        mutation.pop(each, None)
    return mutation.finish()


def _shifted(shift: Map[int, int], codes: NDArray[np.int32], step: int) -> Map[int, int]:
    mutation = shift.mutate()
    for code in codes.tolist():
        mutation[code] = mutation.get(code, 0) + step
    return mutation.finish()
