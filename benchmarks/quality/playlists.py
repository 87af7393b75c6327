"""Served lists against plain methods, on sets of real playlists and listeners."""

import csv
import gzip
import io
import random
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from benchmarks.exactness import absent
from benchmarks.harness.provenance import ROOT
from benchmarks.harness.sections import Bar, Measured, Run, row
from index.text import fold
from service.evaluation import SERVED, UNARRANGED, Evaluation, Options, as_dict, evaluate
from service.importing import Progress

DATA = ROOT.parent / "shared" / "data"
TRACKS = DATA / "tracks_278k.csv.gz"
PLAYLISTS = DATA / "playlists_dev.csv.gz"
TIDYTUESDAY = DATA / "playlists_tidytuesday_33k.csv.gz"
LASTFM = DATA / "hetrec2011-lastfm-2k.zip"
QUICK_LISTS, QUICK_TRACKS = 60, 4_000


def playlists(run: Run) -> Measured:
    """990 playlists over 278,340 tracks."""
    return _measured(run, TRACKS, PLAYLISTS, plain=True)


def tidytuesday(run: Run) -> Measured:
    """471 playlists by genre; one file holds tracks and playlists."""
    return _measured(run, TIDYTUESDAY, TIDYTUESDAY)


def lastfm(run: Run) -> Measured:
    """1,892 listeners and the artists they play, in no order.

    An artist is a track: its best known one.
    """
    if not (TRACKS.exists() and LASTFM.exists()):
        return absent(TRACKS, LASTFM)
    with tempfile.TemporaryDirectory() as folder:
        tracks, events = by_artist(Path(folder), run.seed)
        return _measured(run, tracks, events)


def _measured(run: Run, tracks: Path, lists: Path, *, plain: bool = False) -> Measured:
    """Evaluate a set; ``plain`` asks for `MARGIN` times the better of item-item and EASE."""
    if not (tracks.exists() and lists.exists()):
        return absent(tracks, lists)
    run.progress("replaying", 0.0)
    with small(tracks, lists, quick=run.quick) as (some_tracks, some_lists):
        found = evaluate(some_tracks, some_lists, Options(seed=run.seed), Progress())
    return Measured(
        dataset=f"{tracks.name}, {lists.name}",
        rows=[*_figures(found), *_bars(found, margin=plain)],
        details=as_dict(found),
        draw=lambda axes: _draw(axes, found),
    )


@contextmanager
def small(tracks: Path, lists: Path, *, quick: bool) -> Iterator[tuple[Path, Path]]:
    """Yield the files, or the beginnings of them where figures need not say anything."""
    if not quick:
        yield tracks, lists
        return
    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder) / "lists.csv"
        wanted = _first_lists(lists, few)
        some = Path(folder) / "tracks.csv"
        with _rows(tracks) as rows, some.open("w", newline="") as file:
            out = csv.DictWriter(file, rows.fieldnames or [])
            out.writeheader()
            spare = QUICK_TRACKS
            for each in rows:
                spare -= each["track_id"] not in wanted
                if spare > 0 or each["track_id"] in wanted:
                    out.writerow(each)
        yield some, few


def _first_lists(lists: Path, few: Path) -> set[str]:
    """Write the first lists of a file; return the tracks that they hold."""
    names: set[str] = set()
    tracks = set()
    with _rows(lists) as rows, few.open("w", newline="") as file:
        columns = rows.fieldnames or []
        name = "playlist_id" if "playlist_id" in columns else "user"
        track = "track_id" if "track_id" in columns else "track"
        out = csv.DictWriter(file, columns)
        out.writeheader()
        for each in rows:
            if each[name] not in names and len(names) == QUICK_LISTS:
                continue
            names.add(each[name])
            tracks.add(each[track])
            out.writerow(each)
    return tracks


@contextmanager
def _rows(path: Path) -> Iterator["csv.DictReader[str]"]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        yield csv.DictReader(file)


