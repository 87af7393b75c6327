"""Publishing, verifying and opening generations; nothing damaged is ever used."""

import dataclasses
import fcntl
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.catalogue import Catalogue
from index.generations import CURRENT, GenerationStore, build_generation
from index.generations.store import StaleGeneration
from index.snapshot import Snapshot
from index.storage import (
    FORMAT,
    MANIFEST_NAME,
    DamagedGeneration,
    ForeignGeneration,
    OutdatedGeneration,
    UnusableGeneration,
    describe_files,
    read_manifest,
    write_manifest,
)
from index.storage.manifest import UnreadableGeneration
from tests.index.catalogues import DATABASE, NOW, OTHER_DATABASE, E, T, catalogue, unchanged

TRACKS = [
    T(id_, f"Song {id_}", f"Artist {id_}", None, "pop", (100.0 + id_, *[id_ / 30] * 5, -9.0, 0.1))
    for id_ in range(1, 21)
]
EVENTS = [E(1, 3), E(2, 5, "like")]


def source(database: str = DATABASE) -> Catalogue:
    return catalogue(TRACKS, [1, 2], EVENTS, database=database)


def writing(generation: int, database: str = DATABASE) -> Callable[[Path], object]:
    return lambda folder: build_generation(source(database), folder, generation=generation, now=NOW)


def publish(store: GenerationStore, generation: int, database: str = DATABASE) -> Path:
    return store.publish(writing(generation, database), generation=generation)


def seal(folder: Path, **other: Any) -> None:
    """Write the manifest anew, as if ``folder`` had been built the way it is now."""
    files = describe_files(folder)
    write_manifest(dataclasses.replace(read_manifest(folder), files=files, **other), folder)


def opened(store: GenerationStore) -> Snapshot:
    snapshot = store.open_latest(DATABASE)
    assert snapshot is not None
    return snapshot


@pytest.fixture
def store(tmp_path: Path) -> GenerationStore:
    return GenerationStore(tmp_path / "generations")


def names(store: GenerationStore) -> set[str]:
    return {path.name for path in store.folder.iterdir()}


def test_a_published_generation_is_current_and_opens(store: GenerationStore) -> None:
    path = publish(store, 123)

    assert path.name == "gen-000123"
    assert store.current() == path
    assert opened(store).generation == 123
    assert opened(store).size_bytes == sum(
        each.stat().st_size for each in path.iterdir() if each.name != MANIFEST_NAME
    )


def test_a_store_without_generations_has_nothing_to_open(store: GenerationStore) -> None:
    assert store.current() is None
    assert store.open_latest(DATABASE) is None
    assert store.highest() == 0
    assert store.prune(2) == store.sweep() == []
    assert store.manifests() == []


def test_each_publication_replaces_the_one_before(store: GenerationStore) -> None:
    for generation in (1, 2, 10):
        publish(store, generation)

    assert opened(store).generation == store.highest() == 10
    assert [manifest.generation for manifest in store.manifests()] == [10, 2, 1]


@pytest.mark.parametrize("late", [4, 5])
def test_a_generation_that_is_not_newer_is_refused(store: GenerationStore, late: int) -> None:
    publish(store, 5)

    with pytest.raises(StaleGeneration):
        publish(store, late)
    assert opened(store).generation == 5
    assert names(store) == {CURRENT, ".lock", "gen-000005"}


def test_a_damaged_current_file_does_not_open_the_fence(store: GenerationStore) -> None:
    publish(store, 5)
    (store.folder / CURRENT).write_bytes(b"")

    with pytest.raises(StaleGeneration):
        publish(store, 4)


