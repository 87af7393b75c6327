"""How much there is, and how the index stands; and asking for a rebuild."""

import time
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from index.actions import ACTION_NAMES
from index.live import LiveIndex, Totals, live_totals
from service.errors import Unavailable
from service.http import problems
from service.indexing import request_rebuild
from service.outcomes import ListOutcomes, Report, list_outcomes

router = APIRouter()

Count = Annotated[int, Field(ge=0)]


class InteractionStats(BaseModel):
    """Interactions, all together and by action."""

    total: Count
    play: Count
    like: Count
    dislike: Count
    skip: Count
    playlist_add: Count


class IndexStats(BaseModel):
    """The generation that is served."""

    version: Annotated[str, Field(description="Generation and changes since")]
    age_seconds: Annotated[float, Field(ge=0, description="Since the generation was built")]
    tracks: Annotated[Count, Field(description="Tracks in the generation")]
    bytes: Annotated[Count, Field(description="Size of the generation's files")]


class Stats(BaseModel):
    """What there is."""

    tracks: Count
    users: Count
    interactions: InteractionStats
    index: IndexStats
    recommendations: ListOutcomes

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "tracks": 114000,
                    "users": 1200,
                    "interactions": {
                        "total": 52000,
                        "play": 40000,
                        "like": 6000,
                        "dislike": 500,
                        "skip": 3500,
                        "playlist_add": 2000,
                    },
                    "index": {
                        "version": "12.3",
                        "age_seconds": 95.2,
                        "tracks": 113998,
                        "bytes": 98000000,
                    },
                    "recommendations": {"days": 30, "scenarios": [], "contests": []},
                }
            ]
        }
    )


class RebuildRequest(BaseModel):
    """A rebuild that was asked for."""

    id: Annotated[int, Field(description="Number of the request")]
    state: Annotated[
        Literal["queued", "running", "done", "failed"],
        Field(description="`queued`: an indexer takes it within a second"),
    ]
    requested_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": 7, "state": "queued", "requested_at": "2026-05-04T12:00:00Z"}]
        }
    )


@router.get(
    "/stats/",
    responses=problems(503),
    summary="How much there is",
    operation_id="stats",
    tags=["operations"],
)
async def stats(request: Request) -> Stats:
    """Counts of what the index stands for, this process's own writes included; how lists did."""
    state = request.app.state
    live: LiveIndex | None = state.reader.live
    if live is None:
        raise Unavailable("The first index is still being built.")

    # Counted once for each version of the index: a live index never changes.
    counted: tuple[LiveIndex, Totals] | None = getattr(state, "totals", None)
    if counted is None or counted[0] is not live:
        counted = state.totals = (live, live_totals(live))
    return _described(live, counted[1], state.outcomes.report)


@router.post(
    "/index/rebuild",
    status_code=202,
    responses=problems(503),
    summary="Ask for a rebuild",
    operation_id="rebuild_index",
    tags=["operations"],
)
def rebuild(request: Request) -> RebuildRequest:
    """Queues a rebuild, or joins the one that is queued; an indexer takes it within a second."""
    queued = request.app.state.writer.run(request_rebuild, "api")
    return RebuildRequest(
        id=queued.id,
        state=queued.state,
        requested_at=queued.requested_at.replace(tzinfo=UTC),
    )


def _described(live: LiveIndex, counts: Totals, report: Report) -> Stats:
    by_action = dict(zip(ACTION_NAMES, counts.by_action, strict=True))
    return Stats(
        tracks=counts.tracks,
        users=counts.users,
        interactions=InteractionStats(total=sum(counts.by_action), **by_action),
        index=IndexStats(
            version=live.version,
            age_seconds=max(0.0, time.time() - live.snapshot.built_at),
            tracks=len(live.snapshot.track_ids),
            bytes=live.snapshot.size_bytes,
        ),
        recommendations=list_outcomes(report, counts.tracks),
    )
