"""Catalogue -> the files of one generation. The same catalogue and moment give the same bytes.

Rows are sorted by (genre code, track_id), so that a genre is one slice of every array.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from index.catalogue import (
    Catalogue,
    TrackColumns,
    album_keys,
    artist_keys,
    coded,
    song_keys,
    texts_at,
)
from index.generations.learned_files import LEARNED, LEARNED_AT_ONCE, save_forest, save_learned
from index.generations.reuse import (
    CHANGED,
    KEPT,
    NAMES,
    PreviousBuild,
    contiguous_runs,
    derivation_digest,
)
from index.parallel import background_executor
from index.search import WordCollector, Words, popularity_order, write_search
from index.signals import SIGNALS, TrackFacts, default_weights, static_scores
from index.snapshot import (
    CARDS,
    GENRES,
    SEARCH,
    TASTES,
    VECTORS,
    Events,
    Scaler,
    build_index,
    genre_medians,
    impute,
    listeners,
    sorted_events,
    static_array,
    unit_rows,
    write_index,
)
from index.storage import (
    FORMAT,
    FileEntry,
    Manifest,
    describe_files,
    feature_table,
    joined_at,
    offsets_of,
    pack,
    save_array,
    write_cards,
    write_manifest,
    write_runs,
)
from index.text import key
from index.trending import window_counts

Progress = Callable[[str, float], None]
"""Told what is being done and which share of the whole is done; may raise to end the build."""

_CARDS_PER_STEP, _DOCUMENTS_PER_STEP = 20_000, 200_000
_ROWS_PER_STEP = 200_000


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build has put into a generation."""

    tracks: int
    users: int
    interactions: int
    genres: int
    imputed: int
    """Tracks with features that were filled in."""
    size_bytes: int
    learned: bool
    """Whether it has learned from its listeners; if not, `learned_files.relearned` is due."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which genre and row each track gets."""

    names: list[str]
    keys: list[str]
    order: NDArray[np.int64]
    """Positions in the catalogue by row."""
    track_ids: NDArray[np.int64]
    id_order: NDArray[np.int64]
    genre_codes: NDArray[np.int32]


def build_generation(
    catalogue: Catalogue,
    folder: Path,
    *,
    generation: int,
    now: float,
    previous: Path | None = None,
    learned_at_once: int = LEARNED_AT_ONCE,
    progress: Progress | None = None,
) -> BuildReport:
    """Write all files of a generation into ``folder``, the manifest last.

    Parameters
    ----------
    catalogue
        A card shows the same title, artist, album and genre as the
        columns do. Interactions of tracks or users that it lacks are left out.
    folder
        Exists and is empty.
    generation
        Number of the generation, higher than that of every one before.
    now
        Seconds since 1970: `built_at`, and the moment to which counts and freshness decay.
    previous
        Previous generation. With more than ``learned_at_once`` interactions its learned tables are
        reused, and training follows in a generation of its own (`learned_files`).

    """
    tell = progress or (lambda _step, _share: None)
    tracks = catalogue.tracks

    tell("Sorting tracks", 0.0)
    layout = _lay_out(tracks)
    _save_genres(folder, layout)
    for name in ("track_ids", "id_order", "genre_codes"):
        save_array(folder, name, getattr(layout, name))
    _save_names(folder, catalogue, layout)

    with background_executor() as background:
        sounds = background.submit(_save_sounds, folder, tracks.features, layout)
        tell("Writing cards", 0.1)
        cards = write_runs(_cards(catalogue, layout.order), folder / CARDS)
        save_array(folder, "card_offsets", cards)
        words = _words(catalogue, layout.order, tell)
        pack(folder / KEPT, {**catalogue.kept, **derivation_digest()})
        _save_tastes(folder, catalogue)
        told, released = tracks.popularity[layout.order], tracks.released[layout.order]
        catalogue = catalogue.without_tracks()
        del tracks
        # What is still being read has arrived while all that was made of tracks.
        tell("Reading interactions", 0.5)
        catalogue = catalogue.complete()
        tell("Sorting histories", 0.6)
        events = _save_histories(folder, catalogue, layout)
        # Millions of them, as they were read: sorted, they are there a second time.
        catalogue = catalogue.without_interactions()
        listened = listeners(events, len(told))
        popularity = _save_signals(folder, TrackFacts(told, listened, released, now))
        _save_trends(folder, events, n=len(told), now=now)
        # After the sounds, which all that follows beside is made of.
        interactions = len(events.rows)
        learned = interactions <= learned_at_once
        del events
        learning = background.submit(
            save_learned, folder, learn=learned, previous=previous, database=catalogue.database
        )
        tell("Writing the search file", 0.7)
        ranked = popularity_order(popularity, layout.track_ids)
        save_array(folder, "search_order", ranked)
        write_search(words, ranked, folder / SEARCH)
        del words
        tell("Building the vector index", 0.8)
        imputed = sounds.result()
        tell("Growing the trees", 0.82)
        save_forest(folder, "similar")
        tell("Sealing files", 0.85)
        written = {path.name for path in folder.iterdir()} - LEARNED
        files = describe_files(folder, written)
        tell("Learning from listeners", 0.9)
        files |= learning.result()

    manifest = _manifest(catalogue, generation, now, layout, interactions, files)
    write_manifest(manifest, folder)
    tell("Built", 1.0)
    return BuildReport(
        **manifest.counts, imputed=imputed, size_bytes=manifest.size_bytes, learned=learned
    )


