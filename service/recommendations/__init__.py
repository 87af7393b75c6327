"""The recommendation endpoints: parameters, lists, explanations and replies."""

from service.recommendations.filter_parameters import LongSelection
from service.recommendations.lists import personalized
from service.recommendations.parameters import (
    Diversity,
    GenreBonus,
    MaxPerArtist,
    PersonalizedParameters,
    SimilarParameters,
    Why,
)
from service.recommendations.schemas import Recommendations
from service.recommendations.seed_schemas import SeedsBody
from service.recommendations.seeds_router import unknown_seeds

__all__ = [
    "Diversity",
    "GenreBonus",
    "LongSelection",
    "MaxPerArtist",
    "PersonalizedParameters",
    "Recommendations",
    "SeedsBody",
    "SimilarParameters",
    "Why",
    "personalized",
    "unknown_seeds",
]
