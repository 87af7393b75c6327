"""The tables and weights of the hybrid score as one file of a generation."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.learning.candidates import Tables
from index.learning.factors import Factors
from index.learning.groups import Groups
from index.learning.item_item import Method, Neighbours
from index.learning.trained import Trained
from index.learning.weights import HybridWeights
from index.signals import SIGNAL_NAMES
from index.storage import pack, unpack

LEARNED_MODEL = "hybrid.bin"
_GROUPS = ("keys", "codes", "offsets", "rows")
_NEIGHBOURS = ("offsets", "items", "weights")
_FACTORS = ("positions", "items", "gram")
_METHODS: tuple[Method, ...] = ("none", "cosine", "ease")


@dataclass(frozen=True, slots=True, eq=False)
class LearnedModel:
    """What personal lists are made of beside sound, popularity and freshness."""

    tables: Tables
    prior: NDArray[np.float64]
    """(n,) the popularity part of each score: the signal, and who likes a track and its artist."""
    weights: HybridWeights
    method: Method
    """How songs that are listened to together were found; ``none`` where too few listen."""

    def static(self, signals: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return the static score (n,) of personal lists: the prior, and all other signals."""
        total = self.prior
        for name in SIGNAL_NAMES:
            if name != "popularity":
                total = total + getattr(self.weights, name) * signals[name]
        return np.asarray(total)

    @property
    def is_trained(self) -> bool:
        """Whether histories reach anything."""
        return self.method != "none"


def model_of(
    songs: Groups, artists: Groups, trained: Trained, popularity: NDArray[np.float64]
) -> LearnedModel:
    """Return what training has made of a catalogue."""
    return LearnedModel(
        tables=Tables(songs, artists, trained.near, trained.related, trained.factors),
        prior=trained.prior(popularity),
        weights=trained.weights,
        method=trained.method,
    )


def write_model(hybrid: LearnedModel, path: Path) -> None:
    """Write everything that `open_model` maps."""
    tables = hybrid.tables
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, groups in (("songs", tables.songs), ("artists", tables.artists)):
        arrays |= {f"{name}_{each}": getattr(groups, each) for each in _GROUPS}
    for name, table in (("near", tables.near), ("related", tables.related)):
        arrays |= {f"{name}_{each}": getattr(table, each) for each in _NEIGHBOURS}
    arrays["prior"] = hybrid.prior
    arrays |= {f"factors_{each}": getattr(tables.factors, each) for each in _FACTORS}
    arrays["weights"] = hybrid.weights.as_array()
    arrays["method"] = np.array([_METHODS.index(hybrid.method)])
    pack(path, arrays)


def open_model(path: Path) -> LearnedModel:
    """Map a file, which must have been verified."""
    arrays = unpack(path)
    songs, artists = (
        Groups(**{each: arrays[f"{name}_{each}"] for each in _GROUPS})
        for name in ("songs", "artists")
    )
    near, related = (
        Neighbours(**{each: arrays[f"{name}_{each}"] for each in _NEIGHBOURS})
        for name in ("near", "related")
    )
    return LearnedModel(
        tables=Tables(
            songs,
            artists,
            near,
            related,
            Factors(**{each: arrays[f"factors_{each}"] for each in _FACTORS}),
        ),
        prior=arrays["prior"],
        weights=HybridWeights.from_array(arrays["weights"]),
        method=_METHODS[int(arrays["method"][0])],
    )
