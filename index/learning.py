"""What a generation learns from its listeners: when it is built, or later, as the next generation.

Training a large catalogue takes longer than building it. So that new tracks don't wait for it, such
a generation is published with what the one before had learned, and the next one, `relearned`,
holds the same catalogue with what its own listeners teach.
"""

import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.arrays import array_file, map_array, save_array
from index.forest import ARRAYS, FORESTS, TASTE, plant
from index.hybrid.carrying import carried
from index.hybrid.file import HYBRID, Hybrid, hybrid_of, open_hybrid, write_hybrid
from index.hybrid.groups import grouped, songs_of
from index.hybrid.lists import Lists, lists_of
from index.hybrid.trained import untrained
from index.hybrid.training import Tracks, train
from index.manifest import (
    FileEntry,
    UnusableGeneration,
    describe_files,
    read_manifest,
    sync_file,
    verify_sources,
    write_manifest,
)
from index.snapshot import forest_array
from index.taste import evidence

LEARNED_AT_ONCE = 500_000
"""Up to so many interactions are learned from while a generation is built: some seconds."""
LEARNED = frozenset({HYBRID, *(array_file(forest_array(TASTE, name)) for name in ARRAYS)})
"""The files that `save_learned` writes."""
_OF_TRACKS = ("vectors", "genre_codes", "popularity", "freshness")
_OF_EVENTS = ("offsets", "rows", "actions", "ratings", "listened")


def save_learned(
    folder: Path, *, learn: bool, former: Path | None = None, database: str
) -> dict[str, FileEntry]:
    """Save what personal lists are made of beside sound, and describe it; all else is there.

    Parameters
    ----------
    learn
        Whether to learn from the listeners now. If not, what ``former`` has learned is taken over.
    former
        A generation of the same ``database``, which may turn out to be damaged.

    """
    _save_hybrid(folder, learn, former, database)
    save_forest(folder, TASTE)
    return describe_files(folder, LEARNED)


def save_forest(folder: Path, forest: str) -> None:
    """Save the trees that lists of a kind are searched in; those of taste need what was learned."""
    mapped = _mapped(folder, ("vectors", "genre_offsets", "popularity", "freshness"))
    weights, prior = FORESTS[forest].as_array(), mapped["popularity"]
    if forest == TASTE:
        hybrid = open_hybrid(folder / HYBRID)
        weights, prior = hybrid.weights.dense, hybrid.prior
    planted = plant(mapped["vectors"], mapped["genre_offsets"], prior, mapped["freshness"], weights)
    for name, array in planted.arrays():
        save_array(folder, forest_array(forest, name), array)


def relearned(source: Path, folder: Path, *, generation: int) -> None:
    """Write a generation that is ``source`` with what its own listeners teach.

    Its files are those of ``source``, linked, but for those that learning changes.
    """
    manifest = read_manifest(source)
    linked = {name: entry for name, entry in manifest.files.items() if name not in LEARNED}
    for name in linked:
        _link(source / name, folder / name)
    learned = save_learned(folder, learn=True, database=manifest.database)
    # What is linked is told as it was published: damaged since then, it is not to pass for whole.
    write_manifest(replace(manifest, generation=generation, files=linked | learned), folder)


def _save_hybrid(folder: Path, learn: bool, former: Path | None, database: str) -> None:
    columns = _mapped(folder, (*_OF_TRACKS, "song_keys", "artist_keys", "track_ids"))
    popularity = columns["popularity"]
    songs = grouped(songs_of(columns["song_keys"], columns["track_ids"]), popularity)
    artists = grouped(columns["artist_keys"], popularity)
    tracks = Tracks(**{name: columns[name] for name in _OF_TRACKS}, songs=songs, artists=artists)
    before = None if learn else _learned(former, database)
    if learn:
        trained = train(tracks, _lists(folder, songs.codes))
    elif before is not None:
        trained = carried(before, tracks, _lists(folder, songs.codes))
        del before  # as much memory as what is written now
    else:
        trained = untrained(songs, artists)
    write_hybrid(hybrid_of(songs, artists, trained, popularity), folder / HYBRID)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # some file systems have no links
        shutil.copyfile(source, target)
        sync_file(target)


def _lists(folder: Path, song_codes: NDArray[np.int32]) -> Lists:
    events = _mapped(folder, [f"history_{name}" for name in _OF_EVENTS])
    weights = evidence(
        events["history_actions"], events["history_ratings"], events["history_listened"]
    )
    return lists_of(events["history_offsets"], song_codes[events["history_rows"]], weights)


def _learned(former: Path | None, database: str) -> Hybrid | None:
    """Return what a generation has learned; None where it can't be used."""
    if former is None:
        return None
    try:
        manifest = read_manifest(former)
        if manifest.database != database:
            return None
        verify_sources(manifest, former, {HYBRID})
    except UnusableGeneration:
        return None
    return open_hybrid(former / HYBRID)


def _mapped(folder: Path, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    return {name: map_array(folder, name) for name in names}
