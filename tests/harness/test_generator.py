"""The generated catalogue: the same each time, and in the shape of real music."""

from datetime import datetime
from pathlib import Path

import numpy as np
import orjson
import pytest

from benchmarks.catalogue.generator import MOMENT, generate
from index.catalogue import Catalogue
from index.features import FEATURES
from service.indexing.row_columns import released_at
from service.tracks import CARD_COLUMNS, encode_card
from tests.index.catalogues import built

TRACKS, USERS, EVENTS = 20_000, 1_000, 50_000


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return generate(TRACKS, users=USERS, interactions=EVENTS)


def test_the_same_numbers_give_the_same_catalogue(catalogue: Catalogue) -> None:
    again = generate(TRACKS, users=USERS, interactions=EVENTS)
    other = generate(TRACKS, users=USERS, interactions=EVENTS, seed=2)

    assert list(again.tracks.cards[:500]) == list(catalogue.tracks.cards[:500])
    assert np.array_equal(again.tracks.features, catalogue.tracks.features, equal_nan=True)
    assert np.array_equal(again.interactions.track_ids, catalogue.interactions.track_ids)
    assert list(other.tracks.titles[:500]) != list(catalogue.tracks.titles[:500])


def test_a_few_genres_hold_most_and_many_hold_little(catalogue: Catalogue) -> None:
    names = list(catalogue.tracks.genres)
    sizes = sorted((names.count(name) for name in set(names) if name), reverse=True)

    assert 0.15 < sizes[0] / TRACKS < 0.20
    assert len(sizes) > 100
    assert sizes[len(sizes) // 2] / TRACKS < 0.002


def test_features_are_within_their_ranges_and_spread_as_music_does(catalogue: Catalogue) -> None:
    columns = dict(
        zip([feature.name for feature in FEATURES], catalogue.tracks.features.T, strict=True)
    )
    for feature in FEATURES:
        known = columns[feature.name][~np.isnan(columns[feature.name])]
        assert feature.minimum <= known.min()
        assert known.max() <= feature.maximum
    assert (columns["instrumentalness"] < 0.001).mean() > 0.5
    assert 110 < np.nanmedian(columns["tempo"]) < 130
    energy, loudness = np.nan_to_num(columns["energy"]), np.nan_to_num(columns["loudness"])
    assert float(np.asarray(np.corrcoef(energy, loudness))[0, 1]) > 0.5


def test_cards_are_those_of_the_service(catalogue: Catalogue) -> None:
    tracks = catalogue.tracks
    for at in range(200):
        card = orjson.loads(tracks.cards[at])
        row = {name: card[name] for name in CARD_COLUMNS}
        row |= {"genres": None, "created_at": datetime(2025, 6, 1), "updated_at": None}
        assert orjson.loads(encode_card(row)) == card
        assert list(card) == list(CARD_COLUMNS)
        assert (card["id"], card["title"]) == (tracks.ids[at], tracks.titles[at])
        assert (card["artist"], card["album"]) == (tracks.artists[at], tracks.albums[at])
        assert card["genre"] == tracks.genres[at]
        assert released_at(card["release_date"]) == tracks.released[at]
        shown = [np.nan if card[f.name] is None else card[f.name] for f in FEATURES]
        assert np.array_equal(shown, tracks.features[at], equal_nan=True)


def test_listeners_are_of_the_catalogue_and_stay_with_what_they_like(catalogue: Catalogue) -> None:
    events, genres = catalogue.interactions, np.array(list(map(str, catalogue.tracks.genres)))
    assert (events.user_ids.min(), events.user_ids.max()) >= (1, USERS - 50)
    assert (events.track_ids.min() >= 1, events.track_ids.max() <= TRACKS) == (True, True)
    assert (events.at.max() <= MOMENT, len(events.at)) == (True, EVENTS)

    activity = np.sort(np.bincount(events.user_ids))[::-1]
    assert activity[: USERS // 10].sum() > 0.3 * EVENTS
    busiest = genres[events.track_ids[events.user_ids == np.bincount(events.user_ids).argmax()] - 1]
    assert np.unique(busiest, return_counts=True)[1].max() > 0.3 * len(busiest)


@pytest.mark.parametrize("tracks", [0, 1, 7])
def test_a_tiny_catalogue_can_be_built(tracks: int, tmp_path: Path) -> None:
    snapshot = built(tmp_path, generate(tracks, users=3, interactions=5), now=MOMENT)
    assert len(snapshot.track_ids) == tracks
