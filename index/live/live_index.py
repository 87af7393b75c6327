"""A snapshot plus what changed since: the one immutable value that a request reads from."""

import heapq
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.catalogue import NO_SONG
from index.features import FEATURE_NAMES
from index.learning import songs_of
from index.live.delta import NO_ROW, Delta, live_row, live_rows
from index.live.delta_arrays import AddedTracks, LateCodes
from index.live.trending_counts import Counts, counted_on, live_counts
from index.row_sets import distinct
from index.search import Document, Query, SearchResult, matching_documents, parse
from index.signals import Kind
from index.snapshot import Snapshot
from index.text import key


@dataclass(frozen=True, slots=True, eq=False)
class TrackTable:
    """A handful of rows gathered from snapshot and delta, position by position."""

    track_ids: NDArray[np.int64]
    vectors: NDArray[np.float64]
    genre_codes: NDArray[np.int32]
    artist_keys: NDArray[np.int64]
    album_keys: NDArray[np.int64]
    song_keys: NDArray[np.int64]
    popularity: NDArray[np.float64]
    freshness: NDArray[np.float64]


COLUMNS = (
    "track_ids",
    "vectors",
    "genre_codes",
    "artist_keys",
    "album_keys",
    "song_keys",
    "popularity",
    "freshness",
)
"""Columns of a `TrackTable`; a snapshot and a delta's tracks have each of them too."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """One listener's interactions with tracks that still exist, oldest first."""

    rows: NDArray[np.int64]
    actions: NDArray[np.uint8]
    ratings: NDArray[np.uint8]
    listened: NDArray[np.float32]
    at: NDArray[np.float64]
    """Seconds since 1970."""

    @property
    def latest(self) -> float:
        """The moment of the latest event; 0 for an empty history."""
        return float(self.at.max(initial=0.0))


