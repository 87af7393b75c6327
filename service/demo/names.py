"""Who plays, what it is called and on which album: the texts of the demo's tracks."""

import random
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from service.demo.genres import Genre
from service.demo.phrases import new_phrase, phrase
from service.demo.words import ALBUMS, ARTISTS, TITLES, USERNAMES
from service.importing import KEYS

Ints = NDArray[np.int64]

_WRITTEN_KEYS = {"C#": "C-sharp", "D#": "E-flat", "F#": "F-sharp", "G#": "A-flat", "A#": "B-flat"}
# Elsewhere an English album title would look out of place.
_ENGLISH = frozenset(
    {"pop", "rock", "street", "indie", "country", "soul", "jazz", "folk", "island"}
)


class Names:
    """Invents names in the order of the tracks, so that one seed always gives the same."""

    def __init__(self, rng: random.Random, genres: list[Genre]) -> None:
        self._rng = rng
        self._styles = [genre.style for genre in genres]
        self._artists: set[str] = set()

    def rows(self, genre: Ints, artist: Ints, album: Ints, pitch: Ints) -> list[dict[str, object]]:
        """Return title, artist, album and key of every track."""
        rows: list[dict[str, object]] = []
        playing, record = -1, -1
        for style, who, which, key in _per_track(self._styles, genre, artist, album, pitch):
            if who != playing:
                name = new_phrase(self._rng, ARTISTS[style], self._artists)
                playing, titles = who, set[str]()
            scale = self._scale(KEYS[key])
            title = new_phrase(self._rng, TITLES[style], titles, scale=scale)
            if which != record:
                record, album_title = which, self._album(style, title)
            rows.append({"title": title, "artist": name, "album": album_title, "key": KEYS[key]})
        return rows

    def _scale(self, key: str) -> str:
        return f"{_WRITTEN_KEYS.get(key, key)} {self._rng.choice(('major', 'minor'))}"

    def _album(self, style: str, title: str) -> str:
        if style in _ENGLISH:
            return phrase(self._rng, ALBUMS, titled=title)
        return title


def _per_track(
    styles: list[str], genre: Ints, artist: Ints, album: Ints, pitch: Ints
) -> Iterable[tuple[str, int, int, int]]:
    named = [styles[code] for code in genre.tolist()]
    return zip(named, artist.tolist(), album.tolist(), pitch.tolist(), strict=True)


def usernames(rng: random.Random, count: int) -> list[str]:
    """Return ``count`` different user names."""
    taken: set[str] = set()
    return [new_phrase(rng, USERNAMES, taken).lower().replace(" ", "") for _ in range(count)]
