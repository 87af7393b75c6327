"""What the interaction endpoints take and give."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from service.http import MAX_INT, MAX_LIST, Body, BodyId, Paging, PastMoment
from service.outcomes import RecommendationId

ActionName = Literal["play", "like", "dislike", "skip", "playlist_add"]

EVENT_ID = r"^[ -~]{1,100}$"
"""1..100 printable ASCII characters."""


class InteractionCreate(Body):
    """Something that a listener did with a track."""

    user_id: BodyId
    track_id: BodyId
    action: ActionName = Field(examples=["play"])
    rating: int | None = Field(None, ge=1, le=5)
    listen_duration: int | None = Field(None, ge=0, le=MAX_INT, description="Seconds listened")
    created_at: PastMoment | None = Field(
        None, description="When it happened; UTC where no zone is given; now where it is left out"
    )
    event_id: Annotated[str, Field(pattern=EVENT_ID)] | None = Field(
        None, description="Your own id of the event: a repeat counts once", examples=["d41d8-7"]
    )
    recommendation_id: RecommendationId | None = None


class InteractionRead(BaseModel):
    """An interaction as stored."""

    id: int = Field(examples=[1])
    user_id: int = Field(examples=[1])
    track_id: int = Field(examples=[1])
    action: str = Field(examples=["play"])
    rating: int | None = Field(examples=[5])
    listen_duration: int | None = Field(description="Seconds", examples=[312])
    created_at: str | None = Field(examples=["2026-01-31T18:30:00.250000Z"])
    event_id: str | None = Field(examples=["d41d8-7"])
    recommendation_id: str | None = Field(examples=["p-12.3-5f2c90d1a7e41b"])


class InteractionItems(BaseModel):
    """Interactions in the order in which they were posted."""

    items: list[InteractionRead]


class InteractionList(InteractionItems):
    """One page of interactions, the newest first."""

    total: int = Field(examples=[1])
    limit: int = Field(examples=[20])
    offset: int = Field(examples=[0])


InteractionBatch = Annotated[list[InteractionCreate], Field(min_length=1, max_length=MAX_LIST)]


class InteractionQuery(Paging):
    """Which of a listener's interactions to list."""

    action: ActionName | None = Field(None, description="Only this action")
