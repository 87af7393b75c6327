"""The demo's listeners: what they like, when they listen, and a year of what they did."""

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.actions import ACTION_CODES
from index.features import DIMENSIONS
from service.demo.catalogue import DemoCatalogue
from service.demo.genres import NEIGHBOURS
from service.demo.names import usernames

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAY = 86_400.0
MEDIAN_PLAYS = 120
SESSION_TRACKS = 9
LONGEST_SESSION = 2 * 3600.0
SHORTEST_MEMBERSHIP, LONGEST_MEMBERSHIP = 31, 362
"""Days."""
NIGHT_OWLS_SHARE = 0.15
LEAN = 0.45
"""How strongly a listener leans to louder, sadder, faster ... tracks within a genre."""
EXPLORING_SHARE = 0.08
"""Share of sessions that leave the listener's own genres."""

_PLAY, _LIKE, _DISLIKE = (ACTION_CODES[name] for name in ("play", "like", "dislike"))
_SKIP, _ADD = ACTION_CODES["skip"], ACTION_CODES["playlist_add"]


@dataclass(frozen=True, slots=True)
class Listener:
    """One listener, before having heard anything."""

    username: str
    joined_days_ago: float
    genres: Ints
    weights: Floats
    lean: Floats
    """(8,) direction in standardised features that this listener prefers."""
    night_owl: bool


@dataclass(frozen=True, slots=True)
class Events:
    """What listeners did, one position per event."""

    listener: Ints
    track: Ints
    action: Ints
    seconds_ago: Floats
    rating: Ints
    """1..5, 0 where none was given."""
    listened: Ints
    """Seconds, -1 where it does not apply."""


def joined(parts: list[Events]) -> Events:
    """Put events together, oldest first."""
    fields = [np.concatenate([getattr(part, name) for part in parts]) for name in Events.__slots__]
    order = np.argsort(-fields[3], kind="stable")
    return Events(*(field[order] for field in fields))


def generate_listeners(
    rng: np.random.Generator, names: random.Random, catalogue: DemoCatalogue, count: int
) -> list[Listener]:
    """Invent listeners of two to four genres, mostly near each other."""
    shares = np.array([genre.share for genre in catalogue.genres]) ** 0.7
    return [
        _listener(rng, catalogue, name, shares / shares.sum()) for name in usernames(names, count)
    ]


def _listener(
    rng: np.random.Generator, catalogue: DemoCatalogue, username: str, shares: Floats
) -> Listener:
    codes = {genre.name: code for code, genre in enumerate(catalogue.genres)}
    genres = [int(rng.choice(len(shares), p=shares))]
    wanted = int(rng.integers(2, 5))
    while len(genres) < wanted:
        near = NEIGHBOURS[catalogue.genres[genres[0]].name]
        found = codes[near[rng.integers(len(near))]]
        if rng.random() > 0.65:
            found = int(rng.choice(len(shares), p=shares))
        if found not in genres:
            genres.append(found)
        elif len(genres) > len(near):
            wanted -= 1
    weights = np.sort(rng.dirichlet(np.full(len(genres), 2.0)))[::-1]
    return Listener(
        username=username,
        joined_days_ago=float(rng.uniform(SHORTEST_MEMBERSHIP, LONGEST_MEMBERSHIP)),
        genres=np.array(genres),
        weights=weights,
        lean=LEAN * rng.standard_normal(DIMENSIONS),
        night_owl=bool(rng.random() < NIGHT_OWLS_SHARE),
    )


class Library:
    """The tracks of each genre and how drawn a listener is to each of them."""

    def __init__(self, catalogue: DemoCatalogue) -> None:
        spread = catalogue.features.std(axis=0)
        self.standardised = (catalogue.features - catalogue.features.mean(axis=0)) / spread
        self.appeal = catalogue.popularity / 40.0
        self.seconds = catalogue.seconds
        self.genre_count = len(catalogue.genres)
        self._members = [
            np.flatnonzero(catalogue.genre == code) for code in range(self.genre_count)
        ]

    def favourites(
        self, rng: np.random.Generator, listener: Listener, genre: int, size: int
    ) -> Ints:
        """Draw the tracks of a genre that a listener knows, best loved first."""
        members = self._members[genre]
        leaning = self.standardised[members] @ listener.lean
        # Adding Gumbel noise and taking the largest draws without replacement by weight.
        wish = self.appeal[members] + leaning + rng.gumbel(size=len(members))
        return members[np.argsort(-wish)[:size]]


