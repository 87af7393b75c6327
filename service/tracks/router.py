"""``/tracks/``: the catalogue."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import Discriminator, Tag
from sqlalchemy.exc import SQLAlchemyError

from service.database import is_unavailable
from service.errors import NotFound, Unavailable
from service.http import RowId, item_list, json_reply, listing, one_or_many, order, problems, total
from service.models import Track
from service.tracks.crud import UNKNOWN, add_tracks, change_track, delete_track, read_track
from service.tracks.filters import matching
from service.tracks.schemas import (
    TrackBatch,
    TrackCreate,
    TrackItems,
    TrackList,
    TrackQuery,
    TrackRead,
    TrackUpdate,
)
from service.tracks.track_json import encode_card

router = APIRouter(prefix="/tracks", tags=["tracks"])

OneOrMany = Annotated[
    Annotated[TrackCreate, Tag("one")] | Annotated[TrackBatch, Tag("many")],
    Discriminator(one_or_many),
]

_EXAMPLE: dict[str, Any] = {
    "title": "Blue in Green",
    "artist": "Miles Davis",
    "album": "Kind of Blue",
    "genre": "jazz",
    "duration": 337,
    "tempo": 110.3,
    "energy": 0.05,
    "danceability": 0.37,
    "valence": 0.16,
    "acousticness": 0.99,
    "instrumentalness": 0.87,
    "loudness": -21.5,
    "speechiness": 0.04,
}
EXAMPLES: Any = {
    "one": {"summary": "One track", "value": _EXAMPLE},
    "many": {
        "summary": "Several tracks, all or none",
        "value": [_EXAMPLE, {"title": "So What", "artist": "Miles Davis"}],
    },
}


@router.post(
    "/",
    status_code=201,
    response_model=TrackRead | TrackItems,
    responses=problems(400, 409, 413, 422, 503),
    summary="Add one track or a list",
    operation_id="add_tracks",
)
def post_tracks(
    request: Request, body: Annotated[OneOrMany, Body(openapi_examples=EXAMPLES)]
) -> Response:
    """A list of up to 1,000 tracks is stored as a whole or not at all."""
    listed = isinstance(body, list)
    tracks = body if isinstance(body, list) else [body]
    cards = request.app.state.writer.run(add_tracks, tracks, listed=listed)
    return json_reply(item_list(cards) if listed else cards[0], 201)


@router.get(
    "/",
    response_model=TrackList,
    responses=problems(422, 503),
    summary="List tracks",
    operation_id="list_tracks",
)
def get_tracks(request: Request, params: Annotated[TrackQuery, Query()]) -> Response:
    """Tracks that meet every condition, page by page."""
    with request.app.state.database.reading() as session:
        query = matching(session, params)
        count = total(session, query)
        page = query.order_by(*order(session, Track, params.sort))
        rows = session.execute(page.limit(params.limit).offset(params.offset)).mappings()
        cards = [encode_card(dict(row)) for row in rows]
    return json_reply(listing(cards, total=count, limit=params.limit, offset=params.offset))


@router.get(
    "/{track_id}",
    response_model=TrackRead,
    responses=problems(404, 422, 503),
    summary="One track",
    operation_id="get_track",
)
def get_track(request: Request, track_id: RowId) -> Response:
    """From the database; while that is away, as the index knows the track."""
    try:
        with request.app.state.database.reading() as session:
            card = read_track(session, track_id)
    except SQLAlchemyError as error:
        if not is_unavailable(error):
            raise
        card = _from_index(request, track_id)
    if card is None:
        raise NotFound(UNKNOWN, field="path.track_id")
    return json_reply(card)


@router.patch(
    "/{track_id}",
    response_model=TrackRead,
    responses=problems(400, 404, 409, 413, 422, 503),
    summary="Change a track",
    operation_id="change_track",
)
def patch_track(
    request: Request,
    track_id: RowId,
    body: Annotated[TrackUpdate, Body(examples=[{"genre": "cool jazz", "energy": 0.08}])],
) -> Response:
    """Fields that are not given stay; null forgets an optional one."""
    return json_reply(request.app.state.writer.run(change_track, track_id, body))


@router.delete(
    "/{track_id}",
    status_code=204,
    response_class=Response,
    responses=problems(404, 422, 503),
    summary="Delete a track",
    operation_id="delete_track",
)
def remove_track(request: Request, track_id: RowId) -> Response:
    """Its interactions go with it, and it is never recommended again."""
    request.app.state.writer.run(delete_track, track_id)
    return Response(status_code=204)


def _from_index(request: Request, track_id: int) -> bytes | None:
    live = request.app.state.reader.live
    if live is None:
        raise Unavailable
    row = live.row_of(track_id)
    return None if row is None else live.card(row)