def test_a_failing_write_leaves_everything_as_it_was(store: GenerationStore) -> None:
    publish(store, 1)

    def fail(folder: Path) -> None:
        (folder / "half.npy").write_bytes(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        store.publish(fail, generation=2)
    assert opened(store).generation == 1
    assert names(store) == {CURRENT, ".lock", "gen-000001"}


def test_what_readers_would_refuse_is_not_published(store: GenerationStore) -> None:
    publish(store, 1)

    with pytest.raises(DamagedGeneration, match="instead of"):
        store.publish(writing(3), generation=2)
    with pytest.raises(DamagedGeneration, match=MANIFEST_NAME):
        store.publish(lambda folder: (folder / "x").touch(), generation=2)
    assert opened(store).generation == 1


def test_vectors_that_do_not_find_themselves_are_not_published(store: GenerationStore) -> None:
    def swap_vectors(folder: Path) -> None:
        build_generation(source(), folder, generation=1, now=NOW)
        vectors = np.load(folder / "vectors.npy")
        np.save(folder / "vectors.npy", vectors[::-1])
        seal(folder)

    with pytest.raises(DamagedGeneration, match="not found"):
        store.publish(swap_vectors, generation=1)


def test_another_databases_generation_is_never_served(store: GenerationStore) -> None:
    path = publish(store, 7, OTHER_DATABASE)

    assert store.open_latest(DATABASE, set_aside=True) is None
    with pytest.raises(ForeignGeneration):
        store.load(path, database=DATABASE)
    assert path.exists()


def test_another_databases_numbers_do_not_stand_in_the_way(store: GenerationStore) -> None:
    publish(store, 7, OTHER_DATABASE)
    publish(store, 1)
    assert opened(store).generation == 1

    publish(store, 7)
    assert opened(store).generation == 7


@pytest.mark.parametrize(
    "other", [{"format": FORMAT + 1}, {"features": [{"name": "tempo", "weight": 1.0}]}]
)
def test_another_format_or_feature_table_is_outdated_not_damaged(
    store: GenerationStore, other: dict[str, Any]
) -> None:
    path = publish(store, 1)
    seal(path, **other)

    with pytest.raises(OutdatedGeneration):
        store.load(path, database=DATABASE)
    assert store.open_latest(DATABASE, set_aside=True) is None
    assert path.exists()


def test_the_previous_generation_is_served_when_the_current_one_is_damaged(
    store: GenerationStore,
) -> None:
    publish(store, 1)
    flip(publish(store, 2) / "vectors.faiss", 77)

    unusable: list[UnusableGeneration] = []
    snapshot = store.open_latest(DATABASE, on_unusable=unusable.append)
    assert snapshot is not None
    assert snapshot.generation == 1
    assert [str(each) for each in unusable] == [
        "gen-000002/vectors.faiss differs from what was published"
    ]
    assert "gen-000002" in names(store)  # a reader only reads


def test_a_writer_sets_a_damaged_generation_aside(store: GenerationStore) -> None:
    publish(store, 1)
    flip(publish(store, 2) / "cards.bin", 5)

    assert store.open_latest(DATABASE, set_aside=True) is not None
    assert names(store) == {CURRENT, ".lock", "gen-000001", "gen-000002.bad"}
    assert store.current() == store.folder / "gen-000001"
    assert store.highest() == 2
    publish(store, 3)
    assert opened(store).generation == 3


@pytest.mark.parametrize("file", ["cards.bin", MANIFEST_NAME])
def test_what_cannot_be_read_now_is_passed_over_and_stays(
    store: GenerationStore, file: str
) -> None:
    publish(store, 1)
    path = publish(store, 2) / file
    hidden = path.rename(store.folder / "hidden")
    path.symlink_to(path)  # opening it fails, for root too

    unusable: list[UnusableGeneration] = []
    snapshot = store.open_latest(DATABASE, set_aside=True, on_unusable=unusable.append)
    assert snapshot is not None
    assert snapshot.generation == 1
    assert [type(each) for each in unusable] == [UnreadableGeneration]

    hidden.replace(path)
    assert opened(store).generation == 2


def test_where_current_cannot_be_read_the_newest_is_current(store: GenerationStore) -> None:
    publish(store, 1)
    newest = publish(store, 2)
    (store.folder / CURRENT).unlink()
    (store.folder / CURRENT).symlink_to(CURRENT)

    assert store.current() == newest


def test_a_generation_that_was_moved_under_another_number_is_refused(
    store: GenerationStore,
) -> None:
    path = publish(store, 1)
    shutil.copytree(path, store.folder / "gen-000009")

    with pytest.raises(DamagedGeneration, match="holds generation 1"):
        store.load(store.folder / "gen-000009", database=DATABASE)


@pytest.mark.parametrize("damage", ["missing", "empty", "added", "swapped"])
def test_missing_empty_added_and_swapped_files_are_noticed(
    store: GenerationStore, damage: str
) -> None:
    path = publish(store, 1)
    if damage == "missing":
        (path / "imputed.npy").unlink()
    elif damage == "empty":
        (path / "imputed.npy").write_bytes(b"")
    elif damage == "added":
        (path / "search.bin-journal").touch()
    else:
        shutil.copy(path / "popularity.npy", path / "freshness.npy")

    with pytest.raises(DamagedGeneration):
        store.load(path, database=DATABASE)


def test_no_file_is_read_before_all_are_verified(
    store: GenerationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = publish(store, 1)
    flip(path / sorted(read_manifest(path).files)[-1], 3)
    monkeypatch.setattr("index.generations.store.open_snapshot", lambda *_: pytest.fail("opened"))

    with pytest.raises(DamagedGeneration):
        store.load(path, database=DATABASE)


def test_pickled_arrays_are_never_loaded(store: GenerationStore) -> None:
    def with_pickle(folder: Path) -> None:
        build_generation(source(), folder, generation=1, now=NOW)
        np.save(folder / "track_ids.npy", np.array([object()]), allow_pickle=True)
        seal(folder)

    with pytest.raises(ValueError, match="holds no array"):
        store.publish(with_pickle, generation=1)


def test_prune_keeps_the_newest_and_the_current(store: GenerationStore) -> None:
    for generation in range(1, 6):
        publish(store, generation)
    point_to(store, 1)

    removed = store.prune(2)
    assert {path.name for path in removed} == {"gen-000002", "gen-000003"}
    assert names(store) == {CURRENT, ".lock", "gen-000001", "gen-000004", "gen-000005"}


def test_prune_keeps_one_of_those_set_aside(store: GenerationStore) -> None:
    for generation in range(1, 4):
        path = publish(store, generation)
        if generation < 3:
            store.set_aside(path)

    store.prune(2)
    assert names(store) == {CURRENT, ".lock", "gen-000002.bad", "gen-000003"}


def test_a_pruned_generation_can_be_read_on(store: GenerationStore) -> None:
    publish(store, 1)
    snapshot = opened(store)
    publish(store, 2)
    store.prune(1)

    assert snapshot.cards[0]
    assert snapshot.vectors.any()
    live = unchanged(snapshot)
    with ThreadPoolExecutor(8) as threads:
        totals = threads.map(lambda text: live.search(text, limit=1).total, ["song"] * 50)
    assert set(totals) == {20}


def test_sweep_clears_what_dead_writers_left_and_spares_the_living(store: GenerationStore) -> None:
    publish(store, 1)
    for name in (".tmp-gen-000002-dead", ".tmp-gen-000003-alive", ".tmp-deleted-gen-000000"):
        (store.folder / name).mkdir()
        (store.folder / name / "x.npy").touch()
    (store.folder / ".tmp-CURRENT").touch()

    alive = os.open(store.folder / ".tmp-gen-000003-alive", os.O_RDONLY)
    try:
        fcntl.flock(alive, fcntl.LOCK_EX)
        store.sweep()
        assert names(store) == {CURRENT, ".lock", "gen-000001", ".tmp-gen-000003-alive"}
    finally:
        os.close(alive)
    store.sweep()
    assert names(store) == {CURRENT, ".lock", "gen-000001"}


def test_a_generation_in_place_before_current_was_replaced_is_no_obstacle(
    store: GenerationStore,
) -> None:
    publish(store, 1)
    publish(store, 2)
    point_to(store, 1)

    assert opened(store).generation == 1
    publish(store, 2)
    assert opened(store).generation == 2


# --- A single changed bit, or any truncation, of any file is noticed ---


def flip(path: Path, bit: int) -> None:
    """Change one bit of a file, beside it: a published file may be mapped."""
    content = bytearray(path.read_bytes())
    content[bit // 8 % len(content)] ^= 1 << bit % 8
    replace(path, bytes(content))


def replace(path: Path, content: bytes) -> None:
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(content)
    os.replace(beside, path)


def point_to(store: GenerationStore, generation: int) -> None:
    store._point_to(store.folder / f"gen-{generation:06d}")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> GenerationStore:
    """Generations 1 and 2, of which 2 is current."""
    store = GenerationStore(tmp_path_factory.mktemp("store"))
    publish(store, 1)
    publish(store, 2)
    return store


def filled_files(folder: Path) -> list[str]:
    """Return the names of files that hold anything: of nobody's tastes there is nothing to say."""
    return sorted(path.name for path in folder.iterdir() if path.stat().st_size)


@given(data=st.data())
def test_a_changed_bit_in_any_file_is_noticed(pair: GenerationStore, data: st.DataObject) -> None:
    folder = pair.folder / "gen-000002"
    path = folder / data.draw(st.sampled_from(filled_files(folder)))
    intact = path.read_bytes()
    flip(path, data.draw(st.integers(0, 8 * len(intact) - 1)))
    try:
        assert opened(pair).generation == 1
    finally:
        replace(path, intact)


@given(data=st.data())
def test_a_truncation_of_any_file_is_noticed(pair: GenerationStore, data: st.DataObject) -> None:
    folder = pair.folder / "gen-000002"
    path = folder / data.draw(st.sampled_from(filled_files(folder)))
    intact = path.read_bytes()
    replace(path, intact[: data.draw(st.integers(0, len(intact) - 1))])
    try:
        assert opened(pair).generation == 1
    finally:
        replace(path, intact)


def test_any_change_of_the_manifest_is_noticed(pair: GenerationStore, tmp_path: Path) -> None:
    intact = (pair.folder / "gen-000002" / MANIFEST_NAME).read_bytes()
    changed = tmp_path / MANIFEST_NAME
    for bit in range(0, 8 * len(intact), 23):
        content = bytearray(intact)
        content[bit // 8] ^= 1 << bit % 8
        changed.write_bytes(content)
        with pytest.raises(DamagedGeneration):
            read_manifest(tmp_path)
    for length in range(0, len(intact), 29):
        changed.write_bytes(intact[:length])
        with pytest.raises(DamagedGeneration):
            read_manifest(tmp_path)


def test_any_changed_bit_of_current_is_noticed(pair: GenerationStore) -> None:
    current = pair.folder / CURRENT
    intact = current.read_bytes()
    try:
        for bit in range(8 * len(intact)):
            flip(current, bit)
            assert pair._pointed() is None
            replace(current, intact)
        for length in range(len(intact)):
            replace(current, intact[:length])
            assert pair._pointed() is None
        assert opened(pair).generation == 2
    finally:
        replace(current, intact)
