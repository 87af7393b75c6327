"""The border to FAISS: no row -1, and files that are mapped."""

from pathlib import Path

import faiss
import numpy as np
import pytest

from index.snapshot import ann, build_index, write_index
from index.snapshot.ann import VectorIndex, read_index
from tests.index import worlds


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return worlds.sphere(np.random.default_rng(3), 6000)


def test_a_flat_index_finds_the_nearest_and_never_row_minus_one(vectors: np.ndarray) -> None:
    index = build_index(vectors[:50])

    rows, cosines = index.search(vectors[7], 80)

    assert sorted(rows.tolist()) == list(range(50))
    assert rows[0] == 7
    np.testing.assert_allclose(cosines, vectors[rows] @ vectors[7], rtol=0, atol=ann.COSINE_ERROR)
    assert (np.diff(cosines) <= 0).all()


def test_an_empty_index_finds_nothing() -> None:
    rows, cosines = build_index(np.empty((0, 8))).search(np.ones(8), 5)

    assert len(rows) == len(cosines) == 0


def test_a_file_is_mapped_and_finds_the_same(vectors: np.ndarray, tmp_path: Path) -> None:
    index = build_index(vectors)
    write_index(index, tmp_path / "vectors.faiss")
    again = read_index(tmp_path / "vectors.faiss")

    assert len(again) == len(vectors)
    assert nearest(again, vectors[5]) == nearest(index, vectors[5])


def test_the_same_vectors_give_the_same_file(vectors: np.ndarray, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_index(build_index(vectors), tmp_path / name)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def nearest(index: VectorIndex, query: np.ndarray) -> list[int]:
    return [int(row) for row in index.search(query, 20)[0]]


def test_vectors_that_could_never_be_found_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        build_index(np.full((1, 8), np.nan))


def test_an_index_of_another_shape_is_refused(tmp_path: Path) -> None:
    faiss.write_index(faiss.IndexFlatL2(8), str(tmp_path / "other"))

    with pytest.raises(ValueError, match="inner-product"):
        read_index(tmp_path / "other")