def _lay_out(tracks: TrackColumns) -> _Layout:
    written, numbers = coded(tracks.genres)
    spellings: Counter[str] = Counter()
    counts = np.bincount(numbers, minlength=len(written)).tolist()
    for name, count in zip(written, counts, strict=True):
        if name and key(name):
            spellings[name.strip()] += count
    names: dict[str, str] = {}
    # The most common spelling is shown; sorting makes a tie independent of the order of tracks.
    for name, _ in sorted(spellings.items(), key=lambda pair: (-pair[1], pair[0])):
        names.setdefault(key(name), name)
    keys = ["", *sorted(names)]
    code_of = {folded: code for code, folded in enumerate(keys)}

    codes = np.array([code_of[key(name)] for name in written], dtype=np.int32)[numbers]
    order = np.lexsort((tracks.ids, codes))
    track_ids = np.ascontiguousarray(tracks.ids[order])
    return _Layout(
        names=["", *(names[folded] for folded in keys[1:])],
        keys=keys,
        order=order,
        track_ids=track_ids,
        id_order=np.argsort(track_ids),
        genre_codes=codes[order],
    )


def _save_genres(folder: Path, layout: _Layout) -> None:
    table = {"names": layout.names, "keys": layout.keys}
    (folder / GENRES).write_bytes(orjson.dumps(table))
    edges = np.arange(len(layout.keys) + 1)
    save_array(folder, "genre_offsets", np.searchsorted(layout.genre_codes, edges).astype(np.int64))


def _save_names(folder: Path, catalogue: Catalogue, layout: _Layout) -> None:
    """Save which tracks share an artist, an album or a song."""
    tracks, previous = catalogue.tracks, catalogue.previous
    columns: Any = (tracks.titles, tracks.artists, tracks.albums)
    if previous is None:
        found = _names(*columns)
    else:
        same = previous.rows != CHANGED
        late = np.flatnonzero(~same)
        found = {}
        picked: Any = [texts_at(column, late) for column in columns]
        for name, derived in _names(*picked).items():
            found[name] = np.empty(len(previous.rows), dtype=np.int64)
            found[name][same] = previous.kept.names[name][previous.rows[same]]
            found[name][late] = derived
    for name in NAMES:
        save_array(folder, name, found[name][layout.order])


def _names(
    titles: Sequence[str], artists: Sequence[str], albums: Sequence[str | None]
) -> dict[str, NDArray[np.int64]]:
    return {
        "artist_keys": artist_keys(artists),
        "album_keys": album_keys(albums),
        "song_keys": song_keys(titles, artists),
    }


def _save_sounds(folder: Path, features: NDArray[np.float64], layout: _Layout) -> int:
    """Save all that comes from features; return how many tracks were filled in."""
    raw = features[layout.order]
    medians = genre_medians(raw, layout.genre_codes, len(layout.keys))
    scaler = Scaler.fit(raw)
    vectors, imputed = np.empty_like(raw), np.empty(len(raw), dtype=np.uint8)
    for start in range(0, len(raw), _ROWS_PER_STEP):  # what lies between takes memory, too
        rows = slice(start, start + _ROWS_PER_STEP)
        filled, imputed[rows] = impute(raw[rows], layout.genre_codes[rows], medians)
        vectors[rows] = unit_rows(scaler.transform(filled))

    save_array(folder, "genre_medians", medians)
    save_array(folder, "features", raw)
    del raw
    save_array(folder, "imputed", imputed)
    save_array(folder, "vectors", vectors)
    for name, array in scaler.to_arrays().items():
        save_array(folder, name, array)
    write_index(build_index(vectors), folder / VECTORS)
    return int(np.count_nonzero(imputed))


