"""``/stats/lists/``: how lists do, by scenario and day."""

from fastapi import APIRouter, Request

from index.live import LiveIndex
from service.errors import Unavailable
from service.http import problems
from service.outcomes.recorder import OutcomeRecorder
from service.outcomes.schemas import DailyOutcomes, daily_outcomes

router = APIRouter(tags=["operations"])


@router.get(
    "/stats/lists/",
    responses=problems(503),
    summary="How the lists of the last days did",
    operation_id="list_outcomes",
)
async def list_outcomes(request: Request) -> DailyOutcomes:
    """Rates of what listeners did with the tracks they were shown, each with its interval at 95 %.

    Known to all workers some ten seconds after a list was shown, and half a minute after an
    interaction named it.
    """
    live: LiveIndex | None = request.app.state.reader.live
    if live is None:
        raise Unavailable("The first index is still being built.")
    recorder: OutcomeRecorder = request.app.state.outcomes
    return daily_outcomes(recorder.report, live.track_count)
