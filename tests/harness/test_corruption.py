"""The harness of damages, in short: all are detected, and it would notice one that is not."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.catalogue.generator import generate
from benchmarks.faults.corruption import (
    as_rows,
    boot_after_damage,
    damage_kind,
    damaged_store,
    examine,
    served_folder,
)


def test_every_damage_of_every_kind_of_file_is_detected_before_use(tmp_path: Path) -> None:
    tallies, _ = examine(tmp_path, flips=3, cuts=2, boots=0)

    assert {"manifest.json", "vectors.npy", "search.bin", "CURRENT"} <= set(tallies)
    assert all(row["reached"] for row in as_rows(tallies, _))
    assert all(tally.damages.total() >= 8 for tally in tallies.values())


@pytest.mark.harness
def test_a_server_serves_the_previous_generation(tmp_path: Path) -> None:
    data_dir = served_folder(tmp_path / "data")
    assert boot_after_damage(data_dir, "vectors.npy", np.random.default_rng(1))


def test_a_damage_that_nobody_verifies_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = damaged_store(tmp_path, generate(30))
    monkeypatch.setattr("index.generations.store.verify_files", lambda *_: None)

    tally = damage_kind(target, "vectors.npy", flips=1, cuts=0, random=np.random.default_rng(1))
    assert tally.undetected
