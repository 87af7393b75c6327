"""Generations on disk: build, check, publish, open and reuse them."""

from index.generations.build import BuildReport, build_generation
from index.generations.learned_files import relearned
from index.generations.reuse import CHANGED, PreviousBuild, PreviousRows, open_kept
from index.generations.store import CURRENT, GenerationStore

__all__ = [
    "CHANGED",
    "CURRENT",
    "BuildReport",
    "GenerationStore",
    "PreviousBuild",
    "PreviousRows",
    "build_generation",
    "open_kept",
    "relearned",
]
