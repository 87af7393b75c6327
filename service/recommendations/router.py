"""Recommendations, search and genres: reads that never touch the database.

The recommendation routes run on the event loop: a search takes less time than a thread's
hand-over. The few that may be long, text searches among them, have threads of their own
(`service.http.executor`): a hung database, which blocks the threads of the writes, can't
block them.
"""

import asyncio
import time
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from index.listener import Profiles
from index.live import LiveIndex
from index.ranking import Ranked
from index.retrieval import NO_LIMITS, Limits, resolve
from service.errors import NotFound
from service.http import (
    Parameters,
    ReadRoute,
    in_thread,
    is_known,
    json_reply,
    live_index,
    problems,
)
from service.outcomes import Scenario, recommendation_id, shown_again
from service.recommendations import explanations, lists, rendering
from service.recommendations.diagnostics import is_short, notes
from service.recommendations.filter_parameters import is_long
from service.recommendations.parameters import (
    PersonalizedBody,
    PersonalizedParameters,
    PersonalizedQuery,
    PersonalizedRequest,
    SimilarBatchBody,
    SimilarBody,
    SimilarParameters,
    SimilarQuery,
    SimilarRequest,
    TrendingParameters,
)
from service.recommendations.rankers import Pair
from service.recommendations.schemas import Recommendations, SimilarBatch, TrendingTracks

router = APIRouter(tags=["recommendations"])
reads = APIRouter(tags=["recommendations"], route_class=ReadRoute)

SEEDS_AT_ONCE = 10
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The reply is the one whose `ETag` came as `If-None-Match`."}
}

P = TypeVar("P", bound=Parameters)


@reads.get(
    "/recommendations/similar-tracks/",
    response_model=Recommendations,
    responses=UNCHANGED | problems(404, 422, 503),
    summary="Similar tracks",
    operation_id="similar_tracks",
)
async def get_similar(request: Request, params: Annotated[SimilarParameters, Query()]) -> Response:
    """The top of the whole score: audio similarity times the bonus for the seed's genre.

    The reply has an `ETag`. Sent back as `If-None-Match`, it is answered by 304 and no body for as
    long as the index is the same.
    """
    live = live_index(request)
    tag = rendering.entity_tag(live, params)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if is_known(request, tag):
        shown_again(request, Scenario.SIMILAR, live, params.limit)
        return Response(status_code=304, headers=headers)
    return json_reply(await _similar(request, live, params, tag), headers=headers)


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
    params = _merged(SimilarRequest, query, body)
    live = live_index(request)
    return json_reply(await _similar(request, live, params, rendering.entity_tag(live, params)))


@router.post(
    "/recommendations/similar-tracks/batch",
    response_model=SimilarBatch,
    responses=problems(400, 413, 422, 503),
    summary="Similar tracks of many seeds at once",
    operation_id="similar_tracks_of_many",
)
async def post_batch(
    request: Request,
    params: Annotated[SimilarBatchBody, Body(examples=[{"track_ids": [1, 2], "limit": 5}])],
) -> Response:
    """A list for each seed, all from one version of the index; an unknown one has an error."""
    live = live_index(request)
    if is_long(params):
        return json_reply(await in_thread(request, lambda: _batch(request, live, params)))
    results = []
    for number, track_id in enumerate(params.track_ids, 1):
        results.append(_of_seed(request, live, track_id, params, NO_LIMITS))
        if number % SEEDS_AT_ONCE == 0:
            await asyncio.sleep(0)  # others don't wait for a whole batch
    return json_reply(rendering.batch(live, results))


@reads.get(
    "/recommendations/personalized/",
    response_model=Recommendations,
    responses=problems(404, 422, 503),
    summary="Personal recommendations",
    operation_id="personalized",
)
async def get_personalized(
    request: Request, params: Annotated[PersonalizedParameters, Query()]
) -> Response:
    """Scores the catalogue against the listener's taste; a newcomer gets what is trending."""
    live = live_index(request)
    profiles: Profiles = request.app.state.profiles
    pair = Pair.of(request.app.state.settings.interleave)
    search = partial(lists.personalized, live, profiles, params, time.time(), pair)
    found = await in_thread(request, search) if is_long(params) else search()
    told = await _noted(request, live, params, found.ranked)
    scenario = Scenario.NEWCOMER if found.fallback else Scenario.PERSONALIZED
    return json_reply(
        rendering.recommendations(
            live,
            found.ranked,
            recommendation_id=recommendation_id(
                request, scenario, live, found.ranked.rows, teams=found.teams
            ),
            fallback=found.fallback,
            items=explanations.for_listener(live, found.ranked, params.user_id)
            if params.why
            else None,
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


@reads.get(
    "/recommendations/trending/",
    response_model=TrendingTracks,
    responses=problems(422, 503),
    summary="Trending tracks",
    operation_id="trending",
)
async def get_trending(
    request: Request, params: Annotated[TrendingParameters, Query()]
) -> Response:
    """Exponentially decayed counts of what listeners did within the window."""
    live = live_index(request)
    found = lists.trending(live, params, time.time())
    return json_reply(
        rendering.recommendations(
            live,
            found.ranked,
            recommendation_id=recommendation_id(
                request, Scenario.TRENDING, live, found.ranked.rows
            ),
            fallback=found.fallback,
            window=found.window,
            requested_window=params.window,
        )
    )


async def _similar(request: Request, live: LiveIndex, params: SimilarParameters, tag: str) -> bytes:
    search = partial(lists.similar, live, params.track_id, params)
    ranked = await in_thread(request, search) if is_long(params) else search()
    return rendering.recommendations(
        live,
        ranked,
        recommendation_id=recommendation_id(request, Scenario.SIMILAR, live, ranked.rows, tag=tag),
        items=explanations.for_track(live, ranked, params.track_id) if params.why else None,
        **await _noted(request, live, params, ranked),
    )


async def _noted(
    request: Request,
    live: LiveIndex,
    params: SimilarParameters | PersonalizedParameters,
    ranked: Ranked,
) -> dict[str, Any]:
    if is_short(params, ranked):
        return await in_thread(request, lambda: notes(live, params, ranked))
    return notes(live, params, ranked)


def _batch(request: Request, live: LiveIndex, params: SimilarBatchBody) -> bytes:
    limits = resolve(live, params.filters())
    results = [_of_seed(request, live, track_id, params, limits) for track_id in params.track_ids]
    return rendering.batch(live, results)


def _of_seed(
    request: Request, live: LiveIndex, track_id: int, params: SimilarBatchBody, limits: Limits
) -> bytes:
    try:
        ranked = lists.similar(live, track_id, params, limits)
    except NotFound as error:
        return rendering.not_found(track_id, error)
    name = recommendation_id(request, Scenario.SIMILAR, live, ranked.rows)
    told = notes(live, params, ranked)
    return rendering.found(live, track_id, ranked, recommendation_id=name, **told)


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
