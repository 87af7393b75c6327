"""How good lists are: splits of a history, figures, plain methods to compare with, and tests."""

from index.evaluation.comparison import (
    Answers,
    Difference,
    Measured,
    better_of,
    differences,
    measured,
)
from index.evaluation.ease import TooLarge
from index.evaluation.methods import METHODS
from index.evaluation.metrics import NOTHING
from index.evaluation.problem import Problem, Songs, incidence
from index.evaluation.ranked import recommended
from index.evaluation.splits import HOLDOUT, LEAST_ITEMS, Cuts, Part, cuts, hidden_songs
from index.evaluation.statistics import LEVEL, Interval, bootstrap_interval, paired_test

__all__ = [
    "HOLDOUT",
    "LEAST_ITEMS",
    "LEVEL",
    "METHODS",
    "NOTHING",
    "Answers",
    "Cuts",
    "Difference",
    "Interval",
    "Measured",
    "Part",
    "Problem",
    "Songs",
    "TooLarge",
    "better_of",
    "bootstrap_interval",
    "cuts",
    "differences",
    "hidden_songs",
    "incidence",
    "measured",
    "paired_test",
    "recommended",
]
