"""The one table of audio features: column, range, unit and default weight."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    """One audio feature of a track.

    ``minimum`` is itself allowed unless ``exclusive_minimum`` is set; ``weight`` is its share of
    the weighted cosine (the weights of `FEATURES` sum to 1). ``evenly`` says how far tracks are
    spread by rank, and not by value (`index.snapshot.normalization`): 1 where most values crowd
    in one place, 0 where equal steps sound equally far. ``typical`` is where most music
    lies: it stands in for a catalogue's own distribution until there is one.

    Both were chosen on one half of the genres of 89,741 real tracks and confirmed on the other:
    see `benchmarks.content`.
    """

    name: str
    minimum: float
    maximum: float
    weight: float
    evenly: float
    unit: str = ""
    typical: tuple[float, float] = (0.0, 1.0)
    exclusive_minimum: bool = False
    description: str = ""


FEATURES: tuple[Feature, ...] = (
    Feature("tempo", 0.0, 400.0, 0.14, 0.0, "BPM", (60.0, 180.0), True, "Beats per minute"),
    Feature("energy", 0.0, 1.0, 0.23, 0.5, description="Perceived intensity and activity"),
    Feature("danceability", 0.0, 1.0, 0.12, 1.0, description="How suitable for dancing"),
    Feature("valence", 0.0, 1.0, 0.09, 1.0, description="Musical positiveness"),
    Feature("acousticness", 0.0, 1.0, 0.09, 1.0, description="Confidence that it is acoustic"),
    Feature("instrumentalness", 0.0, 1.0, 0.15, 0.5, description="Likelihood of no vocals"),
    Feature("loudness", -80.0, 10.0, 0.11, 0.5, "dB", (-25.0, 0.0), description="Average loudness"),
    Feature("speechiness", 0.0, 1.0, 0.07, 0.5, description="Presence of spoken words"),
)

FEATURE_NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)
DIMENSIONS: int = len(FEATURES)
COORDINATES: int = DIMENSIONS
"""Of a vector of sound: one for each feature."""