def _save_histories(folder: Path, catalogue: Catalogue, layout: _Layout) -> Events:
    user_ids = np.unique(catalogue.user_ids).astype(np.int64)
    events = sorted_events(catalogue.interactions, user_ids, layout.track_ids, layout.id_order)
    save_array(folder, "history_user_ids", user_ids)
    for name in ("offsets", "rows", "actions", "ratings", "listened", "at"):
        save_array(folder, f"history_{name}", getattr(events, name))
    return events


def _save_tastes(folder: Path, catalogue: Catalogue) -> None:
    user_ids = sorted(catalogue.tastes)
    offsets = write_cards((catalogue.tastes[each] for each in user_ids), folder / TASTES)
    save_array(folder, "taste_user_ids", np.array(user_ids, dtype=np.int64))
    save_array(folder, "taste_offsets", offsets)


def _save_signals(folder: Path, facts: TrackFacts) -> NDArray[np.float64]:
    """Save all signals, and the static scores of popular lists; return the popularity signal."""
    signals = {signal.name: signal.function(facts) for signal in SIGNALS}
    for name, values in signals.items():
        save_array(folder, name, values)
    popular = static_scores(signals, default_weights("popular"))
    save_array(folder, static_array("popular"), popular)
    return signals["popularity"]


def _save_trends(folder: Path, events: Events, *, n: int, now: float) -> None:
    played = window_counts(events.rows, events.actions, events.at, n=n, now=now)
    save_array(folder, "trending", played)


def _words(catalogue: Catalogue, positions: NDArray[np.int64], tell: Progress) -> Words:
    tracks, previous = catalogue.tracks, catalogue.previous
    collector = WordCollector(previous.kept.words if previous else None)
    for start, part in _steps(positions, _DOCUMENTS_PER_STEP):
        tell("Numbering words", 0.2 + 0.3 * start / len(positions))
        rows = _previous_rows(previous, part)
        late = part[rows == CHANGED]
        columns: Any = (tracks.titles, tracks.artists, tracks.albums, tracks.genres)
        picked: Any = [texts_at(column, late) for column in columns]
        numbered = collector.number(*picked)
        taken = 0
        for row, count in contiguous_runs(rows):
            if previous is not None and row != CHANGED:
                collector.add(previous.kept.words, row, row + count)
            else:
                collector.add(numbered, taken, taken + count)
                taken += count
    return collector.words()


def _cards(
    catalogue: Catalogue, positions: NDArray[np.int64]
) -> Iterator[tuple[bytes | memoryview, Sequence[int] | NDArray[np.int64]]]:
    """Yield the cards at ``positions``, many at a time, and their lengths."""
    previous = catalogue.previous
    for _, part in _steps(positions, _CARDS_PER_STEP):
        rows = _previous_rows(previous, part)
        late, lengths = joined_at(catalogue.tracks.cards, part[rows == CHANGED])
        ends = offsets_of(lengths)
        taken = 0
        for row, count in contiguous_runs(rows):
            if previous is not None and row != CHANGED:
                yield previous.kept.cards.run(row, row + count)
            else:
                yield (
                    late[ends[taken] : ends[taken + count]],
                    lengths[taken : taken + count],
                )
                taken += count
        if previous is not None:
            previous.kept.cards.release_pages()


def _steps(positions: NDArray[np.int64], size: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    for start in range(0, len(positions), size):
        yield start, positions[start : start + size]


def _previous_rows(
    previous: PreviousBuild | None, positions: NDArray[np.int64]
) -> NDArray[np.int64]:
    return previous.rows[positions] if previous else np.full(len(positions), CHANGED)


def _manifest(
    catalogue: Catalogue,
    generation: int,
    now: float,
    layout: _Layout,
    interactions: int,
    files: dict[str, FileEntry],
) -> Manifest:
    return Manifest(
        format=FORMAT,
        generation=generation,
        database=catalogue.database,
        watermark=catalogue.watermark,
        built_at=float(now),
        versions={
            "faiss": version("faiss-cpu"),
            "numpy": version("numpy"),
        },
        features=feature_table(),
        counts={
            "tracks": len(layout.track_ids),
            "users": len(np.unique(catalogue.user_ids)),
            "interactions": interactions,
            "genres": len(layout.keys) - 1,
        },
        files=files,
    )
