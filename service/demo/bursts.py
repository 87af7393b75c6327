"""Songs that everybody plays right now, so that the trending lists have something to tell."""

import numpy as np
from numpy.typing import NDArray

from index.actions import ACTION_CODES
from service.demo.catalogue import DemoCatalogue
from service.demo.listeners import DAY, Events, Listener

Ints = NDArray[np.int64]

# (how many songs, over how many days, which share of the listeners who like the genre)
BURSTS = ((14, 1.0, 0.45), (26, 7.0, 0.40), (30, 30.0, 0.25))
NEW_SONG_DAYS = 500
OTHERS_SHARE = 0.015

_KINDS = np.array([ACTION_CODES[name] for name in ("play", "like", "playlist_add", "skip")])
_CHANCES = np.array([0.72, 0.14, 0.09, 0.05])


def bursts(
    rng: np.random.Generator, catalogue: DemoCatalogue, listeners: list[Listener]
) -> list[Events]:
    """Let many listeners find the same songs within the last day, week and month."""
    fans = np.zeros((len(listeners), len(catalogue.genres)), np.bool_)
    for position, listener in enumerate(listeners):
        fans[position, listener.genres] = True

    recent = catalogue.age_days < NEW_SONG_DAYS
    wish = np.where(recent, 2.0, 0.0) + catalogue.popularity / 30
    songs = iter(np.argsort(-(wish + rng.gumbel(size=len(wish)))))
    return [
        _burst(rng, catalogue, fans, int(next(songs)), days=days, share=share * rng.uniform(0.4, 1))
        for count, days, share in BURSTS
        for _song in range(count)
    ]


def _burst(
    rng: np.random.Generator,
    catalogue: DemoCatalogue,
    fans: NDArray[np.bool_],
    song: int,
    *,
    days: float,
    share: float,
) -> Events:
    chance = np.where(fans[:, catalogue.genre[song]], share, OTHERS_SHARE)
    who = np.flatnonzero(rng.random(len(chance)) < chance)
    who = np.repeat(who, rng.integers(1, 4, len(who)))
    action = rng.choice(_KINDS, len(who), p=_CHANCES)
    seconds = catalogue.seconds[song]
    heard = np.where(action == ACTION_CODES["play"], seconds, np.minimum(20, seconds // 3))
    silent = (action == ACTION_CODES["like"]) | (action == ACTION_CODES["playlist_add"])
    return Events(
        listener=who,
        track=np.full(len(who), song),
        action=action,
        seconds_ago=60 + (days * DAY - 60) * rng.random(len(who)) ** 1.3,
        rating=np.zeros(len(who), np.int64),
        listened=np.where(silent, -1, heard),
    )
