"""The harness of swaps, in short; it notices a reply that mixes generations."""

from collections import Counter

import pytest
from sqlalchemy import insert, update

from benchmarks.consistency import LIMIT, ServedList, VersionOracle, inconsistent
from benchmarks.harness.load import Load
from benchmarks.rebuild_under_load import Found, as_rows, swap_under_load
from benchmarks.swap_blocks import Block
from index.generations import GenerationStore
from service.database import Database, record_change
from service.indexing import run_rebuild
from service.models import Track
from service.settings import Settings

pytestmark = pytest.mark.harness

BUSY_MACHINE = {"SEGUE_INDEXER_NICENESS": "0", "SEGUE_MAX_ROUND_SECONDS": "10"}
"""Tests share theirs: there a request may wait long for its turn without any fault of Segue's."""


def test_no_request_fails_and_no_reply_mixes_generations_while_they_are_swapped() -> None:
    found = swap_under_load(
        tracks=2_000,
        users=40,
        interactions=10_000,
        swaps=2,
        blocks=1,
        calm_seconds=1.0,
        share=0.05,
        settings=BUSY_MACHINE,
    )
    assert found.versions > 1
    missed = [row["what"] for row in as_rows(found, 2) if not row["reached"]]
    assert [what for what in missed if "p99" not in what] == [], found


def test_a_reply_of_another_generation_is_noticed(database: Database, settings: Settings) -> None:
    store = GenerationStore(settings.generations_dir)
    with database.writing() as session:
        tracks = [{"title": str(i), "artist": "A", "energy": i / 40} for i in range(40)]
        session.execute(insert(Track), tracks)
    run_rebuild(database, store, settings)
    first = store.highest()
    with database.writing() as session:
        session.execute(update(Track).where(Track.id == 2).values(energy=1.0, tempo=200))
        record_change(session, "track", [2])

    url = database.url.render_as_string(hide_password=False)
    oracle = VersionOracle(store, url)
    before, after = oracle.similar(f"{first}.0", 1), oracle.similar(f"{first}.1", 1)
    oracle.close()
    assert len(before) == LIMIT
    assert before != after
    right = ServedList(1, f"{first}.0", tuple(before))
    wrong = ServedList(1, f"{first}.1", tuple(before))
    changed = ServedList(1, f"{first}.1", tuple(after))
    assert inconsistent([right, wrong, changed], store, url) == [wrong]


def test_failures_and_slow_swaps_miss_the_bars() -> None:
    calm, slow = Load(milliseconds={200: [1.0] * 100}), Load(milliseconds={200: [2.0] * 99, 0: [1]})
    block = Block(calm=[calm], swapping=[slow], swaps=1)
    found = Found(100.0, [block], 1, 1, 0, [], Counter())

    missed = [row["what"] for row in as_rows(found, 1) if not row["reached"]]
    assert missed == ["... failed", "p99 in multiples of that in calm (median of the blocks)"]