def history(
    rng: np.random.Generator,
    library: Library,
    listener: Listener,
    *,
    position: int,
    today: float,
) -> Events:
    """Invent the sessions of one listener, more of them lately than long ago.

    ``position`` is the listener's own, ``today`` how many seconds of today have passed.
    """
    plays = int(np.clip(MEDIAN_PLAYS * rng.lognormal(0, 0.8), 12, 1200))
    sessions = max(1, plays // SESSION_TRACKS)
    session = np.sort(rng.integers(0, sessions, plays))
    track = _choose_tracks(rng, library, listener, session, sessions)

    length = library.seconds[track].astype(np.float64)
    liking = library.standardised[track] @ listener.lean
    skipped = rng.random(plays) < 0.13 / (1 + np.exp(1.2 * liking))
    heard = np.where(
        skipped,
        np.minimum(rng.uniform(2, 35, plays), 0.4 * length),
        length * np.where(rng.random(plays) < 0.8, 1.0, rng.uniform(0.5, 1.0, plays)),
    ).round()
    began = _session_starts(rng, listener, sessions, today)[session] - _before(heard, session)
    ended = np.maximum(began - heard, 1.0)
    return _what_was_done(rng, position, track, skipped, liking, heard.astype(np.int64), ended)


def _choose_tracks(
    rng: np.random.Generator, library: Library, listener: Listener, session: Ints, sessions: int
) -> Ints:
    """Give each session a genre and its plays tracks of it, the best loved most often."""
    kinds = rng.choice(listener.genres, sessions, p=listener.weights)
    exploring = rng.random(sessions) < EXPLORING_SHARE
    kinds[exploring] = rng.integers(0, library.genre_count, int(exploring.sum()))
    kind = kinds[session]
    track = np.empty(len(session), np.int64)
    for genre in np.unique(kind):
        here = kind == genre
        known = library.favourites(rng, listener, int(genre), 8 + int(0.6 * here.sum()))
        track[here] = known[(len(known) * rng.random(int(here.sum())) ** 1.7).astype(np.int64)]
    return track


def _session_starts(
    rng: np.random.Generator, listener: Listener, sessions: int, today: float
) -> Floats:
    """Return how many seconds ago each session began, at hours when people listen."""
    days = np.floor(listener.joined_days_ago * rng.random(sessions) ** 1.6)
    evening = rng.random(sessions) < 0.65
    hour = np.where(evening, rng.normal(19.5, 2.0, sessions), rng.normal(8.5, 1.5, sessions))
    if listener.night_owl:
        hour = rng.normal(25.0, 1.5, sessions)
    ago = today - hour % 24 * 3600 + days * DAY
    return np.where(ago < LONGEST_SESSION, ago + DAY, ago)


def _before(heard: Floats, session: Ints) -> Floats:
    """Return how many seconds of its session had passed when each play began."""
    passed = np.cumsum(heard) - heard
    first = np.flatnonzero(np.diff(session, prepend=-1))
    return passed - np.repeat(passed[first], np.diff(first, append=len(session)))


def _what_was_done(
    rng: np.random.Generator,
    listener: int,
    track: Ints,
    skipped: NDArray[np.bool_],
    liking: Floats,
    heard: Ints,
    ended: Floats,
) -> Events:
    """Turn plays into events: plays and skips, and the likes and dislikes that follow them."""
    count = len(track)
    keen = 1 / (1 + np.exp(-liking))
    first = np.zeros(count, np.bool_)
    first[np.unique(track, return_index=True)[1]] = True
    liked = ~skipped & first & (rng.random(count) < 0.22 * keen)
    added = ~skipped & first & (rng.random(count) < 0.11 * keen)
    disliked = skipped & first & (rng.random(count) < 0.16)

    def events(which: NDArray[np.bool_], action: int, rating: Ints, listened: Ints) -> Events:
        size = int(which.sum())
        return Events(
            listener=np.full(size, listener),
            track=track[which],
            action=np.full(size, action),
            seconds_ago=ended[which],
            rating=rating[which],
            listened=listened[which],
        )

    none, silent = np.zeros(count, np.int64), np.full(count, -1)
    likes = np.where(rng.random(count) < 0.5, rng.integers(4, 6, count), 0)
    dislikes = np.where(rng.random(count) < 0.4, rng.integers(1, 3, count), 0)
    return joined(
        [
            events(~skipped, _PLAY, none, heard),
            events(skipped, _SKIP, none, heard),
            events(liked, _LIKE, likes, silent),
            events(disliked, _DISLIKE, dislikes, silent),
            events(added, _ADD, none, silent),
        ]
    )
