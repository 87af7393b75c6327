"""Every method asked for the same lists: the figures that `segue evaluate` prints."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from index.evaluation import (
    HOLDOUT,
    LEAST_ITEMS,
    METHODS,
    Answers,
    Difference,
    Measured,
    Part,
    TooLarge,
    better_of,
    cuts,
    differences,
    measured,
    recommended,
)
from service.evaluation.reading import read_histories, read_songs
from service.evaluation.replay import replayed
from service.evaluation.trial import Trial, trial_of
from service.importing import Progress, UnusableError

SERVED = "served"
UNARRANGED = "served without policies"
SERVED_WAYS: Mapping[str, Mapping[str, Any]] = {
    SERVED: {},
    UNARRANGED: {
        "diversity": 0,
        "max_per_artist": None,
        "max_per_album": None,
    },
}
"""Name -> parameters of the list other than the defaults. Versions of one song stay one: the other
methods are asked for songs, too."""
NAMES = (*METHODS, *SERVED_WAYS)
PLAIN, MARGIN = ("item-item", "EASE"), 1.25
"""What is served is also tested against the better of these times this."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to evaluate."""

    share: float = HOLDOUT
    at: tuple[int, ...] = (10, 100)
    """Lengths of lists, ascending."""
    part: Part = Part.TEST
    lists: int = 2000
    """Most lists that are tested; of more, some are drawn."""
    seed: int = 0
    methods: tuple[str, ...] = NAMES

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures that methods are tested by."""
        return f"recall@{self.at[-1]}", f"NDCG@{self.at[0]}"


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What came out."""

    options: Options
    tracks: int
    songs: int
    lists: int
    tested: int
    """Lists; the others are too short, hide nothing new, or were not drawn."""
    seconds: float
    """Of reading, importing and building."""
    measured: list[Measured]
    left_out: dict[str, str]
    """Method -> why it was not asked."""
    differences: list[Difference] = field(default_factory=list)


def evaluate(tracks: Path, interactions: Path, options: Options, progress: Progress) -> Evaluation:
    """Replay a history and measure every method; raise `UnusableError` where that can't be done."""
    started = time.monotonic()
    with _named(tracks):
        songs = read_songs(tracks, progress)
    with _named(interactions):
        histories = read_histories(interactions, songs, progress)
    lengths = np.array([len(own.items) for own in histories.lists], dtype=np.int64)
    where = cuts(lengths, share=options.share, part=options.part)
    if not (where.end > where.shown).any():
        raise UnusableError(
            f"there is no list of {LEAST_ITEMS} tracks of the catalogue: played, liked or added"
        )
    with replayed(tracks, histories, where.shown.tolist(), progress) as replay:
        prepared = time.monotonic() - started
        trial = trial_of(replay, songs, histories, where, most=options.lists, seed=options.seed)
        if not len(trial.tested):
            raise UnusableError("every song that would be hidden is shown by its list already")
        found, left_out = asked(trial, options, progress)
    return Evaluation(
        options=options,
        tracks=len(trial.songs_of),
        songs=len(trial.problem.songs),
        lists=len(histories.lists),
        tested=len(trial.tested),
        seconds=prepared,
        measured=found,
        left_out=left_out,
        differences=compared(found, options),
    )


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Say of which file an error speaks."""
    try:
        yield
    except UnusableError as reason:
        raise UnusableError(f"{path}: {reason}") from reason


def asked(
    trial: Trial, options: Options, progress: Progress
) -> tuple[list[Measured], dict[str, str]]:
    """Ask every method; return its figures, or why it could not be asked."""
    found, left_out = [], {}
    for name in options.methods:
        try:
            answers = _answers(name, trial, options, progress)
        except TooLarge as reason:
            left_out[name] = str(reason)
            continue
        found.append(measured(answers, trial.hidden, trial.problem, options.at, seed=options.seed))
    return found, left_out


def compared(found: list[Measured], options: Options) -> list[Difference]:
    """Test what is served against every other method, and against `MARGIN` times the best plain."""
    by_name = {each.method: each for each in found}
    others = [each for each in found if each.method not in SERVED_WAYS]
    plain = [by_name[name] for name in PLAIN if name in by_name]
    tests: list[Difference] = []
    for ours in (by_name[name] for name in SERVED_WAYS if name in by_name):
        if others:
            tests += differences(ours, others, options.figures)
        for figure in options.figures if plain else ():
            best = better_of(plain, figure)
            tests += differences(ours, [best], [figure], factor=MARGIN)
    return tests


def _answers(name: str, trial: Trial, options: Options, progress: Progress) -> Answers:
    k = options.at[-1]
    started = time.process_time()
    with progress.task(f"Asking {name}", len(trial.names)) as advance:
        if name in SERVED_WAYS:
            fitted = started
            rows = []
            for own in trial.names:
                rows.append(trial.songs_at(trial.replay.ask(own, k, **SERVED_WAYS[name]), k))
                advance(1)
            lists = np.array(rows)
        else:
            method = METHODS[name](trial.problem, options.seed)
            fitted = time.process_time()
            lists = recommended(method, trial.histories, trial.problem.order, k, advance)
    return Answers(name, lists, fitted - started, time.process_time() - fitted)
