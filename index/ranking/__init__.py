"""The lists: similar, personalized, trending, from seeds, paths and sessions, with their parts."""

from index.ranking.diversity import (
    PERSONAL_POLICY,
    SEEDS_POLICY,
    SESSION_POLICY,
    SIMILAR_POLICY,
    WINDOW,
    ListPolicy,
)
from index.ranking.explanation import Candidate, Heard, Target, sentence
from index.ranking.item_json import items_json
from index.ranking.path import TrackPath, find_path
from index.ranking.recommend import Ranked, personalized, popular, similar_tracks
from index.ranking.seed_list import Knobs, from_seeds
from index.ranking.seeds import Seeds, UnknownSeeds, resolve_seeds
from index.ranking.session import Session, SessionEvent, next_tracks, session_profile
from index.ranking.similar_artists import (
    Akin,
    Artists,
    ArtistTables,
    co_listening_part,
    rank_similar_artists,
)

__all__ = [
    "PERSONAL_POLICY",
    "SEEDS_POLICY",
    "SESSION_POLICY",
    "SIMILAR_POLICY",
    "WINDOW",
    "Akin",
    "ArtistTables",
    "Artists",
    "Candidate",
    "Heard",
    "Knobs",
    "ListPolicy",
    "Ranked",
    "Seeds",
    "Session",
    "SessionEvent",
    "Target",
    "TrackPath",
    "UnknownSeeds",
    "co_listening_part",
    "find_path",
    "from_seeds",
    "items_json",
    "next_tracks",
    "personalized",
    "popular",
    "rank_similar_artists",
    "resolve_seeds",
    "sentence",
    "session_profile",
    "similar_tracks",
]
