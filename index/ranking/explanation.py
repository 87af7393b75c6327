"""Why a track is on a list, as one human sentence that its greatest parts back.

The parts of a score are gathered into *reasons*. The greatest one leads the sentence; the second
follows where it comes to at least `SECOND_SHARE` of the first. Nothing else is said, and of a
sound only those features which add most, and which are known of the track.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from index.signals import SIGNALS

SECOND_SHARE = 0.5
"""A second reason, or a second trait of a sound, has at least this share of the first."""

TRAITS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "energy": ("calm", "energetic"),
        "tempo": ("slow", "fast"),
        "danceability": ("free-flowing", "danceable"),
        "valence": ("wistful", "cheerful"),
        "acousticness": ("electric", "acoustic"),
        "instrumentalness": ("vocal", "instrumental"),
        "loudness": ("soft", "loud"),
        "speechiness": ("melodic", "wordy"),
    }
)
"""What a track below and above the middle of the catalogue is called."""

_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "co-listening": "together",
        "artist": "artist",
        "related artists": "related",
        "album": "album",
        "genre": "genre",
        **{signal.name: signal.label for signal in SIGNALS},
        "novelty": "unusual",
        "trend": "trend",
        **dict.fromkeys(TRAITS, "sound"),
        **{f"target {name}": "wish" for name in TRAITS},
        "key": "sound",
        "audio": "sound",
    }
)
"""Which reason a part counts for. Parts that are the same for all tracks are none."""

_NEWS = tuple(signal.label for signal in reversed(SIGNALS))
"""Reasons that are signals: they say something of the track, whoever asks."""

_OPENING = re.compile(r'[“„«]|(?<![^\s(\[])"')
_OPEN, _CLOSE = "\N{LEFT SINGLE QUOTATION MARK}", "\N{RIGHT SINGLE QUOTATION MARK}"
_CLOSING = re.compile(r'[”»"]')
_SPANS = {"day": "today", "week": "this week", "month": "this month"}


@dataclass(frozen=True, slots=True)
class Heard:
    """A track that the listener knows."""

    title: str
    liked: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a sentence may say of a track. ``traits`` holds known features: is it above the middle?

    ``because`` are the listener's tracks that contribute most to its co-listening.
    """

    artist: str
    album: str | None
    genre: str | None
    traits: Mapping[str, bool]
    because: Sequence[Heard] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """What a list was asked for: a listener's taste, a track (its title), or several things."""

    name: str
    personal: bool = False
    window: str | None = None

    @classmethod
    def listener(cls) -> "Target":
        """Return the target of a personal list."""
        return cls("what you play", personal=True)

    @classmethod
    def track(cls, title: str) -> "Target":
        """Return the target of a list of similar tracks."""
        return cls(quoted(title))


def sentence(parts: Mapping[str, float], candidate: Candidate, target: Target) -> str:
    """Return why ``candidate`` is on the list.

    Parameters
    ----------
    parts : what its score is the sum of, by name
    candidate : what is known of the track
    target : what the list was asked for

    """
    reasons = _reasons(parts)
    if not reasons:
        return f"The nearest to {target.name} of what is left"

    first, *others = sorted(reasons, key=lambda reason: -reasons[reason])
    others = [each for each in others if reasons[each] >= SECOND_SHARE * reasons[first]]
    about = _About(parts, candidate, target)
    if first in _NEWS:
        return about.news(first, others[:2])

    lead = _LEADS[first](about)
    return f"{lead}, and {_CLAUSES[others[0]](about)}" if others else lead


def first_artist(artists: str) -> str:
    """Return the first of several artists, who are joined by semicolons."""
    return artists.partition(";")[0].strip()


def quoted(title: str) -> str:
    """Return a title in quotation marks; its own become single ones."""
    inner = _CLOSING.sub(_CLOSE, _OPENING.sub(_OPEN, title.strip()))
    return f"“{inner}”"


