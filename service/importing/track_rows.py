"""One row of a track file -> the columns of a track."""

from collections.abc import Callable
from typing import Any

from index.features import FEATURES
from index.text import key
from service.importing import values
from service.importing.columns import Header
from service.importing.values import RejectError

TrackValues = dict[str, Any]
"""Column of the track table -> value; unknown ones are absent. ``genres`` is a list here."""

Parser = Callable[[str], Any]

_PARSERS: dict[str, Parser] = {
    "external_id": lambda text: values.limited(text, "external_id", values.MAX_EXTERNAL_ID),
    "title": lambda text: values.limited(text, "title", values.MAX_NAME),
    "artist": lambda text: values.limited(";".join(values.names(text)), "artist", values.MAX_NAME),
    "album": lambda text: values.limited(text, "album", values.MAX_NAME),
    "genre": lambda text: genres(text),
    "duration": lambda text: values.seconds(text, "duration"),
    "duration_ms": lambda text: values.seconds(text, "duration_ms", scale=1000),
    "key": values.musical_key,
    "popularity": lambda text: values.ranged(text, "popularity", 0, 100),
    "release_date": values.release_date,
} | {feature.name: values.feature_parser(feature) for feature in FEATURES}

_COLUMN = {"genre": "genres", "duration_ms": "duration"}
"""Fields of a file that go into a column of another name."""


def genres(text: str) -> list[str]:
    """Return the genres of a cell, each once, compared without case."""
    found = values.names(text)
    if any(len(name) > values.MAX_GENRE for name in found):
        raise RejectError(f"genre is longer than {values.MAX_GENRE} characters")
    return found if len(found) < 2 else with_further([], found)


def with_further(known: list[str], more: list[str]) -> list[str]:
    """Append the genres of ``more`` that are not known yet, as far as the column has room."""
    keys = {key(name) for name in known}
    result, length = list(known), sum(len(name) + 1 for name in known)
    for name in more:
        length += len(name) + 1
        if key(name) not in keys and length <= values.MAX_GENRES:
            keys.add(key(name))
            result.append(name)
    return result


class TrackParser:
    """Reads the rows of a file with one header."""

    def __init__(self, header: Header) -> None:
        self._width = header.width
        self._plan = [
            (places, _PARSERS[field], _COLUMN.get(field, field))
            for field, places in header.places.items()
        ]

    def parse(self, cells: list[str]) -> TrackValues:
        """Return the values of a row; raise `RejectError` with the reason if it has to be left."""
        if len(cells) != self._width:
            raise RejectError("the number of fields differs from the header's")
        track: TrackValues = {}
        for places, parse, column in self._plan:
            text = cells[places[0]]
            if not text and len(places) > 1:
                text = next((cells[place] for place in places if cells[place]), "")
            if not text:
                continue
            value = parse(text)
            if value is not None and value != "" and value != []:
                track.setdefault(column, value)
        if "external_id" not in track and "title" not in track:
            raise RejectError("the row has neither an external id nor a title")
        return track


def identity(track: TrackValues) -> str:
    """Return what makes a track the same one: its external id, else title, artist and album."""
    if "external_id" in track:
        return "id\x1f" + str(track["external_id"])
    return "\x1f".join(["name", track["title"], track.get("artist", ""), track.get("album", "")])


def missing_names(track: TrackValues) -> str | None:
    """Say which of title and artist is missing, None if neither."""
    missing = [name for name in ("title", "artist") if name not in track]
    return "no " + " and no ".join(missing) if missing else None
