"""What the requests for ways and for similar artists take and give."""

from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from service.http import MAX_ID, Canonical, Limit, Parameters
from service.outcomes import RecommendationId
from service.recommendations.filter_parameters import Selection
from service.recommendations.parameters import Seed, Why
from service.recommendations.schemas import Reason, Recommendations
from service.tracks import Artist, TrackRead

MOST_STEPS = 50
Id = Annotated[int, Field(ge=1, le=MAX_ID), Canonical]


class PathParameters(Selection):
    """From where to where, and by how many steps."""

    from_track_id: Annotated[Id, Field(description="Where the way begins", examples=[1])]
    to_track_id: Annotated[Id, Field(description="Where it ends", examples=[2])]
    steps: Annotated[
        int,
        Field(
            ge=1,
            le=MOST_STEPS,
            description="How many tracks lie between the two; fewer where there are no more",
        ),
        Canonical,
    ] = 8
    why: Why = False


class WaySmoothness(BaseModel):
    """Distances along a way: 0 for equal sounds, 1 for opposite ones."""

    direct: float = Field(description="From the first to the last track at once", examples=[0.42])
    ideal_step: float = Field(description="If a track lay at every place", examples=[0.047])
    largest_step: float = Field(examples=[0.09])
    mean_step: float = Field(examples=[0.06])


class WayTracks(Recommendations):
    """A way, both ends included, in the order of listening."""

    smoothness: WaySmoothness
    is_best: bool = Field(
        description="Whether no other way through the nearest tracks of each place scores higher"
    )


class SimilarArtistsParameters(Parameters):
    """Which artists are like this one?"""

    artist: Artist | None = Field(None, description="The artist's name, compared without case")
    track_id: Seed | None = Field(None, description="Or a track of theirs")
    limit: Limit = 10
    tracks: Annotated[
        int, Field(ge=0, le=10, description="Best known tracks of each artist"), Canonical
    ] = 3

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.artist is None) == (self.track_id is None):
            raise ValueError("Give either an artist or a track_id")
        return self


class SimilarArtist(BaseModel):
    """An artist with their score taken apart."""

    name: str = Field(examples=["John Coltrane"])
    score: float = Field(description="Higher is better", examples=[0.93])
    reasons: list[Reason]
    track_count: int = Field(examples=[12])
    genres: list[str] = Field(description="Of most of the tracks first", examples=[["jazz"]])
    tracks: list[TrackRead] = Field(description="The best known")


class SimilarArtists(BaseModel):
    """The most similar artists first; equal scores by name."""

    artist: str = Field(description="Whom they are like", examples=["Miles Davis"])
    items: list[SimilarArtist]
    recommendation_id: RecommendationId
    index_version: str = Field(description="<generation>.<delta>", examples=["12.3"])
