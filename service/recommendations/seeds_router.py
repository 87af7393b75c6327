"""More ways to ask for music: by several seeds, by artist, by a way from one track to another."""

from dataclasses import asdict
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import APIRouter, Body, Query, Request, Response

from index.catalogue import key_of_artist
from index.live import LiveIndex, rows_of_artist
from index.ranking import (
    Akin,
    Artists,
    ArtistTables,
    Ranked,
    TrackPath,
    UnknownSeeds,
    co_listening_part,
    find_path,
    from_seeds,
    rank_similar_artists,
)
from index.storage import artist_of
from service.errors import NotFound
from service.http import in_thread, json_reply, live_index, problems
from service.outcomes import Scenario, recommendation_id
from service.recommendations import explanations, rendering
from service.recommendations.diagnostics import notes
from service.recommendations.path_schemas import (
    PathParameters,
    SimilarArtists,
    SimilarArtistsParameters,
    WayTracks,
)
from service.recommendations.schemas import Recommendations
from service.recommendations.seed_schemas import BlendBody, SeedsBody

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
    params: Annotated[BlendBody, Body(examples=[_WISH])],
) -> Response:
    """The top of the whole score over every track; each part of it stands in `reasons`.

    Score = similarity to the blend of all seeds (half the mean of the negative seeds taken away),
    times the bonus for their genres; plus 0.5 times `popularity` and `novelty`; plus 0.5 for all
    targets together, each `1 / (1 + distance)` in units of four fifths of the catalogue; plus, if
    there is a `seed`, chance that the same seed repeats.
    """
    live = live_index(request)
    ranked, told = await in_thread(request, lambda: _answer(live, params))
    name = recommendation_id(request, Scenario.SEEDS, live, ranked.rows)
    items = explanations.for_anything(live, ranked, "what you asked for") if params.why else None
    return json_reply(
        rendering.recommendations(live, ranked, recommendation_id=name, items=items, **told)
    )


@router.get(
    "/recommendations/path/",
    response_model=WayTracks,
    responses=problems(404, 422, 503),
    summary="A smooth way from one track to another",
    operation_id="path",
)
async def get_path(request: Request, params: Annotated[PathParameters, Query()]) -> Response:
    """Tracks between two: each near its place on the way, and near the one before it.

    Places lie evenly on the great circle between the two sounds. The sum of all scores is as great
    as can be while no track and no song comes twice, and no artist more often than needed.
    `smoothness` tells the largest step beside the jump from the first track to the last.
    """
    live = live_index(request)
    found = await in_thread(request, lambda: _way(live, params))
    rows = found.ranked.rows
    name = recommendation_id(request, Scenario.PATH, live, rows)
    return json_reply(
        rendering.recommendations(
            live,
            found.ranked,
            recommendation_id=name,
            items=explanations.for_anything(live, found.ranked, "this way") if params.why else None,
            smoothness=asdict(found.smoothness),
            is_best=found.is_best,
        )
    )


@router.get(
    "/recommendations/similar-artists/",
    response_model=SimilarArtists,
    responses=problems(404, 422, 503),
    summary="Similar artists",
    operation_id="similar_artists",
)
async def get_similar_artists(
    request: Request, params: Annotated[SimilarArtistsParameters, Query()]
) -> Response:
    """Artists whose tracks sound alike on the whole and are of the same genres.

    Score = 0.7 * (1 + cos) / 2 of the artists' mean sounds + 0.3 * what their genres have in
    common + 0.5 * the root of how much they have the same listeners. Give the artist's name, or
    one of their tracks: its first artist is meant.
    """
    live = live_index(request)
    tables: ArtistTables = request.app.state.artists
    key, name = _artist(live, params)
    found = await in_thread(request, lambda: _like(live, tables.of(live), key, params))
    rows = np.concatenate([np.empty(0, np.int64), *(each.best_known for each in found)])
    told = {
        "artist": name,
        "items": [_akin(live, each) for each in found],
        "recommendation_id": recommendation_id(request, Scenario.ARTISTS, live, rows),
        "index_version": live.version,
    }
    return json_reply(orjson.dumps(told))


def _artist(live: LiveIndex, params: SimilarArtistsParameters) -> tuple[int, str]:
    """Return hash and name of the artist that is meant. Raises NotFound."""
    if params.track_id is not None:
        row = live.row_of(params.track_id)
        if row is None:
            raise NotFound("There is no track with this id.", field="query.track_id")
        name = artist_of(live.card(row))
    else:
        rows = rows_of_artist(live, params.artist or "")
        if not len(rows):
            raise NotFound("There is no artist of this name.", field="query.artist")
        name = artist_of(live.card(int(rows[0])))
    return key_of_artist(name), name


def _like(
    live: LiveIndex, artists: Artists, key: int, params: SimilarArtistsParameters
) -> list[Akin]:
    further = co_listening_part(live, artists, key)
    return rank_similar_artists(
        live, artists, key, k=params.limit, tracks=params.tracks, further=further
    )


def _akin(live: LiveIndex, artist: Akin) -> dict[str, Any]:
    reasons = [{"name": name, "value": value} for name, value in artist.parts.items() if value]
    return {
        "name": artist.name,
        "score": artist.score,
        "reasons": reasons,
        "track_count": artist.tracks,
        "genres": artist.genres,
        "tracks": [orjson.Fragment(live.card(row)) for row in artist.best_known.tolist()],
    }


def _way(live: LiveIndex, params: PathParameters) -> TrackPath:
    rows = {}
    for side in ("from_track_id", "to_track_id"):
        row = live.row_of(getattr(params, side))
        if row is None:
            raise NotFound("There is no track with this id.", field=f"query.{side}")
        rows[side] = row
    return find_path(
        live, rows["from_track_id"], rows["to_track_id"], params.steps, params.filters()
    )


def _answer(live: LiveIndex, params: BlendBody) -> tuple[Ranked, dict[str, Any]]:
    try:
        ranked = from_seeds(
            live,
            params.seeds.seeds(),
            params.negative_seeds.seeds(),
            params.knobs(),
            k=params.limit,
            policy=params.policy(),
            filters=params.filters(),
        )
    except UnknownSeeds as error:
        raise unknown_seeds(error, params.seeds) from error
    return ranked, notes(live, params, ranked)


def unknown_seeds(error: UnknownSeeds, seeds: SeedsBody) -> NotFound:
    """Return what to say of seeds that nothing is known of."""
    named = getattr(seeds, error.kind)
    side = "seeds" if set(error.names) <= set(named) else "negative_seeds"
    names = ", ".join(map(str, error.names))
    return NotFound(
        f"There are no {error.kind} of these names: {names}", field=f"body.{side}.{error.kind}"
    )