@dataclass(frozen=True, slots=True, eq=False)
class LiveIndex:
    """Rows ``0..n-1`` are the snapshot's, rows ``n..`` the delta's added and changed tracks."""

    snapshot: Snapshot
    delta: Delta
    added: TrackTable = field(init=False, repr=False)
    """All slots of the delta, dead ones too: slot i is row ``n + i``."""
    added_hidden: NDArray[np.bool_] = field(init=False, repr=False)
    """(slots,) whether a slot is not what its track looks like now."""
    _scored: dict[Kind, AddedTracks] = field(default_factory=dict, init=False, repr=False)
    """Packed when first asked for; shared by all versions with the same tracks."""
    _added_codes: list[LateCodes] = field(default_factory=list, init=False, repr=False)
    _counts: dict[int, Counts] = field(default_factory=dict, init=False, repr=False)
    """Trending counts that changed, by window, taken when first asked for."""

    def __post_init__(self) -> None:
        # Once for each version of the delta, and not for each request.
        tracks = self.delta.tracks
        object.__setattr__(self, "added", TrackTable(*(tracks[column] for column in COLUMNS)))
        object.__setattr__(self, "added_hidden", ~self.delta.alive)

    def added_for(self, kind: Kind) -> AddedTracks:
        """Return the delta's tracks as a kind of list scores them."""
        if kind not in self._scored:
            self._scored[kind] = AddedTracks.of(self.delta.tracks, kind)
        return self._scored[kind]

    @property
    def added_codes(self) -> LateCodes:
        """Songs and artists of the delta's tracks."""
        if not self._added_codes:
            tables, added = self.snapshot.hybrid.tables, self.added
            songs = tables.songs.codes_of(songs_of(added.song_keys, added.track_ids))
            artists = tables.artists.codes_of(added.artist_keys)
            self._added_codes.append(LateCodes.of(songs, artists))
        return self._added_codes[0]

    @property
    def version(self) -> str:
        """``<generation>.<changes since>``."""
        return f"{self.snapshot.generation}.{self.delta.count}"

    @property
    def track_count(self) -> int:
        """Number of live tracks."""
        return len(self.snapshot.track_ids) - len(self.delta.dead_documents) + len(self.delta.slots)

    @property
    def removed(self) -> NDArray[np.bool_] | None:
        """(n,) snapshot rows that are dead; None where none is."""
        return self.delta.removed

    @property
    def added_alive(self) -> NDArray[np.bool_]:
        """(slots,) whether a slot is what its track looks like now."""
        return self.delta.alive

    def row_of(self, track_id: int) -> int | None:
        """Return the live row of a track; None where there is no such track (any more)."""
        row = live_row(self.snapshot, self.delta, track_id)
        return None if row == NO_ROW else row

    def rows_of(self, track_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the live row of each track, -1 where there is no such track (any more)."""
        return live_rows(self.snapshot, self.delta, track_ids)

    def ids_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the track id of each row of snapshot or delta."""
        if len(self.added_hidden) == 0:
            return self.snapshot.track_ids[rows]
        return kernels.gathering.ints(self.snapshot.track_ids, self.added.track_ids, rows)

    def card(self, row: int) -> bytes:
        """Return the track as one JSON object."""
        n = len(self.snapshot.track_ids)
        if row < n:
            return self.snapshot.cards[row]
        card: bytes = self.delta.tracks["card"][row - n]
        return card

    def imputed(self, row: int) -> list[str]:
        """Return the names of the features that were filled in."""
        n = len(self.snapshot.track_ids)
        bits = int(self.snapshot.imputed[row] if row < n else self.delta.tracks["imputed"][row - n])
        return [name for j, name in enumerate(FEATURE_NAMES) if bits >> j & 1] if bits else []

    def sound_of(self, row: int) -> tuple[NDArray[np.float64], int]:
        """Return the vector (d,) and the genre code of one row."""
        n = len(self.snapshot.track_ids)
        if row < n:
            return self.snapshot.vectors[row], int(self.snapshot.genre_codes[row])
        return self.added.vectors[row - n], int(self.added.genre_codes[row - n])

    def holds_late(self, rows: NDArray[np.int64]) -> bool:
        """Tell whether any of ``rows`` is the delta's."""
        return len(self.added_hidden) > 0 and bool((rows >= len(self.snapshot.track_ids)).any())

    def vectors_of(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the vectors (k, d) of ``rows``."""
        if not self.holds_late(rows):
            return self.snapshot.vectors[rows]
        return kernels.gathering.rows_of(self.snapshot.vectors, self.added.vectors, rows)

    def features_of(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the features (k, 8) of ``rows`` as the catalogue has them, NaN where unknown."""
        if not self.holds_late(rows):
            return self.snapshot.features[rows]
        late = self.delta.tracks["features"]
        return kernels.gathering.rows_of(self.snapshot.features, late, rows)

    def genre_codes_of(self, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the genre codes of ``rows``."""
        return self._gathered(("genre_codes",), rows)[0]

    def keys_of(self, column: str, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return ``artist_keys``, ``album_keys`` or ``song_keys`` of ``rows``."""
        previous: NDArray[np.int64] = getattr(self.snapshot, column)
        if not self.holds_late(rows):
            return previous[rows]
        return kernels.gathering.ints(previous, getattr(self.added, column), rows)

    def signal(self, name: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return a signal of `index.signals.SIGNALS`, or the ``prior``, of ``rows``."""
        n = len(self.snapshot.track_ids)
        source = self.snapshot.prior if name == "prior" else self.snapshot.signals[name]
        if not self.holds_late(rows):
            return source[rows]
        late, found = rows >= n, np.empty(len(rows))
        found[~late], found[late] = source[rows[~late]], self.delta.tracks[name][rows[late] - n]
        return found

    def songs_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the keys of the songs that ``rows`` are versions of, ascending, each once."""
        songs = self.keys_of("song_keys", rows)
        return distinct(songs[songs != NO_SONG])

    def take(self, rows: NDArray[np.int64]) -> TrackTable:
        """Gather ``rows``, each of which is 0 or more, live or dead."""
        return TrackTable(*self._gathered(COLUMNS, rows))

    def _gathered(self, columns: Sequence[str], rows: NDArray[np.int64]) -> list[NDArray[Any]]:
        snapshot, n = self.snapshot, len(self.snapshot.track_ids)
        if not len(self.added_hidden) or not len(late := (rows >= n).nonzero()[0]):
            return [getattr(snapshot, column)[rows] for column in columns]

        # Few of the best are new: those are gathered from the snapshot too, and then replaced.
        slots, rows = rows[late] - n, rows.copy()
        rows[late] = 0
        resolve_seeds = []
        for column in columns:
            previous, source = getattr(snapshot, column), getattr(self.added, column)
            values = previous[rows] if n else np.empty((len(rows), *source.shape[1:]), source.dtype)
            values[late] = source[slots]
            resolve_seeds.append(values)
        return resolve_seeds

    def genre_code(self, name: str) -> int | None:
        """Return the code of a genre, however it is written; None where it is unknown."""
        folded = key(name)
        code = self.snapshot.genres.codes.get(folded)
        return code if code is not None else self.delta.new_codes.get(folded)

    def genre_counts(self) -> list[tuple[str, int]]:
        """Return name and number of live tracks of each genre that has any, the largest first."""
        genres, shift = self.snapshot.genres, self.delta.genre_shift
        names = (*genres.names, *self.delta.new_genres)
        counts = [*np.diff(genres.offsets).tolist(), *[0] * len(self.delta.new_genres)]
        found = [
            (name, count + shift.get(code, 0))
            for code, (name, count) in enumerate(zip(names, counts, strict=True))
            if code
        ]
        return sorted((pair for pair in found if pair[1] > 0), key=lambda pair: (-pair[1], pair[0]))

    def has_user(self, user_id: int) -> bool:
        """Tell whether the user exists."""
        known = self.delta.users.get(user_id)
        return known if known is not None else self.snapshot.user_position(user_id) is not None

    def taste_edits(self, user_id: int) -> bytes:
        """Return the listener's edits of their taste (see `index.listener.taste_edits`), or b""."""
        recent = self.delta.tastes.get(user_id)
        return self.snapshot.tastes.of(user_id) if recent is None else recent

    def history(self, user_id: int) -> History | None:
        """Return the listener's history, by rows as they are now; None for an unknown user."""
        if not self.has_user(user_id):
            return None
        previous, recent = self._snapshot_events(user_id), self._delta_events(user_id)
        if not len(recent.rows):
            return previous

        joined = [
            np.concatenate([getattr(previous, column), getattr(recent, column)])
            for column in ("rows", "actions", "ratings", "listened", "at")
        ]
        order = np.argsort(joined[-1], kind="stable")
        return History(*(column[order] for column in joined))

    def _snapshot_events(self, user_id: int) -> History:
        histories = self.snapshot.histories
        position = None if user_id in self.delta.user_cuts else self.snapshot.user_position(user_id)
        if position is None:
            events = slice(0, 0)
        else:
            events = slice(int(histories.offsets[position]), int(histories.offsets[position + 1]))

        rows = histories.rows[events].astype(np.int64)
        rest = [getattr(histories, c)[events] for c in ("actions", "ratings", "listened", "at")]
        if self.removed is not None and (dead := np.flatnonzero(self.removed[rows])).size:
            for at in dead.tolist():
                rows[at] = self.current_row(int(self.snapshot.track_ids[rows[at]]), NO_ROW)
            kept = rows != NO_ROW
            rows, rest = rows[kept], [column[kept] for column in rest]
        return History(rows, *rest)

    def _delta_events(self, user_id: int) -> History:
        events = self.delta.events
        positions = kernels.chain(events["previous"], self.delta.last_events.get(user_id, -1))
        rows = events["rows"][positions]
        dead = np.flatnonzero(self.dead(rows))
        for at, event in zip(dead.tolist(), positions[dead].tolist(), strict=True):
            rows[at] = self.current_row(int(events["track_ids"][event]), event)
        if len(dead):
            kept = rows != NO_ROW
            rows, positions = rows[kept], positions[kept]
        return History(
            rows,
            *(events[column][positions] for column in ("actions", "ratings", "listened", "at")),
        )

    def dead(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which of ``rows`` are not what their tracks look like now; `NO_ROW` never is."""
        n = len(self.snapshot.track_ids)
        dead: NDArray[np.bool_] = rows == NO_ROW
        new = rows >= n
        if self.removed is not None:
            old = ~(new | dead)
            dead[old] = self.removed[rows[old]]
        if len(self.added_hidden):
            dead[new] = self.added_hidden[rows[new] - n]
        return dead

    def current_row(self, track_id: int, event: int) -> int:
        """Return the row to which an event of a track now belongs, or `NO_ROW`.

        ``event`` is its position in the delta, `NO_ROW` for an event of the snapshot: deleting a
        track took those before it along, even where the id is in use again.
        """
        if event < self.delta.track_cuts.get(track_id, NO_ROW):
            return NO_ROW
        return live_row(self.snapshot, self.delta, track_id)

    def trends(self, window: int, now: float) -> Counts:
        """Return the trending counts that changed since the build, in a window of `WINDOWS`.

        They are as of a moment up to ``now``, and are to be decayed from there.
        """
        counts = self._counts.get(window)
        if counts is None or not counts.fresh(now):
            counts = self._counts[window] = live_counts(self, window, now)
        elif counts.events < len(self.delta.events):
            counts = self._counts[window] = counted_on(counts, self, now)
        return counts

    def with_delta(self, delta: Delta) -> "LiveIndex":
        """Return the live index of a later version of this one's delta.

        Where nothing but interactions came since, it counts on from the trends of this one.
        """
        live, mine = LiveIndex(self.snapshot, delta), self.delta
        if delta.tracks is mine.tracks:
            object.__setattr__(live, "_scored", self._scored)
            object.__setattr__(live, "_added_codes", self._added_codes)
        kept = ("alive", "removed", "track_cuts", "user_cuts")
        if all(getattr(delta, name) is getattr(mine, name) for name in kept):
            live._counts.update(self._counts)
        return live

    def search(self, text: str, *, limit: int, offset: int = 0) -> SearchResult:
        """Return one page of the live tracks that match ``text``, in `search.matching` order.

        The work grows with ``offset + limit``, and with the size of the delta.
        """
        query = parse(text)
        if query is None:
            return SearchResult(np.empty(0, dtype=np.int64), 0)

        recent = self._recent_matches(query)
        gone = matching_documents(query, self.delta.dead_documents["document"].tolist())
        total = self.snapshot.search.count(query) - len(gone) + len(recent)
        if offset >= total:
            return SearchResult(np.empty(0, dtype=np.int64), total)

        with closing(self._snapshot_matches(query)) as previous:
            ordered = heapq.merge(previous, recent)
            rows = [match[-1] for match in islice(ordered, offset, offset + limit)]
        return SearchResult(np.array(rows, dtype=np.int64), total)

    def _snapshot_matches(self, query: Query) -> Generator[tuple[int, float, int, int], None, None]:
        snapshot, removed = self.snapshot, self.removed
        with closing(snapshot.search.matches(query)) as matches:
            for match_class, row in matches:
                if removed is None or not removed[row]:
                    yield (
                        match_class,
                        -float(snapshot.popularity[row]),
                        int(snapshot.track_ids[row]),
                        row,
                    )

    def _recent_matches(self, query: Query) -> list[tuple[int, float, int, int]]:
        tracks, n = self.delta.tracks, len(self.snapshot.track_ids)
        documents: list[Document] = tracks["document"].tolist()
        found = []
        for slot in matching_documents(query, documents):
            if self.delta.alive[slot]:
                popularity, track_id = tracks["popularity"][slot], tracks["track_ids"][slot]
                match_class = documents[slot].match_class(query)
                found.append((match_class, -float(popularity), int(track_id), n + slot))
        return sorted(found)
