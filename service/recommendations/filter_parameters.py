"""Parameters that choose which tracks may come, and how their sounds are compared."""

import re
from functools import lru_cache
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, Field

from index.features import FEATURE_NAMES
from index.retrieval import NO_FILTERS, Filters
from service.http import MAX_ID, Canonical
from service.tracks import FeatureBounds, Genre, Seconds

MOST_GENRES = 20
MOST_EXCLUDED, MOST_EXCLUDED_IN_BODY = 200, 10_000

_NUMBER = r"(0\.[0-9]{0,8}[1-9]|[1-9][0-9]{0,5}(\.[0-9]{1,9})?)"
_PAIR = f"({'|'.join(FEATURE_NAMES)}):{_NUMBER}"
WEIGHTS = rf"^{_PAIR}(,{_PAIR})*$"
_WEIGHTS = re.compile(WEIGHTS, re.ASCII)


def _split(value: Any) -> Any:
    """Return the ids of ``exclude=1,2&exclude=3``; a list of JSON as it is."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return [part for each in value for part in each.split(",")]
    return value


def _weights(text: str) -> str:
    if not _WEIGHTS.fullmatch(text):
        raise ValueError("Input should be like energy:0.4,tempo:0.2, by names of features")
    return text


Excluded = Annotated[
    list[Annotated[int, Field(ge=1, le=MAX_ID), Canonical]],
    BeforeValidator(_split),
    Field(description="Tracks that must not come; unknown ids are ignored", examples=[[2, 3]]),
]
Weights = Annotated[
    str,
    AfterValidator(_weights),
    Field(
        max_length=400,
        description="How much each feature counts, such as `energy:0.4,tempo:0.2`; 0 if not named",
        examples=["energy:0.4,tempo:0.2"],
        json_schema_extra={"pattern": WEIGHTS},
    ),
]

Year = Annotated[int, Field(ge=0, le=9999), Canonical]


class Selection(FeatureBounds):
    """Which tracks may come; every condition must hold."""

    genre: Annotated[list[Genre], Field(max_length=MOST_GENRES)] = Field(
        default_factory=list, description="Only these genres, without case", examples=[["jazz"]]
    )
    exclude: Annotated[Excluded, Field(max_length=MOST_EXCLUDED)] = Field(default_factory=list)

    min_duration: Seconds | None = Field(None, description="Least duration, in seconds")
    max_duration: Seconds | None = Field(None, description="Greatest duration, in seconds")
    min_year: Year | None = Field(None, description="First year of release")
    max_year: Year | None = Field(None, description="Last year of release")

    def filters(self) -> Filters:
        """Return the conditions as the index takes them."""
        if self.model_fields_set.isdisjoint(CONDITIONS):
            return NO_FILTERS
        return Filters(
            genres=tuple(self.genre),
            minimum=self._bounds("min"),
            maximum=self._bounds("max"),
            excluded_track_ids=self.exclude,
            duration=(self.min_duration, self.max_duration),
            year=(self.min_year, self.max_year),
        )

    def conditions(self) -> list[str]:
        """Return the names of the parameters that leave tracks out, in the order they are told."""
        given = self.model_dump(include=set(CONDITIONS), exclude_defaults=True)
        return [name for name in _ORDER if name in given]

    def _bounds(self, side: str) -> dict[str, float]:
        values = ((name, getattr(self, f"{side}_{name}")) for name in FEATURE_NAMES)
        return {name: value for name, value in values if value is not None}


class LongSelection(Selection):
    """The same in a body, which may be longer than an address."""

    exclude: Annotated[Excluded, Field(max_length=MOST_EXCLUDED_IN_BODY)] = Field(
        default_factory=list
    )


@lru_cache(maxsize=256)
def weights_of(text: str | None) -> NDArray[np.float64] | None:
    """Return the weights (8,) that a text names; None for those of the index."""
    if text is None:
        return None
    named = dict(pair.split(":") for pair in text.split(","))
    weights = np.array([float(named.get(name, 0)) for name in FEATURE_NAMES])
    weights.flags.writeable = False
    return weights


_ORDER = (
    "genre",
    *(f"{side}_{name}" for name in FEATURE_NAMES for side in ("min", "max")),
    *(f"{side}_{name}" for name in ("duration", "year") for side in ("min", "max")),
    "exclude",
)
CONDITIONS = frozenset(_ORDER)
"""Parameters that leave tracks out."""


_LONG = CONDITIONS | {"weights", "max_per_artist", "max_per_album"}


def is_long(params: Selection) -> bool:
    """Tell whether a list may take so long that it needs a thread."""
    return not params.model_fields_set.isdisjoint(_LONG)
