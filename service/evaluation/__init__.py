"""Replays of histories: what would have been recommended, and what was listened to then."""

from service.evaluation.reading import Histories, read_histories, read_songs
from service.evaluation.replay import replayed
from service.evaluation.report import as_dict, difference_table, method_tables
from service.evaluation.run import NAMES, SERVED, UNARRANGED, Evaluation, Options, evaluate
from service.evaluation.trial import Trial, trial_of

__all__ = [
    "NAMES",
    "SERVED",
    "UNARRANGED",
    "Evaluation",
    "Histories",
    "Options",
    "Trial",
    "as_dict",
    "difference_table",
    "evaluate",
    "method_tables",
    "read_histories",
    "read_songs",
    "replayed",
    "trial_of",
]
