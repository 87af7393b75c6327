"""The columns that a build reads, and the keys derived from a track's own texts."""

from index.catalogue.columns import (
    Catalogue,
    DeferredInteractions,
    InteractionColumns,
    TrackColumns,
    Watermark,
)
from index.catalogue.id_lookup import IdLookup
from index.catalogue.json_columns import (
    json_moments,
    json_objects,
    json_reals,
    json_texts,
    json_wholes,
)
from index.catalogue.keys import NO_ARTIST, album_keys, artist_keys, key_of_artist
from index.catalogue.songs import NO_SONG, song_keys
from index.catalogue.text_column import Texts, coded, texts_at, values_at

__all__ = [
    "NO_ARTIST",
    "NO_SONG",
    "Catalogue",
    "DeferredInteractions",
    "IdLookup",
    "InteractionColumns",
    "Texts",
    "TrackColumns",
    "Watermark",
    "album_keys",
    "artist_keys",
    "coded",
    "json_moments",
    "json_objects",
    "json_reals",
    "json_texts",
    "json_wholes",
    "key_of_artist",
    "song_keys",
    "texts_at",
    "values_at",
]
