"""One row of an interaction or playlist file -> what a listener did with a track."""

from datetime import UTC, datetime
from typing import NamedTuple

from index.actions import ACTION_CODES
from service.importing import values
from service.importing.columns import INTERACTION_COLUMNS, PLAYLIST_COLUMNS, Header, match_header
from service.importing.values import RejectError

PLAYLIST_COLUMN = "playlist_id"
PLAYLIST_ACTION = "playlist_add"


class InteractionValues(NamedTuple):
    """What a row says; user and track are external ids."""

    user: str
    track: str
    action: str
    created_at: datetime | None
    rating: int | None
    listen_duration: int | None
    position: int | None
    """Place in its playlist; None where the file has none."""


def interaction_header(cells: list[str]) -> Header:
    """Find the columns of an interaction file; a playlist file needs no ``action``."""
    header = match_header(cells, INTERACTION_COLUMNS, needed=("user", "track"))
    if is_playlist(header):
        return match_header(cells, PLAYLIST_COLUMNS, needed=("user", "track"))
    return match_header(cells, INTERACTION_COLUMNS, needed=("user", "track", "action"))


def is_playlist(header: Header) -> bool:
    """Tell whether the rows are tracks of playlists, and not events of listeners."""
    return header.names[header.places["user"][0]] == PLAYLIST_COLUMN


class InteractionParser:
    """Reads the rows of a file with one header."""

    def __init__(self, header: Header, *, now: datetime) -> None:
        self._header = header
        self._latest = now.astimezone(UTC) + values.CLOCK_SKEW
        self._default_action = PLAYLIST_ACTION if is_playlist(header) else ""

    def parse(self, cells: list[str]) -> InteractionValues:
        """Return the values of a row; raise `RejectError` with the reason if it has to be left."""
        if len(cells) != self._header.width:
            raise RejectError("the number of fields differs from the header's")

        def cell(field: str) -> str:
            places = self._header.places.get(field)
            return cells[places[0]].strip() if places else ""

        return InteractionValues(
            user=_external_id(cell("user"), "user"),
            track=_external_id(cell("track"), "track"),
            action=_action(cell("action").lower() or self._default_action),
            created_at=values.moment(cell("created_at"), latest=self._latest),
            rating=values.whole(cell("rating"), "rating", 1, 5),
            listen_duration=_listened(cell("listen_duration")),
            position=values.whole(cell("position"), "position", -values.MAX_INT, values.MAX_INT),
        )


def _external_id(text: str, name: str) -> str:
    if not text:
        raise RejectError(f"{name} is missing")
    return values.limited(text, name, values.MAX_EXTERNAL_ID)


def _action(name: str) -> str:
    if name not in ACTION_CODES:
        raise RejectError("action is none of " + ", ".join(ACTION_CODES))
    return name


def _listened(text: str) -> int | None:
    value = values.ranged(text, "listen_duration", 0, values.MAX_INT)
    return None if value is None else round(value)
