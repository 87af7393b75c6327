"""Files of tracks and interactions -> which tracks are one song, and what every list holds."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from index.actions import ACTION_CODES, ACTIONS
from index.catalogue import song_keys
from service.importing import (
    TRACK_COLUMNS,
    InteractionParser,
    InteractionValues,
    Progress,
    RejectError,
    Report,
    Source,
    UnusableError,
    interaction_header,
    is_playlist,
    match_header,
    parsed,
    read_table,
    track_id,
)

MATCH_COLUMN = "match_key"
"""A column of this name in a file of tracks says which of them are one song."""


@dataclass(frozen=True, slots=True)
class History:
    """What one listener did, or what one playlist holds, in its order."""

    name: str
    events: list[InteractionValues]
    items: list[int]
    """Events by which the listener came to a track: the first that speaks for it."""

    def tracks(self) -> list[str]:
        """Return the external ids of the items."""
        return [self.events[at].track for at in self.items]

    def before(self, item: int) -> list[InteractionValues]:
        """Return what happened before the listener came to an item; all if there is none."""
        return self.events[: self.items[item]] if item < len(self.items) else self.events


@dataclass(frozen=True, slots=True)
class Histories:
    """All histories of a file."""

    lists: list[History]
    playlists: bool
    """Whether the file holds playlists."""
    report: Report


def read_songs(path: Path, progress: Progress) -> dict[str, str]:
    """Return external id -> song of the tracks in a file.

    The song is what the column `MATCH_COLUMN` says. Where there is none, or nothing in it,
    it is told by artist and title; what has neither is a song of its own.
    """
    songs: dict[str, str] = {}
    names: dict[str, tuple[str, str]] = {}
    for track, match, title, artist in _track_rows(path, progress):
        if track in songs or track in names:
            continue
        if match:
            songs[track] = f"match {match}"
        else:
            names[track] = title, artist
    titles, artists = [each[0] for each in names.values()], [each[1] for each in names.values()]
    for track, key in zip(names, song_keys(titles, artists).tolist(), strict=True):
        songs[track] = f"key {key}" if key else f"id {track}"
    return songs


def _track_rows(path: Path, progress: Progress) -> Iterator[tuple[str, str, str, str]]:
    with Source(path) as source:
        table = read_table(source.lines())
        header = match_header(
            table.columns, TRACK_COLUMNS, needed=("external_id", "title", "artist")
        )
        places = header.places
        match = header.names.index(MATCH_COLUMN) if MATCH_COLUMN in header.names else None

        def row(cells: list[str]) -> tuple[str, str, str, str]:
            if len(cells) != header.width:
                raise RejectError("the number of fields differs from the header's")

            def cell(field: str) -> str:
                return next((cells[place] for place in places[field] if cells[place]), "").strip()

            key = cells[match].strip() if match is not None else ""
            return track_id(cell("external_id")), key, cell("title"), cell("artist")

        # What can't be read here can't be imported either, and the import tells of it.
        for _line, values in parsed(source, table, row, Report(), progress):
            if values[0]:
                yield values


def read_histories(path: Path, known: dict[str, str], progress: Progress) -> Histories:
    """Return what the lists of a file hold of ``known`` tracks; of others the report tells."""
    report, now = Report(), datetime.now(UTC)
    events: defaultdict[str, list[tuple[InteractionValues, int]]] = defaultdict(list)
    with Source(path) as source:
        table = read_table(source.lines())
        header = interaction_header(table.columns)
        playlists = is_playlist(header)
        parser = InteractionParser(header, now=now)
        for line, event in parsed(source, table, parser.parse, report, progress):
            if event.track in known:
                events[event.user].append((event, line))
            else:
                report.reject("the track is unknown", line)
    if report.cut_short:
        raise UnusableError(report.cut_short)
    order = _playlist_order if playlists else _time_order
    lists = [_history(name, sorted(own, key=order)) for name, own in events.items()]
    return Histories(lists, playlists, report)


def _history(name: str, rows: list[tuple[InteractionValues, int]]) -> History:
    events = [event for event, _line in rows]
    first: dict[str, int] = {}
    for at, event in enumerate(events):
        if ACTIONS[ACTION_CODES[event.action]].taste > 0:
            first.setdefault(event.track, at)
    return History(name, events, list(first.values()))


def _playlist_order(row: tuple[InteractionValues, int]) -> tuple[bool, int, datetime, int]:
    event, _line = row
    return event.position is None, event.position or 0, *_time_order(row)


def _time_order(row: tuple[InteractionValues, int]) -> tuple[datetime, int]:
    event, line = row
    return event.created_at or datetime.max, line  # without a moment it is taken for one of now
