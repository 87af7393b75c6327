"""One row of a file of interactions, plays or playlists -> what a listener did with a track."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from index.actions import ACTION_CODES
from service.importing import ids, values
from service.importing.columns import (
    INTERACTION_COLUMNS,
    PLAYLIST_COLUMNS,
    Header,
    check_shape,
    match_header,
)
from service.importing.dates import moment
from service.importing.lists import names
from service.importing.values import PassedOverError, RejectError

PLAYLIST_COLUMN = "playlist_id"
PLAYLIST_ACTION = "playlist_add"
PLAY, SKIP = "play", "skip"
DEFAULT_LISTENER = "me"
"""Whose plays a history holds that names no listener."""
SKIPPED_BELOW_SECONDS = 30
"""A track that was ended by hand earlier than this was skipped; later it was played."""

_ENDED_BY_HAND = frozenset({"fwdbtn", "backbtn", "clickrow"})
_ACTIONS = {
    "listen": PLAY, "listened": PLAY, "played": PLAY, "stream": PLAY, "scrobble": PLAY,
    "liked": "like", "love": "like", "loved": "like", "favorite": "like", "favourite": "like",
    "disliked": "dislike", "skipped": SKIP, "add_to_playlist": PLAYLIST_ACTION,
}  # fmt: skip
"""What other programs call actions."""


class InteractionValues(NamedTuple):
    """What a row says; user and track are external ids."""

    user: str
    track: str
    """Empty where the row gives title and artist only."""
    action: str
    created_at: datetime | None
    rating: int | None
    listen_duration: int | None
    position: int | None
    """Place in its playlist; None where the file has none."""
    title: str = ""
    artist: str = ""
    problems: tuple[str, ...] = ()
    """Why cells were left out."""


def interaction_header(cells: list[str]) -> Header:
    """Find the columns of a file of interactions; playlists and histories need no ``action``.

    A history has no column for the action: its rows are plays, as streaming services export them.
    """
    header = _matched(cells, INTERACTION_COLUMNS, needed=())
    if is_history(header):
        return header
    if "user" in header.places and is_playlist(header):
        return _matched(cells, PLAYLIST_COLUMNS, needed=("user", _track_field(header)))
    return _matched(cells, INTERACTION_COLUMNS, needed=("user", _track_field(header), "action"))


def _matched(
    cells: list[str], fields: Mapping[str, tuple[str, ...]], *, needed: tuple[str, ...]
) -> Header:
    return match_header(cells, fields, needed=needed, falling_back=fields)


def _track_field(header: Header) -> str:
    return "title" if {"title", "artist"} <= header.places.keys() else "track"


def is_playlist(header: Header) -> bool:
    """Tell whether the rows are tracks of playlists, and not events of listeners."""
    users = header.places.get("user")
    return users is not None and header.names[users[0]] == PLAYLIST_COLUMN


def is_history(header: Header) -> bool:
    """Tell whether the rows are plays, each with its moment."""
    places = header.places
    if "action" in places or "created_at" not in places or is_playlist(header):
        return False
    named = "title" in places or "track" in places
    return named and ("ms_played" in places or "artist" in places)


class InteractionParser:
    """Reads the rows of a file with one header."""

    def __init__(
        self, header: Header, *, now: datetime, default_listener: str = DEFAULT_LISTENER
    ) -> None:
        self._header = header
        self._latest = now.astimezone(UTC) + values.CLOCK_SKEW
        self._history = is_history(header)
        self._default_user = default_listener if self._history else ""
        self._default_action = PLAYLIST_ACTION if is_playlist(header) else ""

    def parse(self, cells: list[str]) -> InteractionValues:
        """Return the values of a row.

        Raises
        ------
        RejectError
            The row has to be left; the message is the reason.
        PassedOverError
            The row is about something that is no track.
        """
        check_shape(cells, self._header)
        row = _Row(self._header, cells)
        listened = row.listened()
        track, title, artist = row.named() if self._history else row.named(required=True)
        return InteractionValues(
            user=_listener(row.text("user") or self._default_user),
            track=track,
            action=row.played(listened) if self._history else _action(row, self._default_action),
            created_at=self._moment(row.text("created_at")),
            rating=row.optional("rating", 1, 5),
            listen_duration=listened,
            position=row.optional("position", -values.MAX_INT, values.MAX_INT),
            title=title,
            artist=artist,
            problems=tuple(row.problems),
        )

    def _moment(self, text: str) -> datetime | None:
        found = moment(text, latest=self._latest)
        if found is None and self._history:
            raise RejectError("created_at is missing")
        return found


class _Row:
    """The cells of one row by field, and what was wrong with the optional ones."""

    def __init__(self, header: Header, cells: list[str]) -> None:
        self._places, self._names, self._cells = header.places, header.names, cells
        self.problems: list[str] = []

    def text(self, field: str) -> str:
        """Return the first cell of a field that is not empty."""
        cells, places = self._cells, self._places.get(field, ())
        return next((text for at in places if (text := cells[at].strip())), "")

    def optional(self, field: str, low: int, high: int) -> int | None:
        """Return a whole number; a cell that holds none is a problem, and unknown."""
        try:
            return values.whole(self.text(field), field, low, high)
        except RejectError as problem:
            self.problems.append(str(problem))
            return None

    def listened(self) -> int | None:
        """Return for how many seconds the track was heard."""
        try:
            if ms := self.text("ms_played"):
                found = values.ranged(ms, "ms_played", 0, values.MAX_INT)
                return None if found is None else round(found / 1000)
            found = values.ranged(
                self.text("listen_duration"), "listen_duration", 0, values.MAX_INT
            )
            return None if found is None else round(found)
        except RejectError as problem:
            self.problems.append(str(problem))
            return None

    def named(self, *, required: bool = False) -> tuple[str, str, str]:
        """Return external id, title and artist of the track, as far as they are given."""
        artist, title = self.text("artist"), self.text("title")
        given = self.text("track")
        if not title and artist and self._is_title():
            title = given
        try:
            track = ids.track_id(given, "track")
        except RejectError as problem:
            if not (title and artist):
                raise
            self.problems.append(str(problem))
            track = ""
        if track or (title and artist):
            return track, title, ";".join(names(artist))
        for field, reason in _OTHER_MEDIA.items():
            if self.text(field):
                raise PassedOverError(reason)
        if required or title or artist:
            raise RejectError("track is missing")
        raise PassedOverError("a play that names no track")

    def _is_title(self) -> bool:
        """Tell whether the column ``track`` may hold titles, as it does in files of scrobbles."""
        places = self._places.get("track", ())
        return any(self._names[at] == "track" for at in places)

    def played(self, listened: int | None) -> str:
        """Return what a row of a history is: a play, or a skip that ended it early."""
        by_hand = self.text("skipped").lower() in {"true", "1", "1.0"}
        by_hand = by_hand or self.text("reason_end") in _ENDED_BY_HAND
        early = listened is not None and listened < SKIPPED_BELOW_SECONDS
        if listened == 0 and not by_hand:
            raise PassedOverError("a play of no length")
        return SKIP if by_hand and early else PLAY


_OTHER_MEDIA = {
    "episode": "an episode, not a track",
    "audiobook": "an audiobook, not a track",
}


def _listener(text: str) -> str:
    if not text:
        raise RejectError("user is missing")
    return ids.external_id(text, "user") or text


def _action(row: _Row, default: str) -> str:
    name = row.text("action").lower().replace(" ", "_") or default
    name = _ACTIONS.get(name, name)
    if name not in ACTION_CODES:
        raise RejectError("action is none of " + ", ".join(ACTION_CODES))
    return name
