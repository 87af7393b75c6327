"""One row of a track file -> the columns of a track."""

from collections.abc import Callable
from typing import Any, NamedTuple

from index.features import FEATURES
from index.text import key
from service.importing import ids, values
from service.importing.columns import SEVERAL_ARTISTS, Header, check_shape
from service.importing.dates import release_date
from service.importing.lists import credited, genre_names, names, only
from service.importing.values import RejectError
from service.tracks import agree, whole_seconds

TrackValues = dict[str, Any]
"""Column of the track table -> value; unknown ones are absent. ``genres`` is a list here."""

Parser = Callable[[str], Any]


class TrackRow(NamedTuple):
    """What a row says of a track."""

    values: TrackValues
    problems: list[str]
    """Why cells were left out."""
    contradiction: str | None
    """Which cells of the row cannot both be true; None if all can."""


_PARSERS: dict[str, Parser] = {
    "external_id": ids.track_id,
    "title": lambda text: values.limited(only(text), "title", values.MAX_NAME),
    "artist": lambda text: values.limited(";".join(names(text)), "artist", values.MAX_NAME),
    "album": lambda text: values.limited(only(text), "album", values.MAX_NAME),
    "genre": lambda text: genres(text),
    "duration": lambda text: values.seconds(text, "duration"),
    "duration_ms": lambda text: values.milliseconds(text, "duration_ms"),
    "key": values.musical_key,
    "popularity": lambda text: values.ranged(text, "popularity", 0, 100),
    "release_date": release_date,
    "mode": values.mode,
    "time_signature": values.time_signature,
    "liveness": lambda text: values.ranged(text, "liveness", 0, 1),
    "explicit": lambda text: values.truth(text, "explicit"),
} | {feature.name: values.feature_parser(feature) for feature in FEATURES}

_COLUMN = {"genre": "genres"}
"""Fields of a file that go into a column of another name."""
_NAMING = frozenset({"title", "artist"})
"""Fields without which a row is rejected if they cannot be read: every track needs them."""


_NO_GENRE = frozenset({"nan", "null", "none", "n/a", "<na>"})
"""What tables write where there is no genre."""


def genres(text: str) -> list[str]:
    """Return the genres of a cell, each once, compared without case."""
    found = [name for name in genre_names(text) if name.lower() not in _NO_GENRE]
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
        self._header = header
        self._counted = header.places.get("artist_ids", ())
        self._several = {at for at, name in enumerate(header.names) if name in SEVERAL_ARTISTS}
        self._plan = [
            (places, _PARSERS[field], field, _COLUMN.get(field, field))
            for field, places in header.places.items()
            if field in _PARSERS
        ]

    def parse(self, cells: list[str]) -> TrackRow:
        """Return the values of a row; raise `RejectError` with the reason if it has to be left.

        A cell of any other column than title and artist that cannot be read is unknown.
        """
        check_shape(cells, self._header)
        track: TrackValues = {}
        problems: list[str] = []
        for places, parse, field, column in self._plan:
            place = places[0]
            text = cells[place]
            if not text and len(places) > 1:
                place = next((place for place in places if cells[place]), place)
                text = cells[place]
            if not text or text == _NULL:
                continue
            try:
                value = self._artists(cells, text) if place in self._several else parse(text)
            except RejectError as problem:
                if field in _NAMING:
                    raise
                problems.append(str(problem))
                continue
            if value is not None and value != "" and value != []:
                track[column] = value
        if "external_id" not in track and "title" not in track:
            raise RejectError(problems[0] if problems else _NAMELESS)
        return TrackRow(track, problems, _settle_lengths(track))

    def _artists(self, cells: list[str], text: str) -> str:
        ids_text = next((cells[place] for place in self._counted if cells[place]), "")
        count = len([one for one in ids_text.replace(";", ",").split(",") if one.strip()])
        return values.limited(";".join(credited(text, count or None)), "artist", values.MAX_NAME)


_NULL = "\\N"
"""How databases export NULL."""
_NAMELESS = "the row has neither an external id nor a title"


def _settle_lengths(track: TrackValues) -> str | None:
    """Make the length in seconds follow milliseconds; of two that differ, keep the seconds."""
    if "duration_ms" not in track:
        return None
    if "duration" not in track:
        if duration := whole_seconds(track["duration_ms"]):
            track["duration"] = duration
    elif not agree(track["duration"], track["duration_ms"]):
        del track["duration_ms"]
        return "duration_ms differs from duration, which counts"
    return None


def identity(track: TrackValues) -> str:
    """Return what makes a track the same one: its external id, else title, artist and album."""
    if "external_id" in track:
        return "id\x1f" + str(track["external_id"])
    return "\x1f".join(["name", track["title"], track.get("artist", ""), track.get("album", "")])


def missing_names(track: TrackValues) -> str | None:
    """Say which of title and artist is missing, None if neither."""
    missing = [name for name in ("title", "artist") if name not in track]
    return "no " + " and no ".join(missing) if missing else None
