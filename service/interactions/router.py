"""``/interactions/``: what listeners do."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Request, Response
from pydantic import Discriminator, Tag

from service.http import RowId, json_reply, listing, one_or_many, problems, total
from service.interactions.queries import matching
from service.interactions.record import InteractionRequest, encode_interaction
from service.interactions.route import InteractionRoute, stored
from service.interactions.schemas import (
    EVENT_ID,
    InteractionBatch,
    InteractionCreate,
    InteractionItems,
    InteractionList,
    InteractionQuery,
    InteractionRead,
)
from service.models import Interaction

router = APIRouter(prefix="/interactions", tags=["interactions"])
writes = APIRouter(prefix="/interactions", tags=["interactions"], route_class=InteractionRoute)

OneOrMany = Annotated[
    Annotated[InteractionCreate, Tag("one")] | Annotated[InteractionBatch, Tag("many")],
    Discriminator(one_or_many),
]

EXAMPLES: Any = {
    "one": {
        "summary": "One interaction",
        "value": {"user_id": 1, "track_id": 1, "action": "play", "listen_duration": 312},
    },
    "many": {
        "summary": "Several, all or none, each counted once",
        "value": [
            {"user_id": 1, "track_id": 1, "action": "like", "rating": 5, "event_id": "d41d8-7"},
            {"user_id": 1, "track_id": 2, "action": "skip", "event_id": "d41d8-8"},
        ],
    },
}


@writes.post(
    "/",
    status_code=201,
    response_model=InteractionRead | InteractionItems,
    responses={
        200: {
            "description": "All of them were stored before; this is what is stored.",
            "model": InteractionRead | InteractionItems,
        },
        **problems(400, 404, 409, 413, 422, 503),
    },
    summary="Add one interaction or a list",
    operation_id="add_interactions",
)
async def post_interactions(
    request: Request,
    body: Annotated[OneOrMany, Body(openapi_examples=EXAMPLES)],
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern=EVENT_ID,
            description="`K` stands for the event ids `K/0`, `K/1`, ... of those without one",
        ),
    ] = None,
) -> Response:
    """A list of up to 1,000 is stored as a whole or not at all.

    A repeated `event_id` with the same content is not stored again: the answer is the stored
    row, with 200 if nothing was new. With other content it is 409.
    """
    listed = body if isinstance(body, list) else [body]
    posted = InteractionRequest(listed, isinstance(body, list), idempotency_key)
    return await stored(request, posted)


@router.get(
    "/user/{user_id}",
    response_model=InteractionList,
    responses=problems(404, 422, 503),
    summary="What a user did",
    operation_id="list_user_interactions",
)
def get_user_interactions(
    request: Request, user_id: RowId, params: Annotated[InteractionQuery, Query()]
) -> Response:
    """The newest first."""
    with request.app.state.database.reading() as session:
        query = matching(session, user_id, params)
        count = total(session, query)
        page = query.order_by(Interaction.created_at.desc(), Interaction.id.desc())
        rows = session.scalars(page.limit(params.limit).offset(params.offset))
        items = [encode_interaction(row) for row in rows]
    return json_reply(listing(items, total=count, limit=params.limit, offset=params.offset))
