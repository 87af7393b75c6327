"""Recommendations, search and genres: reads that never touch the database.

The recommendation routes run on the event loop: a search takes less time than a thread's
hand-over. The few that may be long, text searches among them, have threads of their own
(`service.recommendations.threads`): a hung database, which blocks the threads of the writes, can't
block them.
"""

import asyncio
import time
from functools import partial
from typing import Annotated, Any, TypeVar

import anyio.to_thread
from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from index.filters import NO_LIMITS, Limits, resolve
from index.live import LiveIndex
from index.profiles import Profiles
from index.ranking import Ranked
from service.errors import NotFound, Unavailable, problems
from service.fields import Parameters
from service.listing import listing
from service.outcomes.ids import Scenario
from service.outcomes.shown import recommendation_id, shown_again
from service.recommendations import lists, reasons, replies
from service.recommendations.notes import is_short, notes
from service.recommendations.parameters import (
    GenreParameters,
    PersonalizedBody,
    PersonalizedParameters,
    PersonalizedQuery,
    PersonalizedRequest,
    SearchParameters,
    SimilarBatchBody,
    SimilarBody,
    SimilarParameters,
    SimilarQuery,
    SimilarRequest,
    TrendingParameters,
)
from service.recommendations.rankers import Pair
from service.recommendations.schemas import (
    GenreList,
    Recommendations,
    SimilarBatch,
    TrackMatches,
    TrendingTracks,
)
from service.recommendations.threads import in_thread, is_long, limiter_of
from service.replies import is_known, json_reply

router = APIRouter(tags=["recommendations"])
SEARCH_THREADS = 4

SEEDS_AT_ONCE = 10
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The reply is the one whose `ETag` came as `If-None-Match`."}
}

P = TypeVar("P", bound=Parameters)


def live_index(request: Request) -> LiveIndex:
    """Return the index to answer from, taken once. Raises Unavailable before the first one."""
    live: LiveIndex | None = request.app.state.reader.live
    if live is None:
        raise Unavailable("The first index is still being built.")
    return live


@router.get(
    "/recommendations/similar-tracks/",
    response_model=Recommendations,
    responses=UNCHANGED | problems(404, 422, 503),
    summary="Similar tracks",
    operation_id="similar_tracks",
)
async def get_similar(request: Request, wanted: Annotated[SimilarParameters, Query()]) -> Response:
    """The top of the whole score: audio similarity times the bonus for the seed's genre.

    The reply has an `ETag`. Sent back as `If-None-Match`, it is answered by 304 and no body for as
    long as the index is the same.
    """
    live = live_index(request)
    tag = replies.entity_tag(live, wanted)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if is_known(request, tag):
        shown_again(request, Scenario.SIMILAR, live, wanted.limit)
        return Response(status_code=304, headers=headers)
    return json_reply(await _similar(request, live, wanted, tag), headers=headers)


@router.post(
    "/recommendations/similar-tracks/",
    response_model=Recommendations,
    responses=problems(400, 404, 413, 422, 503),
    summary="Similar tracks, parameters in the query or in the body",
    operation_id="similar_tracks_by_post",
)
async def post_similar(
    request: Request,
    query: Annotated[SimilarQuery, Query()],
    body: Annotated[SimilarBody | None, Body(examples=[{"track_id": 1, "limit": 5}])] = None,
) -> Response:
    """As by GET, for clients that send their parameters as JSON."""
    wanted = _merged(SimilarRequest, query, body)
    live = live_index(request)
    return json_reply(await _similar(request, live, wanted, replies.entity_tag(live, wanted)))


@router.post(
    "/recommendations/similar-tracks/batch",
    response_model=SimilarBatch,
    responses=problems(400, 413, 422, 503),
    summary="Similar tracks of many seeds at once",
    operation_id="similar_tracks_of_many",
)
async def post_batch(
    request: Request,
    wanted: Annotated[SimilarBatchBody, Body(examples=[{"track_ids": [1, 2], "limit": 5}])],
) -> Response:
    """A list for each seed, all from one version of the index; an unknown one has an error."""
    live = live_index(request)
    if is_long(wanted):
        return json_reply(await in_thread(request, lambda: _batch(request, live, wanted)))
    results = []
    for number, track_id in enumerate(wanted.track_ids, 1):
        results.append(_of_seed(request, live, track_id, wanted, NO_LIMITS))
        if number % SEEDS_AT_ONCE == 0:
            await asyncio.sleep(0)  # others don't wait for a whole batch
    return json_reply(replies.batch(live, results))


@router.get(
    "/recommendations/personalized/",
    response_model=Recommendations,
    responses=problems(404, 422, 503),
    summary="Personal recommendations",
    operation_id="personalized",
)
async def get_personalized(
    request: Request, wanted: Annotated[PersonalizedParameters, Query()]
) -> Response:
    """Scores the catalogue against the listener's taste; a newcomer gets what is trending."""
    live = live_index(request)
    profiles: Profiles = request.app.state.profiles
    pair = Pair.of(request.app.state.settings.interleave)
    search = partial(lists.personalized, live, profiles, wanted, time.time(), pair)
    found = await in_thread(request, search) if is_long(wanted) else search()
    told = await _noted(request, live, wanted, found.ranked)
    scenario = Scenario.NEWCOMER if found.fallback else Scenario.PERSONALIZED
    return json_reply(
        replies.recommendations(
            live,
            found.ranked,
            recommendation_id=recommendation_id(
                request, scenario, live, found.ranked.rows, teams=found.teams
            ),
            fallback=found.fallback,
            items=reasons.for_listener(live, found.ranked, wanted.user_id) if wanted.why else None,
            **told,
        )
    )


