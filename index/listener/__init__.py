"""What is known about one listener: history, edits, profile and candidates."""

from index.listener.candidates import (
    NOTHING,
    PersonalCandidates,
    contributing_tracks,
    personal_candidates,
)
from index.listener.profile import NO_SONGS, TasteProfile, event_weights, taste_profile
from index.listener.profile_cache import Profiles
from index.listener.summary import taste_summary
from index.listener.taste_edits import (
    NO_EDITS,
    Forgotten,
    TasteEdits,
    apply_feature_edits,
    best_known,
    content_of,
    edited,
    edits_of,
)

__all__ = [
    "NOTHING",
    "NO_EDITS",
    "NO_SONGS",
    "Forgotten",
    "PersonalCandidates",
    "Profiles",
    "TasteEdits",
    "TasteProfile",
    "apply_feature_edits",
    "best_known",
    "content_of",
    "contributing_tracks",
    "edited",
    "edits_of",
    "event_weights",
    "personal_candidates",
    "taste_profile",
    "taste_summary",
]
