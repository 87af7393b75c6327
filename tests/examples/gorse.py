"""An outward protocol in miniature: it translates names and shapes, and does nothing else."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from service.http import Parameters, live_index, problems
from service.recommendations import SimilarParameters, lists

router = APIRouter(prefix="/gorse/api", tags=["recommendations"])


class NeighborParameters(Parameters):
    """What the protocol calls a limit is ``n``."""

    n: int = 10


class Scored(BaseModel):
    """An item as the protocol spells it."""

    Id: str
    Score: float


@router.get("/item/{track_id}/neighbors", responses=problems(404, 422, 503))
async def neighbors(
    request: Request, track_id: int, params: Annotated[NeighborParameters, Query()]
) -> list[Scored]:
    """Return similar tracks, by the protocol's names."""
    live = live_index(request)
    wanted = SimilarParameters(track_id=track_id, limit=params.n)
    ranked = lists.similar(live, track_id, wanted)
    ids = live.ids_of(ranked.rows).tolist()
    return [
        Scored(Id=str(id_), Score=score)
        for id_, score in zip(ids, ranked.scores.tolist(), strict=True)
    ]
