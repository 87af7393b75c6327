"""What the session endpoints take and give."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from index.ranking import SESSION_POLICY
from index.signals import PERSONAL_GENRE_BONUS
from service.http import Body, BodyId, Canonical, Parameters
from service.recommendations import (
    Diversity,
    GenreBonus,
    LongSelection,
    MaxPerArtist,
    Recommendations,
    SeedsBody,
    Why,
)

MOST_EVENTS = 100
SessionId = Annotated[
    str, Field(description="As it was given", examples=["kq0Yw3o0TfeYh5yqk1mC9Q"])
]


class SessionBody(LongSelection, strict=True):
    """How a session begins, and what holds for all of it. Every field may be left out."""

    user_id: BodyId | None = Field(None, description="Whose taste it begins from")
    seeds: SeedsBody = Field(default_factory=SeedsBody, description="What it begins from")
    genre_bonus: GenreBonus = PERSONAL_GENRE_BONUS
    diversity: Diversity = SESSION_POLICY.diversity
    max_per_artist: MaxPerArtist | None = SESSION_POLICY.max_per_artist
    exclude_heard: bool = Field(
        False, description="Leave out what the listener had heard before the session, too"
    )


class SessionRead(BaseModel):
    """A session that has begun."""

    session_id: SessionId


class NextParameters(Parameters):
    """How much comes next."""

    limit: Annotated[int, Field(ge=1, le=50, description="How many tracks"), Canonical] = 5
    why: Why = False


class SessionEvent(Body):
    """What was done with a track."""

    track_id: BodyId
    action: Literal["play", "skip", "like", "dislike"]
    listened: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="Share of the track that was heard", examples=[0.12]
    )


class SessionEvents(Body):
    """What was done, oldest first."""

    events: list[SessionEvent] = Field(min_length=1, max_length=MOST_EVENTS)


class SessionState(BaseModel):
    """How far a session has come."""

    session_id: SessionId
    events: int = Field(description="All that it has been told", examples=[3])
    served: int = Field(description="Tracks that it has given out", examples=[10])


class SessionTracks(Recommendations):
    """What comes next, none of which came before."""

    session_id: SessionId