def joined(names: Sequence[str]) -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _reasons(parts: Mapping[str, float]) -> dict[str, float]:
    """Return what speaks for a track, by reason."""
    sums: dict[str, float] = {}
    for name, value in parts.items():
        reason = _REASONS.get(name)
        if reason is not None:
            sums[reason] = sums.get(reason, 0.0) + value
    return {reason: value for reason, value in sums.items() if value > 0}


class _About:
    """Puts the reasons for one track into words."""

    def __init__(self, parts: Mapping[str, float], candidate: Candidate, target: Target) -> None:
        self._parts = parts
        self._candidate = candidate
        self._target = target

    @property
    def artist(self) -> str:
        return first_artist(self._candidate.artist)

    @property
    def genre(self) -> str:
        return self._candidate.genre or "its genre"

    @property
    def personal(self) -> bool:
        return self._target.personal

    @property
    def target(self) -> str:
        return self._target.name

    @property
    def span(self) -> str:
        return _SPANS.get(self._target.window or "", "lately")

    def known(self) -> str:
        """Return the listener's tracks that brought this one."""
        return joined([quoted(heard.title) for heard in self._candidate.because])

    def verb(self) -> str:
        """Return ``liked`` where the listener said so of all that are named."""
        liked = all(heard.liked for heard in self._candidate.because)
        return "liked" if liked else "played"

    def likeness(self) -> str:
        """Return how it is like the target: ``as calm and acoustic as``, or ``like``."""
        traits = self._traits()
        return f"as {joined(traits)} as {self.target}" if traits else f"like {self.target}"

    def news(self, first: str, others: Sequence[str]) -> str:
        """Return that it is popular, new or whatever signals speak for it, and where."""
        words = [each for each in _NEWS if each == first or each in others]
        position = f" in {self.genre}" if "genre" in others and self._candidate.genre else ""
        lead = " and ".join(words).capitalize() + position
        rest = [each for each in others if each not in (*_NEWS, "genre")]
        return f"{lead}, and {_CLAUSES[rest[0]](self)}" if rest else lead

    def _traits(self) -> list[str]:
        known = self._candidate.traits
        adding = [name for name in TRAITS if self._parts.get(name, 0) > 0 and name in known]
        adding.sort(key=lambda name: -self._parts[name])
        least = SECOND_SHARE * self._parts[adding[0]] if adding else 0.0
        return [TRAITS[name][known[name]] for name in adding[:2] if self._parts[name] >= least]


def _clause_of(label: str) -> Callable[[_About], str]:
    return lambda _: f"it is {label}"


_LEADS: Mapping[str, Callable[[_About], str]] = {
    "together": lambda it: (
        f"Because you {it.verb()} {it.known()}"
        if it.known()
        else f"Often played together with {it.target}"
    ),
    "artist": lambda it: f"More by {it.artist}",
    "related": lambda it: "By an artist close to those you play",
    "album": lambda it: "From an album you play",
    "genre": lambda it: (
        f"In {it.genre}, which you play a lot"
        if it.personal
        else f"In {it.genre}, like {it.target}"
    ),
    "unusual": lambda it: "Off the beaten track",
    "wish": lambda it: "Near the sound you asked for",
    "trend": lambda it: f"Played a lot {it.span}",
    "sound": lambda it: f"Sounds {it.likeness()}",
}
_CLAUSES: Mapping[str, Callable[[_About], str]] = {
    "together": lambda it: f"it goes with {it.known() or it.target}",
    "artist": lambda it: f"it is by {it.artist}, whom you play",
    "related": lambda it: "its artist is close to those you play",
    "album": lambda it: "it is from an album you play",
    "genre": lambda it: (
        f"it is in {it.genre}, which you play a lot" if it.personal else f"it is in {it.genre}, too"
    ),
    **{label: _clause_of(label) for label in _NEWS},
    "unusual": lambda it: "few know it",
    "wish": lambda it: "it is near the sound you asked for",
    "trend": lambda it: f"it is played a lot {it.span}",
    "sound": lambda it: f"it sounds {it.likeness()}",
}
