"""``/users/{id}/taste``: what is known of a listener's taste, for them to see, edit and forget."""

import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Query, Request, Response

from index.listener import Forgotten, TasteEdits, edits_of, taste_summary
from index.live import LiveIndex
from service.errors import NotFound
from service.http import RowId, in_thread, json_reply, live_index, problems
from service.taste.crud import change_taste, forget_everything, forget_taste
from service.taste.schemas import ForgetParameters, TasteRead, TasteUpdate
from service.tracks import moment_text
from service.users import UNKNOWN

router = APIRouter(prefix="/users", tags=["users"])

_EXAMPLE = {
    "weights": {"genres": {"jazz": 2.0}, "features": {"energy": 1.5}},
    "pins": {"artists": ["Miles Davis"]},
    "mutes": {"genres": ["metal"]},
}


@router.get(
    "/{user_id}/taste",
    response_model=TasteRead,
    responses=problems(404, 422, 503),
    summary="A listener's taste",
    operation_id="get_taste",
)
async def get_taste(request: Request, user_id: RowId) -> Response:
    """Features, genres and artists, what they were drawn from, and what the listener said of it.

    It is what personal lists are made of, and is answered without the database like these.
    """
    live = live_index(request)
    return json_reply(await in_thread(request, lambda: _told(live, user_id)))


@router.patch(
    "/{user_id}/taste",
    response_model=TasteRead,
    responses=problems(400, 404, 413, 422, 503),
    summary="Edit a listener's taste",
    operation_id="change_taste",
)
def patch_taste(
    request: Request, user_id: RowId, body: Annotated[TasteUpdate, Body(examples=[_EXAMPLE])]
) -> Response:
    """Weights, pins and mutes of genres, artists and features; the next list follows them.

    What is pinned is no longer muted, and the other way round. Names are kept as they are written,
    also those that nothing in the catalogue has yet.
    """
    request.app.state.writer.run(change_taste, user_id, body)
    return json_reply(_told(live_index(request), user_id))


@router.delete(
    "/{user_id}/taste",
    response_model=TasteRead,
    responses=problems(404, 422, 503),
    summary="Forget all of a listener's taste, or a part",
    operation_id="forget_taste",
)
def delete_taste(
    request: Request, user_id: RowId, params: Annotated[ForgetParameters, Query()]
) -> Response:
    """Events up to now stay in the history, and what was heard stays heard, but they count no more.

    Without parameters everything is forgotten, weights, pins and mutes too. With parameters only
    events that all of them are true of.
    """
    until = time.time() if params.before is None else params.before.replace(tzinfo=UTC).timestamp()
    forgotten = Forgotten(until, params.track_id, params.artist, params.genre)
    verb = forget_taste if params.model_fields_set else forget_everything
    request.app.state.writer.run(verb, user_id, forgotten)
    return json_reply(_told(live_index(request), user_id))


def _told(live: LiveIndex, user_id: int) -> bytes:
    history = live.history(user_id)
    if history is None:
        raise NotFound(UNKNOWN, field="path.user_id")
    edits = edits_of(live.taste_edits(user_id))
    seen = asdict(taste_summary(live, history, edits))
    for name in ("first_at", "last_at"):
        seen["events"][name] = _moment(seen["events"][name])
    return orjson.dumps(
        {"user_id": user_id, **seen, "edits": _said(edits), "index_version": live.version}
    )


def _said(edits: TasteEdits) -> dict[str, Any]:
    return {
        "weights": {
            "genres": edits.genre_weights,
            "artists": edits.artist_weights,
            "features": edits.feature_weights,
        },
        "pins": {
            "genres": edits.pinned_genres,
            "artists": edits.pinned_artists,
            "features": edits.pinned_features,
        },
        "mutes": {"genres": edits.muted_genres, "artists": edits.muted_artists},
        "forgotten": [
            {
                **{name: value for name, value in asdict(each).items() if value is not None},
                "until": _moment(each.until),
            }
            for each in edits.forgotten
        ],
    }


def _moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return moment_text(datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None))
