"""Two rankers in one list, and how certain a difference between them is."""

from index.experiments.drafting import Caps, drafted
from index.experiments.hyperloglog import Sketch, distinct, empty_sketch, merged, sketch_of
from index.experiments.interleaving import FIRST, team_of, winner
from index.experiments.intervals import Interval, chance_above_half, credible, wilson

__all__ = [
    "FIRST",
    "Caps",
    "Interval",
    "Sketch",
    "chance_above_half",
    "credible",
    "distinct",
    "drafted",
    "empty_sketch",
    "merged",
    "sketch_of",
    "team_of",
    "wilson",
    "winner",
]
