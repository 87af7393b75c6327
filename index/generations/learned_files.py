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

from index.learning import (
    LEARNED_MODEL,
    LearnedModel,
    Preferences,
    Tracks,
    carried,
    evidence_of,
    grouped,
    model_of,
    open_model,
    preferences_of,
    songs_of,
    train,
    untrained_model,
    write_model,
)
from index.signals import SIGNAL_NAMES, Kind
from index.snapshot import ARRAYS, build_forest, forest_array, static_array
from index.storage import (
    FileEntry,
    UnusableGeneration,
    array_file,
    describe_files,
    map_array,
    read_manifest,
    save_array,
    sync_file,
    verify_sources,
    write_manifest,
)

LEARNED_AT_ONCE = 500_000
"""Up to so many interactions are learned from while a generation is built: some seconds."""
LEARNED = frozenset(
    {
        LEARNED_MODEL,
        array_file(static_array("personal")),
        *(array_file(forest_array("personal", name)) for name in ARRAYS),
    }
)
"""The files that `save_learned` writes."""
_OF_TRACKS = ("vectors", "genre_codes")
_OF_EVENTS = ("offsets", "rows", "actions", "ratings", "listened")


def save_learned(
    folder: Path, *, learn: bool, previous: Path | None = None, database: str
) -> dict[str, FileEntry]:
    """Save what personal lists are made of beside sound, and describe it; all else is there.

    Parameters
    ----------
    learn
        Whether to learn from the listeners now. If not, the tables of ``previous`` are reused.
    previous
        A generation of the same ``database``, which may turn out to be damaged.

    """
    _save_hybrid(folder, learn, previous, database)
    signals = _mapped(folder, SIGNAL_NAMES)
    save_array(folder, static_array("personal"), open_model(folder / LEARNED_MODEL).static(signals))
    save_forest(folder, "personal")
    return describe_files(folder, LEARNED)


def save_forest(folder: Path, kind: Kind) -> None:
    """Save the trees that lists of a kind are searched in; their static scores are there."""
    vectors, offsets = (map_array(folder, name) for name in ("vectors", "genre_offsets"))
    static = np.empty(0) if kind == "similar" else map_array(folder, static_array(kind))
    for name, array in build_forest(vectors, offsets, static).arrays():
        save_array(folder, forest_array(kind, name), array)


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


def _save_hybrid(folder: Path, learn: bool, previous: Path | None, database: str) -> None:
    columns = _mapped(folder, (*_OF_TRACKS, "song_keys", "artist_keys", "track_ids"))
    signals = _mapped(folder, SIGNAL_NAMES)
    popularity = signals["popularity"]
    songs = grouped(songs_of(columns["song_keys"], columns["track_ids"]), popularity)
    artists = grouped(columns["artist_keys"], popularity)
    of_tracks = {name: columns[name] for name in _OF_TRACKS}
    tracks = Tracks(**of_tracks, signals=signals, songs=songs, artists=artists)
    before = None if learn else _learned(previous, database)
    if learn:
        trained = train(tracks, _lists(folder, songs.codes))
    elif before is not None:
        trained = carried(before, tracks, _lists(folder, songs.codes))
        del before  # as much memory as what is written now
    else:
        trained = untrained_model(songs, artists)
    write_model(model_of(songs, artists, trained, popularity), folder / LEARNED_MODEL)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # some file systems have no links
        shutil.copyfile(source, target)
        sync_file(target)


def _lists(folder: Path, song_codes: NDArray[np.int32]) -> Preferences:
    events = _mapped(folder, [f"history_{name}" for name in _OF_EVENTS])
    weights = evidence_of(
        events["history_actions"], events["history_ratings"], events["history_listened"]
    )
    return preferences_of(events["history_offsets"], song_codes[events["history_rows"]], weights)


def _learned(previous: Path | None, database: str) -> LearnedModel | None:
    """Return what a generation has learned; None where it can't be used."""
    if previous is None:
        return None
    try:
        manifest = read_manifest(previous)
        if manifest.database != database:
            return None
        verify_sources(manifest, previous, {LEARNED_MODEL})
    except UnusableGeneration:
        return None
    return open_model(previous / LEARNED_MODEL)


def _mapped(folder: Path, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    return {name: map_array(folder, name) for name in names}
