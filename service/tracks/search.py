"""Text search over the catalogue, and the list of genres."""

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field

from service.http import (
    Canonical,
    Limit,
    Offset,
    Paging,
    Parameters,
    json_reply,
    limiter_of,
    listing,
    live_index,
    problems,
    storable,
)
from service.tracks.schemas import TrackRead

router = APIRouter(tags=["tracks"])
SEARCH_THREADS = 4

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


@router.get(
    "/tracks/search/",
    response_model=TrackMatches,
    responses=problems(422, 503),
    summary="Search tracks",
    operation_id="search_tracks",
)
async def search(request: Request, params: Annotated[SearchParameters, Query()]) -> Response:
    """Matches title, artist, album and genre, without case and accents, from their beginnings."""
    live = live_index(request)
    found = await anyio.to_thread.run_sync(
        lambda: live.search(params.q, limit=params.limit, offset=params.offset),
        limiter=limiter_of(request, "search", SEARCH_THREADS),
    )
    cards = (live.card(row) for row in found.rows)
    return json_reply(listing(cards, total=found.total, limit=params.limit, offset=params.offset))


@router.get(
    "/genres/",
    responses=problems(422, 503),
    summary="Genres with their sizes",
    operation_id="list_genres",
)
async def genres(request: Request, params: Annotated[GenreParameters, Query()]) -> GenreList:
    """All first genres, the largest first."""
    counts = live_index(request).genre_counts()
    limit = len(counts) if params.limit is None else params.limit
    page = counts[params.offset : params.offset + limit]
    return GenreList.model_validate(
        {
            "items": [{"name": name, "count": count} for name, count in page],
            "total": len(counts),
            "limit": limit,
            "offset": params.offset,
        }
    )
