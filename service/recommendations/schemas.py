"""What the recommendation endpoints take and give; the parameter models are the only parsers."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from service.fields import MAX_ID, Canonical, Limit, Offset, Parameters, storable
from service.listing import Paging
from service.tracks.schemas import Genre, TrackRead

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
Words = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        description="Words, or the beginnings of words",
        examples=["miles"],
    ),
    AfterValidator(storable),
]
MaxPerArtist = Annotated[
    int,
    Field(ge=1, le=10, description="Most tracks of one artist in any 10 consecutive places"),
    Canonical,
]


class SimilarOptions(Parameters):
    """How to list similar tracks."""

    limit: Limit = 10
    genre_bonus: GenreBonus = 1.2
    diversity: Diversity = 0.0
    max_per_artist: MaxPerArtist | None = None


class SimilarParameters(SimilarOptions):
    """Which tracks sound like this one?"""

    track_id: Seed


class SimilarQuery(SimilarOptions):
    """The query of a POST, whose seed may stand in the body instead."""

    track_id: Seed | None = None


class SimilarBody(SimilarQuery, strict=True):
    """The same parameters as JSON."""


class PersonalizedOptions(Parameters):
    """How to list personal recommendations."""

    limit: Limit = 10
    genre_bonus: GenreBonus = 1.3
    exclude_heard: bool = Field(
        True, description="Leave out what was played, liked, skipped or put on a playlist"
    )
    diversity: Diversity = 0.2
    max_per_artist: MaxPerArtist | None = 2


class PersonalizedParameters(PersonalizedOptions):
    """What would this listener like to hear?"""

    user_id: Listener


class PersonalizedQuery(PersonalizedOptions):
    """The query of a POST, whose listener may stand in the body instead."""

    user_id: Listener | None = None


class PersonalizedBody(PersonalizedQuery, strict=True):
    """The same parameters as JSON."""


class TrendingParameters(Parameters):
    """What is everybody listening to?"""

    limit: Limit = 10
    window: WindowName = Field(
        "week", description="How far back to count; widened when it holds too few tracks"
    )
    genre: Genre | None = Field(None, description="Only this genre, compared without case")


class SearchParameters(Paging):
    """Find tracks by words."""

    q: Words
    # The work grows with it: nobody reads that far.
    offset: Annotated[
        int, Field(ge=0, le=10_000, description="How many to pass over first"), Canonical
    ] = 0


class GenreParameters(Parameters):
    """Page through the genres; without a limit all of them come."""

    limit: Limit | None = None
    offset: Offset = 0


class Reason(BaseModel):
    """One part of a score; the parts of a track sum to its score."""

    name: str = Field(examples=["energy"])
    value: float = Field(examples=[0.118])


class RecommendedTrack(TrackRead):
    """A track, flat, with its score taken apart."""

    score: float = Field(description="Higher is better", examples=[1.187])
    reasons: list[Reason]
    imputed: list[str] = Field(
        description="Features that were unknown and filled with the genre's median", examples=[[]]
    )


class Recommendations(BaseModel):
    """The best tracks first; equal scores in ascending order of id."""

    items: list[RecommendedTrack]
    index_version: str = Field(description="<generation>.<delta>", examples=["12.3"])
    fallback: str | None = Field(
        description="Null, or the list that was served instead: `trending` or `popular`",
        examples=[None],
    )


class TrendingTracks(Recommendations):
    """Trending tracks, and the window they were really counted in."""

    window: WindowName = Field(examples=["week"])
    requested_window: WindowName = Field(examples=["week"])


class TrackMatches(BaseModel):
    """Tracks that match a search, best match first."""

    items: list[TrackRead]
    total: int
    limit: int
    offset: int


class GenreCount(BaseModel):
    """A genre and the number of tracks that have it as their first genre."""

    name: str = Field(examples=["hip-hop"])
    count: int = Field(examples=[1000])


class GenreList(BaseModel):
    """Genres, the largest first."""

    items: list[GenreCount]
    total: int
    limit: int
    offset: int
