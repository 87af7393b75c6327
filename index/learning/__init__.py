"""What is learned from all listeners: neighbours, factors, and the weights of a personal score."""

from index.learning.candidates import (
    LATEST_SONGS,
    REACH_PARTS,
    SIGNALS,
    Expansion,
    Past,
    parts_of_signals,
)
from index.learning.carrying import carried
from index.learning.evidence import DISLIKE, NEGATIVE_PULL, evidence_of, favourites
from index.learning.groups import NO_GROUP, grouped, songs_of
from index.learning.model import LEARNED_MODEL, LearnedModel, model_of, open_model, write_model
from index.learning.preferences import Preferences, preferences_of, strengths_of
from index.learning.trained import untrained_model
from index.learning.training import Tracks, train

__all__ = [
    "DISLIKE",
    "LATEST_SONGS",
    "LEARNED_MODEL",
    "NEGATIVE_PULL",
    "NO_GROUP",
    "REACH_PARTS",
    "SIGNALS",
    "Expansion",
    "LearnedModel",
    "Past",
    "Preferences",
    "Tracks",
    "carried",
    "evidence_of",
    "favourites",
    "grouped",
    "model_of",
    "open_model",
    "parts_of_signals",
    "preferences_of",
    "songs_of",
    "strengths_of",
    "train",
    "untrained_model",
    "write_model",
]
