"""What the recommendation endpoints give."""

from typing import Literal

from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from service.http import ProblemDocument
from service.outcomes import RecommendationId
from service.recommendations.parameters import WindowName
from service.tracks import TrackRead


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
    why: str | SkipJsonSchema[None] = Field(
        None,
        description="Only if asked for: the greatest parts of the score, in words",
        examples=["Because you liked “Clair de Lune”"],
    )


class Explanation(BaseModel):
    """How a list was made."""

    plan: str = Field(description="How the best tracks were found", examples=["tree"])
    filters: list[str] = Field(description="The conditions applied", examples=[["genre"]])


class Left(BaseModel):
    """How many tracks a condition leaves, after those before it."""

    after: str = Field(
        description="`catalogue`, the parameter, or at last `list policies`: a song once, "
        "and no more than so many tracks of an artist or an album",
        examples=["min_tempo"],
    )
    tracks: int = Field(examples=[12])


class Told(BaseModel):
    """What a list tells of itself."""

    ordered_by: Literal["score", "policies"] = Field(
        description="`score`, or `policies` where list policies (diversity, artist caps) put a "
        "track with a lower score before one with a higher",
        examples=["score"],
    )

    explain: Explanation | SkipJsonSchema[None] = Field(
        None, description="Only if asked for", examples=[{"plan": "tree", "filters": []}]
    )
    left: list[Left] | SkipJsonSchema[None] = Field(
        None,
        description="Only if there are fewer items than `limit`: what each condition leaves",
        examples=[[{"after": "genre", "tracks": 3}]],
    )


class Recommendations(Told):
    """The best tracks first; equal scores in ascending order of id."""

    items: list[RecommendedTrack]
    recommendation_id: RecommendationId
    index_version: str = Field(description="<generation>.<delta>", examples=["12.3"])
    fallback: str | None = Field(
        description="Null, or the list that was served instead: `trending` or `popular`",
        examples=[None],
    )


class TrendingTracks(Recommendations):
    """Trending tracks, and the window they were really counted in."""

    window: WindowName = Field(examples=["week"])
    requested_window: WindowName = Field(examples=["week"])


class SeedMissing(BaseModel):
    """A seed of a batch that has no list."""

    track_id: int = Field(examples=[999])
    error: ProblemDocument


class SeedList(Told):
    """The list of one seed of a batch."""

    track_id: int = Field(examples=[1])
    items: list[RecommendedTrack]
    recommendation_id: RecommendationId


class SimilarBatch(BaseModel):
    """The lists of many seeds, in the order in which these were named."""

    results: list[SeedList | SeedMissing]
    index_version: str = Field(description="<generation>.<delta>", examples=["12.3"])
