"""Bulk imports of tracks and interactions from CSV files."""

from service.importing.columns import TRACK_COLUMNS, match_header
from service.importing.ids import track_id
from service.importing.interaction_rows import (
    InteractionParser,
    InteractionValues,
    interaction_header,
    is_playlist,
)
from service.importing.interactions import import_interactions
from service.importing.parsing import parsed
from service.importing.progress import Advance, Progress
from service.importing.records import read_table
from service.importing.report import Report
from service.importing.source import Source, UnusableError
from service.importing.tracks import import_tracks
from service.importing.values import KEYS, RejectError

__all__ = [
    "KEYS",
    "TRACK_COLUMNS",
    "Advance",
    "InteractionParser",
    "InteractionValues",
    "Progress",
    "RejectError",
    "Report",
    "Source",
    "UnusableError",
    "import_interactions",
    "import_tracks",
    "interaction_header",
    "is_playlist",
    "match_header",
    "parsed",
    "read_table",
    "track_id",
]
