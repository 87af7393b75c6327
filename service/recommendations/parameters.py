"""What the recommendation endpoints take; these models are the only parsers."""

from typing import Annotated, Literal

from pydantic import Field

from index.ranking import PERSONAL_POLICY, SIMILAR_POLICY
from index.signals import PERSONAL_GENRE_BONUS, SIMILAR_GENRE_BONUS
from service.http import MAX_ID, BodyId, Canonical, Limit, Parameters
from service.outcomes import RankerName
from service.recommendations.filter_parameters import LongSelection, Selection, Weights
from service.tracks import Genre

MAX_SEEDS = 100
"""In a batch."""
WindowName = Literal["day", "week", "month", "all"]
Seed = Annotated[int, Field(ge=1, le=MAX_ID, description="The seed", examples=[1]), Canonical]
Listener = Annotated[
    int, Field(ge=1, le=MAX_ID, description="The listener", examples=[1]), Canonical
]
GenreBonus = Annotated[
    float,
    Field(ge=1, le=10, description="Factor on the audio score of a favoured genre; 1 is none"),
]
Diversity = Annotated[
    float,
    Field(ge=0, le=1, description="How much variety may change the order: 0 is pure score order"),
]
MaxPerArtist = Annotated[
    int,
    Field(ge=1, le=10, description="Most tracks of one artist in any 10 consecutive places"),
    Canonical,
]
MaxPerAlbum = Annotated[
    int,
    Field(ge=1, le=10, description="Most tracks of one album in any 10 consecutive places"),
    Canonical,
]
CollapseVersions = Annotated[
    bool,
    Field(
        description="Whether a song comes once at the most: no remaster, live recording or other"
        " release beside it, nor of what the list is made from"
    ),
]


Why = Annotated[bool, Field(description="Add to each item one sentence that says why it is there")]


class Explained(Parameters):
    """Whether to tell how a list was made."""

    explain: bool = Field(False, description="Add the plan and the filters to the reply")
    why: Why = False


class SimilarOptions(Selection):
    """How to list similar tracks."""

    limit: Limit = 10
    genre_bonus: GenreBonus = SIMILAR_GENRE_BONUS
    diversity: Diversity = SIMILAR_POLICY.diversity
    max_per_artist: MaxPerArtist | None = SIMILAR_POLICY.max_per_artist
    max_per_album: MaxPerAlbum | None = SIMILAR_POLICY.max_per_album
    collapse_versions: CollapseVersions = SIMILAR_POLICY.collapse_versions
    weights: Weights | None = None


class SimilarParameters(SimilarOptions, Explained):
    """Which tracks sound like this one?"""

    track_id: Seed


class SimilarQuery(SimilarOptions, Explained):
    """The query of a POST, whose seed may stand in the body instead."""

    track_id: Seed | None = None


class SimilarBody(LongSelection, SimilarQuery, strict=True):
    """The same parameters as JSON."""


class SimilarRequest(LongSelection, SimilarParameters):
    """What query and body of a POST say together."""


class SimilarBatchBody(LongSelection, SimilarOptions, strict=True):
    """Which tracks sound like each of these?"""

    track_ids: list[BodyId] = Field(min_length=1, max_length=MAX_SEEDS, description="The seeds")


class PersonalizedOptions(Selection, Explained):
    """How to list personal recommendations."""

    limit: Limit = 10
    genre_bonus: GenreBonus = PERSONAL_GENRE_BONUS
    ranker: RankerName | None = Field(
        None, description="`audio` knows sounds and genres only; `hybrid`, the default, all"
    )
    exclude_heard: bool = Field(
        True, description="Leave out what was played, liked, skipped or put on a playlist"
    )
    diversity: Diversity = PERSONAL_POLICY.diversity
    max_per_artist: MaxPerArtist | None = PERSONAL_POLICY.max_per_artist
    max_per_album: MaxPerAlbum | None = PERSONAL_POLICY.max_per_album
    collapse_versions: CollapseVersions = PERSONAL_POLICY.collapse_versions


class PersonalizedParameters(PersonalizedOptions):
    """What would this listener like to hear?"""

    user_id: Listener


class PersonalizedQuery(PersonalizedOptions):
    """The query of a POST, whose listener may stand in the body instead."""

    user_id: Listener | None = None


class PersonalizedBody(LongSelection, PersonalizedQuery, strict=True):
    """The same parameters as JSON."""


class PersonalizedRequest(LongSelection, PersonalizedParameters):
    """What query and body of a POST say together."""


class TrendingParameters(Parameters):
    """What is everybody listening to?"""

    limit: Limit = 10
    window: WindowName = Field(
        "week", description="How far back to count; widened when it holds too few tracks"
    )
    genre: Genre | None = Field(None, description="Only this genre, compared without case")
