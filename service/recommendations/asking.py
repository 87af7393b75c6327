"""More ways to ask for music: by several seeds, by artist, by a way from one track to another."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response

from index.blend import blended
from index.live import LiveIndex
from index.ranking import Ranked
from index.seeds import UnknownSeeds
from service.errors import NotFound, problems
from service.outcomes.ids import Scenario
from service.outcomes.shown import recommendation_id
from service.recommendations import replies
from service.recommendations.blending import BlendBody, SeedsBody
from service.recommendations.notes import notes
from service.recommendations.router import live_index
from service.recommendations.schemas import Recommendations
from service.recommendations.threads import in_thread
from service.replies import json_reply

router = APIRouter(tags=["recommendations"])

_WISH = {
    "seeds": {"tracks": [1, 2], "artists": ["Miles Davis"]},
    "negative_seeds": {"genres": ["metal"]},
    "target_energy": 0.3,
    "max_tempo": 120,
    "limit": 20,
}


@router.post(
    "/recommendations/",
    response_model=Recommendations,
    responses=problems(400, 404, 413, 422, 503),
    summary="Recommendations from seeds, targets and knobs",
    operation_id="recommendations",
)
async def post_recommendations(
    request: Request,
    wanted: Annotated[BlendBody, Body(examples=[_WISH])],
) -> Response:
    """The top of the whole score over every track; each part of it stands in `reasons`.

    Score = similarity to the blend of all seeds (half the mean of the negative seeds taken away),
    times the bonus for their genres; plus 0.5 times `popularity` and `novelty`; plus 0.5 for all
    targets together, each `1 / (1 + distance)` in units of four fifths of the catalogue; plus, if
    there is a `seed`, chance that the same seed repeats.
    """
    live = live_index(request)
    ranked, told = await in_thread(request, lambda: _answer(live, wanted))
    name = recommendation_id(request, Scenario.SEEDS, live, ranked.rows)
    return json_reply(replies.recommendations(live, ranked, recommendation_id=name, **told))


def _answer(live: LiveIndex, wanted: BlendBody) -> tuple[Ranked, dict[str, Any]]:
    try:
        ranked = blended(
            live,
            wanted.seeds.seeds(),
            wanted.negative_seeds.seeds(),
            wanted.knobs(),
            k=wanted.limit,
            policy=wanted.policy(),
            filters=wanted.filters(),
        )
    except UnknownSeeds as error:
        raise _unknown(error, wanted.seeds) from error
    return ranked, notes(live, wanted, ranked)


def _unknown(error: UnknownSeeds, seeds: SeedsBody) -> NotFound:
    named = getattr(seeds, error.kind)
    side = "seeds" if set(error.names) <= set(named) else "negative_seeds"
    names = ", ".join(map(str, error.names))
    return NotFound(
        f"There are no {error.kind} of these names: {names}", field=f"body.{side}.{error.kind}"
    )