@router.post(
    "/recommendations/personalized/",
    response_model=Recommendations,
    responses=problems(400, 404, 413, 422, 503),
    summary="Personal recommendations, parameters in the query or in the body",
    operation_id="personalized_by_post",
)
async def post_personalized(
    request: Request,
    query: Annotated[PersonalizedQuery, Query()],
    body: Annotated[PersonalizedBody | None, Body(examples=[{"user_id": 1}])] = None,
) -> Response:
    """As by GET, for clients that send their parameters as JSON."""
    return await get_personalized(request, _merged(PersonalizedRequest, query, body))


@router.get(
    "/recommendations/trending/",
    response_model=TrendingTracks,
    responses=problems(422, 503),
    summary="Trending tracks",
    operation_id="trending",
)
async def get_trending(
    request: Request, wanted: Annotated[TrendingParameters, Query()]
) -> Response:
    """Exponentially decayed counts of what listeners did within the window."""
    live = live_index(request)
    found = lists.trending(live, wanted, time.time())
    return json_reply(
        replies.recommendations(
            live,
            found.ranked,
            recommendation_id=recommendation_id(
                request, Scenario.TRENDING, live, found.ranked.rows
            ),
            fallback=found.fallback,
            window=found.window,
            requested_window=wanted.window,
        )
    )


@router.get(
    "/tracks/search/",
    response_model=TrackMatches,
    responses=problems(422, 503),
    summary="Search tracks",
    operation_id="search_tracks",
    tags=["tracks"],
)
async def search(request: Request, wanted: Annotated[SearchParameters, Query()]) -> Response:
    """Matches title, artist, album and genre, without case and accents, from their beginnings."""
    live = live_index(request)
    found = await anyio.to_thread.run_sync(
        lambda: live.search(wanted.q, limit=wanted.limit, offset=wanted.offset),
        limiter=limiter_of(request, "search", SEARCH_THREADS),
    )
    cards = (live.card(row) for row in found.rows)
    return json_reply(listing(cards, total=found.total, limit=wanted.limit, offset=wanted.offset))


@router.get(
    "/genres/",
    responses=problems(422, 503),
    summary="Genres with their sizes",
    operation_id="list_genres",
    tags=["tracks"],
)
async def genres(request: Request, wanted: Annotated[GenreParameters, Query()]) -> GenreList:
    """All first genres, the largest first."""
    counts = live_index(request).genre_counts()
    limit = len(counts) if wanted.limit is None else wanted.limit
    page = counts[wanted.offset : wanted.offset + limit]
    return GenreList.model_validate(
        {
            "items": [{"name": name, "count": count} for name, count in page],
            "total": len(counts),
            "limit": limit,
            "offset": wanted.offset,
        }
    )


async def _similar(request: Request, live: LiveIndex, wanted: SimilarParameters, tag: str) -> bytes:
    search = partial(lists.similar, live, wanted.track_id, wanted)
    ranked = await in_thread(request, search) if is_long(wanted) else search()
    return replies.recommendations(
        live,
        ranked,
        recommendation_id=recommendation_id(request, Scenario.SIMILAR, live, ranked.rows, tag=tag),
        items=reasons.for_track(live, ranked, wanted.track_id) if wanted.why else None,
        **await _noted(request, live, wanted, ranked),
    )


async def _noted(
    request: Request,
    live: LiveIndex,
    wanted: SimilarParameters | PersonalizedParameters,
    ranked: Ranked,
) -> dict[str, Any]:
    if is_short(wanted, ranked):
        return await in_thread(request, lambda: notes(live, wanted, ranked))
    return notes(live, wanted, ranked)


def _batch(request: Request, live: LiveIndex, wanted: SimilarBatchBody) -> bytes:
    limits = resolve(live, wanted.filters())
    results = [_of_seed(request, live, track_id, wanted, limits) for track_id in wanted.track_ids]
    return replies.batch(live, results)


def _of_seed(
    request: Request, live: LiveIndex, track_id: int, wanted: SimilarBatchBody, limits: Limits
) -> bytes:
    try:
        ranked = lists.similar(live, track_id, wanted, limits)
    except NotFound as error:
        return replies.not_found(track_id, error)
    name = recommendation_id(request, Scenario.SIMILAR, live, ranked.rows)
    told = notes(live, wanted, ranked)
    return replies.found(live, track_id, ranked, recommendation_id=name, **told)


def _merged(kind: type[P], query: Parameters, body: Parameters | None) -> P:
    given = query.model_dump(exclude_unset=True)
    extra = body.model_dump(exclude_unset=True) if body else {}
    for name in given.keys() & extra.keys():
        if given[name] != extra[name]:
            raise RequestValidationError(
                [{"loc": ("body", name), "msg": "Differs from the query", "type": "value_error"}]
            )
    try:
        return kind.model_validate(given | extra)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_input=False)) from error


DIRECT = (get_similar, get_personalized, get_trending)
"""What `service.direct` answers."""
