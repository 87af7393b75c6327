"""The name of a list: made without asking anybody, and telling by itself what it is about.

    <letter of the scenario>-<generation>.<changes>-<serial>[-<teams>]

The serial of a list that depends on the index and the parameters alone comes from its entity tag,
so equal lists have equal ids. That of any other list is one of this process, never given twice.
``teams`` stands only in a list of two rankers: see `index.experiments.interleaving`.
"""

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field

from index.live import LiveIndex


class Scenario(StrEnum):
    """What a list answers; the outcomes of lists are kept by it.

    An id of yesterday must mean the same tomorrow: letters are added, never changed.
    """

    letter: str

    SIMILAR = "similar", "s"
    PERSONALIZED = "personalized", "p"
    NEWCOMER = "newcomer", "n"
    """What stands in for a personal list while nothing is known of the listener."""
    TRENDING = "trending", "t"
    SEEDS = "seeds", "q"
    ARTISTS = "artists", "a"
    PATH = "path", "w"
    SESSION = "session", "e"

    def __new__(cls, value: str, letter: str) -> Self:
        """Make a scenario that knows its letter: looking it up takes longer than all the rest."""
        scenario = str.__new__(cls, value)
        scenario._value_ = value
        scenario.letter = letter
        return scenario


SCENARIOS: dict[str, Scenario] = {scenario.letter: scenario for scenario in Scenario}

LONGEST = 96
PATTERN = (
    rf"^[{''.join(SCENARIOS)}]-[0-9]{{1,9}}\.[0-9]{{1,9}}-[0-9a-f]{{1,24}}"
    r"(-[a-z]{2}[0-9a-f]{1,32})?$"
)
_PATTERN = re.compile(PATTERN, re.ASCII)

RecommendationId = Annotated[
    str,
    Field(
        pattern=PATTERN,
        max_length=LONGEST,
        description="Which list it came from: the `recommendation_id` of that reply",
        examples=["p-12.3-5f2c90d1a7e41b"],
    ),
]

_WORKER = secrets.token_hex(6)
_serials = count(1)


class Key(NamedTuple):
    """One track of one list, as one listener deals with it."""

    recommendation_id: str
    user_id: int
    track_id: int


@dataclass(frozen=True, slots=True)
class ListName:
    """What an id says."""

    scenario: Scenario
    generation: int
    teams: str | None
    """Two letters of rankers and a code: `index.experiments.interleaving.Teams`."""


def new_id(scenario: Scenario, live: LiveIndex, teams: str = "") -> str:
    """Return an id that no other list has, of this process or any other."""
    name = f"{scenario.letter}-{live.version}-{_WORKER}{next(_serials):x}"
    return f"{name}-{teams}" if teams else name


def id_of_tag(scenario: Scenario, tag: str) -> str:
    """Return the id of the list that has this entity tag; equal lists have equal ids."""
    return f"{scenario.letter}-{tag[1:-1]}"


def read(recommendation_id: str) -> ListName | None:
    """Return what an id says; None where it is none."""
    if not _PATTERN.fullmatch(recommendation_id):
        return None
    letter, version, _, *teams = recommendation_id.split("-")
    generation = int(version.partition(".")[0])
    return ListName(SCENARIOS[letter], generation, teams[0] if teams else None)


RankerName = Literal["hybrid", "audio"]


LETTERS = {"hybrid": "h", "audio": "a"}
"""What an id calls a ranker: letters are added, never changed."""


NAMES = {letter: name for name, letter in LETTERS.items()}
