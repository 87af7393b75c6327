"""``/sessions/``: music without end, which follows what is done with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response

from index.listener import NO_EDITS, edits_of
from index.live import LiveIndex
from index.ranking import (
    Ranked,
    Seeds,
    Session,
    SessionEvent,
    UnknownSeeds,
    next_tracks,
    personalized,
    popular,
    resolve_seeds,
    session_profile,
)
from index.row_sets import union
from service.errors import NotFound, Unavailable
from service.http import in_thread, json_reply, live_index, problems
from service.outcomes import Scenario, recommendation_id
from service.recommendations import explanations, rendering, unknown_seeds
from service.sessions.journal import Journal, Journals, Line
from service.sessions.schemas import (
    NextParameters,
    SessionBody,
    SessionEvents,
    SessionRead,
    SessionState,
    SessionTracks,
)
from service.users import UNKNOWN as UNKNOWN_USER

router = APIRouter(prefix="/sessions", tags=["recommendations"])

UNKNOWN = "There is no session with this id, or nobody has asked for it for a week."


@router.post(
    "/",
    status_code=201,
    responses=problems(400, 404, 413, 422, 503),
    summary="Begin a session",
    operation_id="begin_session",
)
async def post_session(
    request: Request,
    body: Annotated[SessionBody, Body(examples=[{"user_id": 1, "seeds": {"tracks": [1]}}])],
) -> SessionRead:
    """From a listener's taste, from seeds, from both, or from what is popular.

    The conditions and knobs given here hold for the whole session. A session that nobody asks for
    is forgotten after a week.
    """
    live = live_index(request)
    if body.user_id is not None and not live.has_user(body.user_id):
        raise NotFound(UNKNOWN_USER, field="body.user_id")
    try:
        resolve_seeds(live, body.seeds.seeds())
    except UnknownSeeds as error:
        raise unknown_seeds(error, body.seeds) from error
    line = {"database": live.snapshot.database, "wanted": body.model_dump(exclude_defaults=True)}
    with _on_disk():
        session_id = await in_thread(request, lambda: _journals(request).begin(line))
    return SessionRead(session_id=session_id)


@router.get(
    "/{session_id}/next",
    response_model=SessionTracks,
    responses=problems(404, 422, 503),
    summary="What comes next in a session",
    operation_id="session_next",
)
async def get_next(
    request: Request, session_id: str, params: Annotated[NextParameters, Query()]
) -> Response:
    """The best tracks that the session has not given out yet, by all that was done in it.

    Each request moves on: ask for as many as will be listened to before the next event.
    """
    live = live_index(request)
    ranked = await in_thread(
        request, lambda: _next(live, _journals(request), session_id, params.limit)
    )
    name = recommendation_id(request, Scenario.SESSION, live, ranked.rows)
    items = explanations.for_anything(live, ranked, "this session") if params.why else None
    reply = rendering.recommendations(
        live, ranked, recommendation_id=name, items=items, session_id=session_id
    )
    return json_reply(reply, headers={"Cache-Control": "no-store"})


@router.post(
    "/{session_id}/events",
    responses=problems(400, 404, 413, 422, 503),
    summary="Tell a session what was done",
    operation_id="session_events",
)
async def post_events(
    request: Request,
    session_id: str,
    body: Annotated[
        SessionEvents,
        Body(examples=[{"events": [{"track_id": 1, "action": "skip", "listened": 0.1}]}]),
    ],
) -> SessionState:
    """What comes next follows it at once: skips push away, plays and likes draw near.

    It changes the session alone. What a listener's taste is to remember goes to `/interactions/`.
    """
    live = live_index(request)
    for i, event in enumerate(body.events):
        if live.row_of(event.track_id) is None:
            raise NotFound("There is no track with this id.", field=f"body.events.{i}.track_id")
    session_events = [[event.track_id, event.action, event.listened] for event in body.events]
    return await in_thread(
        request, lambda: _noted(live, _journals(request), session_id, session_events)
    )


@router.delete(
    "/{session_id}",
    status_code=204,
    response_class=Response,
    responses=problems(404, 422, 503),
    summary="End a session",
    operation_id="end_session",
)
async def delete_session(request: Request, session_id: str) -> Response:
    """Forgets all of it."""
    if not await in_thread(request, lambda: _journals(request).end(session_id)):
        raise NotFound(UNKNOWN, field="path.session_id")
    return Response(status_code=204)


def _journals(request: Request) -> Journals:
    journals: Journals = request.app.state.journals
    return journals


@contextmanager
def _on_disk() -> Iterator[None]:
    """Turn a full or unreadable disk into what a client can try again. Raises Unavailable."""
    try:
        yield
    except OSError as error:
        raise Unavailable("The session cannot be kept at the moment. Try again.") from error


def _begun(live: LiveIndex, journal: Journal | None) -> Line:
    """Return the first line. Raises NotFound for no session, and for one of another database."""
    if journal is None or journal.lines[0].get("database") != live.snapshot.database:
        raise NotFound(UNKNOWN, field="path.session_id")
    return journal.lines[0]


def _noted(
    live: LiveIndex, journals: Journals, session_id: str, session_events: list[list[Any]]
) -> SessionState:
    with _on_disk(), journals.held(session_id) as journal:
        _begun(live, journal)
        assert journal is not None  # noqa: S101 - for the type checker
        session = _session(journal.lines)
        journal.append({"deeds": session_events})
    return SessionState(
        session_id=session_id,
        events=len(session.session_events) + len(session_events),
        served=len(session.served),
    )


def _next(live: LiveIndex, journals: Journals, session_id: str, limit: int) -> Ranked:
    with _on_disk(), journals.held(session_id) as journal:
        params = SessionBody.model_validate(_begun(live, journal)["wanted"])
        assert journal is not None  # noqa: S101 - for the type checker
        ranked = _ranked(live, params, _session(journal.lines), limit)
        journal.append({"served": live.ids_of(ranked.rows).tolist()})
    return ranked


def _session(lines: list[Line]) -> Session:
    params = lines[0]["wanted"].get("seeds", {})
    return Session(
        seeds=Seeds(**{kind: tuple(names) for kind, names in params.items()}),
        session_events=tuple(
            SessionEvent(*deed) for line in lines for deed in line.get("deeds", ())
        ),
        served=tuple(id_ for line in lines for id_ in line.get("served", ())),
    )


def _ranked(live: LiveIndex, params: SessionBody, session: Session, limit: int) -> Ranked:
    user_id = params.user_id
    history = None if user_id is None else live.history(user_id)
    edits = NO_EDITS if user_id is None else edits_of(live.taste_edits(user_id))
    profile = session_profile(live, session, history, edits)

    def best(size: int) -> Ranked:
        if not profile.has_evidence:
            excluded = union(profile.heard, profile.disliked)
            return popular(live, k=size, exclude_rows=excluded, filters=params.filters())
        return personalized(
            live,
            profile,
            k=size,
            genre_bonus=params.genre_bonus,
            exclude_heard=params.exclude_heard,
            diversity=params.diversity,
            max_per_artist=params.max_per_artist,
            filters=params.filters(),
        )

    return next_tracks(live, session, best, limit, params.max_per_artist)
