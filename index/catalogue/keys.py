"""What a build and a delta work out of a track's columns, in the same way."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from index.catalogue.text_column import coded
from index.text import key

NO_ARTIST = 0
NO_ALBUM = 0


def artist_keys(artists: Sequence[str]) -> NDArray[np.int64]:
    """Return a 64-bit hash of each track's first artist, compared like `index.text.key`.

    ``artists`` holds all names of a track, joined by ``;``. Without a name it is `NO_ARTIST`.
    """
    known, codes = coded(artists)
    return _keys([_artist_key(names) for names in known], codes)


def album_keys(albums: Sequence[str | None]) -> NDArray[np.int64]:
    """Return a 64-bit hash of the name of each track's album; `NO_ALBUM` where it has none.

    Artists don't tell albums apart: compilations, which fill many places, are of many artists.
    """
    known, codes = coded(albums)
    names = [key(album) for album in known]
    return _keys([_hashed(name) if name else NO_ALBUM for name in names], codes)


def _keys(known: list[int], codes: NDArray[np.int32]) -> NDArray[np.int64]:
    return np.array(known, dtype=np.int64)[codes]


def _artist_key(names: str) -> int:
    first = key(names.split(";", 1)[0])
    if not first:
        return NO_ARTIST
    return _hashed(first)


def _hashed(text: str) -> int:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True) or 1


def key_of_artist(name: str) -> int:
    """Return the hash of an artist's name; `NO_ARTIST` for an empty one."""
    return int(artist_keys([name])[0])
