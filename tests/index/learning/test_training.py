"""Learning from listeners when a generation is built, and after it was published."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.catalogue.generator import MOMENT, generate
from index.catalogue import Catalogue
from index.generations import build_generation, relearned
from index.learning import LEARNED_MODEL, carrying, open_model
from index.storage import DamagedGeneration, read_manifest, verify_files

LATER = 0
"""No interactions at all are few enough to learn from at once."""


def listened_to() -> Catalogue:
    return generate(600, users=150, interactions=150 * 60, seed=3)


def made(folder: Path, catalogue: Catalogue, *, generation: int = 1, **how: object) -> bool:
    folder.mkdir()
    report = build_generation(catalogue, folder, generation=generation, now=MOMENT, **how)  # type: ignore[arg-type]
    return report.learned


def test_learning_later_comes_to_the_same_as_learning_at_once(tmp_path: Path) -> None:
    at_once, first, later = tmp_path / "at-once", tmp_path / "first", tmp_path / "later"
    assert made(at_once, listened_to(), generation=2)
    assert not made(first, listened_to(), learned_at_once=LATER)
    assert open_model(first / LEARNED_MODEL).method == "none"

    later.mkdir()
    relearned(first, later, generation=2)
    assert open_model(later / LEARNED_MODEL).method == "ease"
    assert read_manifest(later).files == read_manifest(at_once).files
    assert read_manifest(later).generation == 2


def test_a_file_that_was_damaged_before_learning_does_not_pass_for_whole(tmp_path: Path) -> None:
    first, later = tmp_path / "first", tmp_path / "later"
    made(first, listened_to(), learned_at_once=LATER)
    cards = bytearray((first / "cards.bin").read_bytes())
    cards[len(cards) // 2] ^= 1
    (first / "cards.bin").write_bytes(cards)

    later.mkdir()
    relearned(first, later, generation=2)

    with pytest.raises(DamagedGeneration, match=r"cards\.bin"):
        verify_files(read_manifest(later), later)


def test_what_was_learned_stands_until_there_is_time_to_learn_anew(tmp_path: Path) -> None:
    catalogue = listened_to()
    assert made(tmp_path / "one", catalogue)
    made(tmp_path / "two", catalogue, previous=tmp_path / "one", learned_at_once=LATER)
    assert (tmp_path / "two" / LEARNED_MODEL).read_bytes() == (
        tmp_path / "one" / LEARNED_MODEL
    ).read_bytes()


@pytest.mark.parametrize("at_once", [7, 100_000])
def test_songs_that_are_gone_are_forgotten_and_new_ones_lead_nowhere_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(carrying, "_OWNERS_AT_ONCE", at_once)
    catalogue = generate(620, users=150, interactions=150 * 60, seed=3)
    made(tmp_path / "one", cut(catalogue, slice(0, 600)))
    made(
        tmp_path / "two",
        cut(catalogue, slice(20, 620)),
        previous=tmp_path / "one",
        learned_at_once=LATER,
    )
    before, after = (open_model(tmp_path / name / LEARNED_MODEL) for name in ("one", "two"))
    assert after.weights == before.weights
    assert after.tables.near.offsets[-1] < before.tables.near.offsets[-1]

    songs = np.intersect1d(before.tables.songs.keys, after.tables.songs.keys)
    gone = set(before.tables.songs.keys.tolist()) - set(after.tables.songs.keys.tolist())
    led = 0
    for key in songs.tolist():
        was, now = neighbours(before, key), neighbours(after, key)
        assert now == {other: weight for other, weight in was.items() if other not in gone}
        led += len(now)
    assert led == after.tables.near.offsets[-1] > 0


def test_nothing_is_taken_over_from_a_damaged_generation(tmp_path: Path) -> None:
    made(tmp_path / "one", listened_to())
    path = tmp_path / "one" / LEARNED_MODEL
    path.write_bytes(path.read_bytes()[:-1] + b"\x77")
    made(tmp_path / "two", listened_to(), previous=tmp_path / "one", learned_at_once=LATER)
    assert open_model(tmp_path / "two" / LEARNED_MODEL).method == "none"


def test_nothing_is_taken_over_from_another_database(tmp_path: Path) -> None:
    made(tmp_path / "one", listened_to())
    other = replace(listened_to(), database="another")
    made(tmp_path / "two", other, previous=tmp_path / "one", learned_at_once=LATER)
    assert open_model(tmp_path / "two" / LEARNED_MODEL).method == "none"


def cut(catalogue: Catalogue, chosen: slice) -> Catalogue:
    tracks = catalogue.tracks
    columns = {name: getattr(tracks, name)[chosen] for name in tracks.__dataclass_fields__}
    return replace(catalogue, tracks=replace(tracks, **columns))


def neighbours(hybrid: object, key: int) -> dict[int, float]:
    tables = hybrid.tables  # type: ignore[attr-defined]
    code = int(tables.songs.codes_of(np.array([key]))[0])
    span = slice(tables.near.offsets[code], tables.near.offsets[code + 1])
    keys = tables.songs.keys[tables.near.items[span]]
    return dict(zip(keys.tolist(), tables.near.weights[span].tolist(), strict=True))
