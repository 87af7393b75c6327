"""Lists for new listeners with 1, 3 or 10 likes, against plain methods.

A third of the playlists in turn is left out of the index. Their first tracks are the likes of
listeners whom no training has seen, and the rest of each is hidden.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from benchmarks.exactness import absent
from benchmarks.harness.sections import Bar, Measured, Run, row
from benchmarks.quality.playlists import PLAYLISTS, TRACKS, small
from index.actions import ACTION_CODES
from index.evaluation import (
    METHODS,
    Answers,
    Cuts,
    bootstrap_interval,
    incidence,
    measured,
    paired_test,
    recommended,
)
from index.listener import Profiles, TasteProfile, taste_profile
from index.live import History, LiveIndex
from service.evaluation import (
    SERVED,
    Histories,
    Trial,
    read_histories,
    read_songs,
    replayed,
    trial_of,
)
from service.importing import Progress
from service.recommendations import PersonalizedParameters, personalized

LIKES = (1, 3, 10)
FOLDS = 3
LEAST = 20
"""Shorter lists leave too little to find after ten likes."""
AT = (10, 100)
RECALL, NDCG = "recall@100", "NDCG@10"
PLAIN = ("popularity", "content", "item-item", "EASE")
BEATEN = ("popularity", "content")
"""The methods that lists for new listeners have to surpass."""

Numbers = NDArray[np.int64]
Figures = dict[tuple[int, str, str], list[NDArray[np.float64]]]
"""(likes, method, figure) -> its values, fold by fold."""


class FixedProfile(Profiles):
    """The same profile for every listener: one who is not in the database."""

    def __init__(self, profile: TasteProfile) -> None:
        super().__init__()
        self._profile = profile

    def of(self, live: LiveIndex, user_id: int) -> TasteProfile:
        """Return the profile."""
        return self._profile


def measure(run: Run) -> Measured:
    """Measure lists from 1, 3 and 10 likes."""
    if not (TRACKS.exists() and PLAYLISTS.exists()):
        return absent(TRACKS, PLAYLISTS)
    found: Figures = defaultdict(list)
    folds = 1 if run.quick else FOLDS
    with small(TRACKS, PLAYLISTS, quick=run.quick) as (tracks, lists):
        songs = read_songs(tracks, Progress())
        histories = read_histories(lists, songs, Progress())
        for fold in range(folds):
            run.progress(f"fold {fold + 1} of {folds}", fold / folds)
            where = _cuts(histories, fold)
            with replayed(tracks, histories, where.shown.tolist(), Progress()) as replay:
                trial = trial_of(
                    replay, songs, histories, where, most=len(histories.lists), seed=run.seed
                )
                _evaluate(trial, histories, found, run.seed)
    values = {key: np.concatenate(parts) for key, parts in found.items()}
    return Measured(
        dataset=f"{TRACKS.name}, {PLAYLISTS.name}",
        rows=_rows(values),
        details={"folds": folds, "lists": len(values[1, SERVED, RECALL])},
        draw=lambda axes: _draw(axes, values),
    )


def _cuts(histories: Histories, fold: int) -> Cuts:
    """Hide the lists of a fold whole, and nothing of the others."""
    lengths = np.array([len(own.items) for own in histories.lists], dtype=np.int64)
    kept_out = (np.arange(len(lengths)) % FOLDS == fold) & (lengths >= LEAST)
    return Cuts(np.where(kept_out, 0, lengths), lengths)


def _evaluate(trial: Trial, histories: Histories, found: Figures, seed: int) -> None:
    row_of = {track: at for at, track in enumerate(trial.replay.external_ids)}
    rows = [
        np.array([row_of[track] for track in histories.lists[at].tracks()], dtype=np.int64)
        for at in trial.tested.tolist()
    ]
    methods = {name: METHODS[name](trial.problem, seed) for name in PLAIN}
    for likes in LIKES:
        songs = [trial.songs_of[own] for own in rows]
        known = incidence([own[:likes] for own in songs], len(trial.problem.songs))
        hidden = [np.setdiff1d(own[likes:], own[:likes]) for own in songs]
        answers = {SERVED: np.array([_served(trial, own[:likes]) for own in rows])}
        for name, method in methods.items():
            answers[name] = recommended(method, known, trial.problem.order, AT[-1])
        for name, lists in answers.items():
            own = measured(Answers(name, lists, 0.0, 0.0), hidden, trial.problem, AT)
            for figure in (RECALL, NDCG):
                found[likes, name, figure].append(own.per_list[figure])


def _served(trial: Trial, liked: Numbers) -> Numbers:
    """Return the songs of the list that somebody gets who has just liked these rows."""
    replay, n = trial.replay, len(liked)
    history = History(
        rows=liked,
        actions=np.full(n, ACTION_CODES["like"], dtype=np.uint8),
        ratings=np.zeros(n, dtype=np.uint8),
        listened=np.full(n, np.nan, dtype=np.float32),
        at=replay.now - np.arange(n, 0, -1.0),
    )
    profile = taste_profile(replay.live, history)
    wanted = PersonalizedParameters(user_id=1, limit=AT[-1])
    ranked = personalized(replay.live, FixedProfile(profile), wanted, time.time()).ranked
    return trial.songs_at(ranked.rows, AT[-1])


def _rows(values: dict[tuple[int, str, str], NDArray[np.float64]]) -> list[dict[str, Any]]:
    rows = []
    for likes in LIKES:
        for figure in (RECALL, NDCG):
            for name in (*PLAIN, SERVED):
                own = bootstrap_interval(values[likes, name, figure])
                text = f"{own.mean:.4f} [{own.low:.4f}, {own.high:.4f}]"
                rows.append(row(f"{_likes(likes)}, {name}: {figure}", text))
            for name in BEATEN:
                test = paired_test(values[likes, SERVED, figure], values[likes, name, figure])
                what = f"{_likes(likes)}, served - {name}, at least: {figure}"
                rows.append(row(what, test.low, Bar(">", 0), shown=f"{test.low:+.4f}"))
    return rows


def _likes(count: int) -> str:
    return f"{count} like{'s' * (count > 1)}"


def _draw(axes: Axes, values: dict[tuple[int, str, str], NDArray[np.float64]]) -> None:
    names: Sequence[str] = (*PLAIN, SERVED)
    for at, name in enumerate(names):
        means = [float(values[likes, name, RECALL].mean()) for likes in LIKES]
        places = np.arange(len(LIKES)) + (at - len(names) / 2) * 0.15
        axes.bar(places, means, width=0.14, label=name)
    axes.set_xticks(range(len(LIKES)), [_likes(likes) for likes in LIKES])
    axes.set_ylabel(RECALL)
    axes.legend(frameon=False)
