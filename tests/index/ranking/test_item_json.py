"""Claims on the items of a reply: the card as it is, and numbers that add up."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.features import FEATURE_NAMES
from index.live import Delta, LiveIndex, apply
from index.ranking import Ranked, items_json
from tests.index.catalogues import MIDDLE, T, built, card, catalogue, changes

NAMES = ("base", "energy", "genre")
OLD = [T(1, "Ä\"\\'", genre="dub"), T(2, "", features=(np.nan, *MIDDLE[1:])), T(3)]
NEW = [T(4, "New", features=(*MIDDLE[:7], np.nan)), T(2, "Changed")]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> LiveIndex:
    folder: Path = tmp_path_factory.mktemp("generation")
    snapshot = built(folder, catalogue(OLD))
    return LiveIndex(snapshot, apply(snapshot, Delta.empty(snapshot), changes(tracks=NEW)))


def ranked(live: LiveIndex, ids: list[int], scores: Any, parts: Any) -> Ranked:
    rows = [live.row_of(id_) for id_ in ids]
    return Ranked(
        rows=np.array(rows, dtype=np.int64),
        scores=np.array(scores, dtype=np.float64),
        parts=np.array(parts, dtype=np.float64).reshape(len(ids), len(NAMES)),
        part_names=NAMES,
        plan="tree",
    )


def written(live: LiveIndex, what: Ranked) -> Any:
    return orjson.loads(b"[" + bytes(items_json(live, what)) + b"]")


def test_cards_of_snapshot_and_delta_come_in_the_order_asked_for(live: LiveIndex) -> None:
    shown = {1: OLD[0], 2: NEW[1], 3: OLD[2], 4: NEW[0]}
    for ids in ([1, 2, 3, 4], [4, 3, 2, 1], [2], [3, 1], []):
        items = written(live, ranked(live, ids, [1] * len(ids), [[0.5, 0.25, 0.25]] * len(ids)))
        expected = [orjson.loads(card(shown[id_])) for id_ in ids]
        assert [{**item, **track} for item, track in zip(items, expected, strict=True)] == items


def test_filled_in_features_are_named(live: LiveIndex) -> None:
    items = written(live, ranked(live, [4, 3], [1, 1], [[1, 0, 0]] * 2))

    assert [item["imputed"] for item in items] == [[FEATURE_NAMES[7]], []]


def test_parts_that_read_zero_are_left_out(live: LiveIndex) -> None:
    [item] = written(live, ranked(live, [1], [0.5], [[0.0, 0.5, -4e-10]]))

    assert item["reasons"] == [{"name": "energy", "value": 0.5}]


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3))
def test_parts_are_written_to_nine_decimals_and_sum_to_the_score(
    live: LiveIndex, parts: list[float]
) -> None:
    [item] = written(live, ranked(live, [1], [math.fsum(parts)], [parts]))

    values = {reason["name"]: reason["value"] for reason in item["reasons"]}
    for name, part in zip(NAMES, parts, strict=True):
        assert abs(values.get(name, 0.0) - part) <= 1e-9
    assert abs(math.fsum(values.values()) - item["score"]) <= 1e-8


@given(st.floats(1e9, 1e300))
def test_huge_counts_lose_their_decimals_only(live: LiveIndex, count: float) -> None:
    [item] = written(live, ranked(live, [1], [count], [[count, 0, 0]]))

    assert item["score"] == pytest.approx(min(count, 1e18), abs=0.5, rel=1e-15)