def _figures(found: Evaluation) -> list[dict[str, Any]]:
    rows = []
    for each in found.measured:
        for name in found.options.figures:
            own = each.intervals[name]
            text = f"{own.mean:.4f} [{own.low:.4f}, {own.high:.4f}]"
            rows.append(row(f"{each.method}: {name}", text))
    return rows


def _bars(found: Evaluation, *, margin: bool) -> list[dict[str, Any]]:
    """Return the bars of the served lists: as good as every method, or better by a margin."""
    rows = []
    means = {each.method: each.intervals for each in found.measured}
    for name in found.options.figures:
        others = {
            method: own[name].mean
            for method, own in means.items()
            if method not in (SERVED, UNARRANGED)
        }
        best = max(others, key=lambda method: others[method])
        for ours in (SERVED, UNARRANGED):
            ratio = round(means[ours][name].mean / max(others[best], 1e-9), 3)
            bar = None if margin or ours == UNARRANGED else Bar(">=", 1)
            rows.append(row(f"{ours} to {best}, the best other: {name}", ratio, bar))
    for each in found.differences if margin else ():
        if each.factor != 1:
            what = f"{each.ours} - {each.factor:g} x {each.theirs}, at least: {each.figure}"
            bar = Bar(">", 0) if each.ours == SERVED else None
            rows.append(row(what, each.test.low, bar, shown=f"{each.test.low:+.4f}"))
    return rows


def _draw(axes: Axes, found: Evaluation) -> None:
    recall, ndcg = found.options.figures
    for at, each in enumerate(found.measured):
        x, y = each.intervals[recall], each.intervals[ndcg]
        colour = "tab:red" if each.method in (SERVED, UNARRANGED) else "tab:blue"
        axes.errorbar(
            x.mean,
            y.mean,
            xerr=[[x.mean - x.low], [x.high - x.mean]],
            yerr=[[y.mean - y.low], [y.high - y.mean]],
            fmt="o",
            color=colour,
            linewidth=1,
        )
        axes.annotate(
            each.method, (x.mean, y.mean), (4, 4 if at % 2 else -10), textcoords="offset points"
        )
    axes.set_xlabel(f"{recall}, with 95 % intervals")
    axes.set_ylabel(ndcg)
    axes.set_title(f"{found.tested:,} lists, {found.songs:,} songs")


def by_artist(folder: Path, seed: int) -> tuple[Path, Path]:
    """Write a catalogue of one track an artist, and what listeners play of it, in random order."""
    best: dict[str, dict[str, str]] = {}
    with _rows(TRACKS) as rows:
        columns = list(rows.fieldnames or [])
        for each in rows:
            name = fold(each["artist"])
            if name and _popularity(each) > _popularity(best.get(name)):
                best[name] = each
    tracks, events = folder / "tracks.csv", folder / "events.csv"
    with tracks.open("w", newline="") as file:
        out = csv.DictWriter(file, columns, extrasaction="ignore")
        out.writeheader()
        out.writerows(best.values())
    _write_plays(events, best, seed)
    return tracks, events


def _popularity(track: dict[str, str] | None) -> float:
    return -1.0 if track is None else float(track["popularity"] or 0)


def _write_plays(path: Path, best: dict[str, dict[str, str]], seed: int) -> None:
    with zipfile.ZipFile(LASTFM) as archive:
        names = {each["id"]: fold(each["name"]) for each in _table(archive, "artists.dat")}
        plays = defaultdict(list)
        for each in _table(archive, "user_artists.dat"):
            if track := best.get(names.get(each["artistID"], "")):
                plays[each["userID"]].append(track["track_id"])
    chosen = random.Random(seed)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["playlist_id", "position", "track_id"])
        for listener, tracks in plays.items():
            chosen.shuffle(tracks)
            out.writerows((listener, at, track) for at, track in enumerate(tracks))


def _table(archive: zipfile.ZipFile, name: str) -> Sequence[dict[str, str]]:
    text = archive.read(name).decode("utf-8", "replace")
    return list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
