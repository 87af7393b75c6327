"""From the database to the index: rebuilds, and following the change feed."""

from service.indexing.catalogue import Progress
from service.indexing.change_reader import read_delta_batch
from service.indexing.follower import IndexReader
from service.indexing.identity import NoIdentity, database_uuid, remembered_uuid
from service.indexing.indexer import Indexer
from service.indexing.leader import take_leadership
from service.indexing.progress import RebuildBar
from service.indexing.rebuild import rebuild_requested, run_rebuild
from service.indexing.rebuild_queue import DONE, FAILED, request_rebuild
from service.indexing.row_columns import interaction_columns, lengths, track_columns, whole_numbers
from service.indexing.status import Condition, read_condition

__all__ = [
    "DONE",
    "FAILED",
    "Condition",
    "IndexReader",
    "Indexer",
    "NoIdentity",
    "Progress",
    "RebuildBar",
    "database_uuid",
    "interaction_columns",
    "lengths",
    "read_condition",
    "read_delta_batch",
    "rebuild_requested",
    "remembered_uuid",
    "request_rebuild",
    "run_rebuild",
    "take_leadership",
    "track_columns",
    "whole_numbers",
]
