"""Catalogue -> generation: what is in the files, and that they are the same each time."""

from pathlib import Path

import numpy as np
import orjson
import pytest

from index.actions import ACTION_CODES
from index.features import FEATURES
from index.generations import BuildReport, build_generation
from index.search import parse
from index.snapshot import Snapshot
from index.storage import read_manifest
from index.trending import WINDOWS
from tests.index.catalogues import DATABASE, MIDDLE, NOW, E, T, built, catalogue, unchanged

NAN = float("nan")
TRACKS = [
    T(5, "Five", "Daft Punk", genre="Rock", popularity=40),
    T(1, "One", "daft punk ;Pharrell", genre="pop", popularity=80),
    T(4, "Four", "", genre=None),
    T(3, "Three", "Beyoncé", genre=" POP", popularity=10),
    T(2, "Two", "Beyoncé", genre="pop"),
    T(6, "Six", "beyoncé", genre="  "),
]
EVENTS = [
    E(2, 3, "like", at=NOW - 50),
    E(1, 5, "play", at=NOW - 100),
    E(1, 1, "skip", at=NOW - 200, rating=4, listened=0.25),
    E(2, 99, at=NOW),
    E(99, 1, at=NOW),
]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return built(tmp_path_factory.mktemp("generation"), catalogue(TRACKS, [2, 1, 7], EVENTS))


def test_rows_are_sorted_by_genre_then_track(snapshot: Snapshot) -> None:
    assert snapshot.track_ids.tolist() == [4, 6, 1, 2, 3, 5]
    assert snapshot.genre_codes.tolist() == [0, 0, 1, 1, 1, 2]
    assert snapshot.genres.offsets.tolist() == [0, 2, 5, 6]
    assert [snapshot.row_of(id_) for id_ in (1, 2, 3, 4, 5, 6)] == [2, 3, 4, 0, 5, 1]


def test_a_genre_is_shown_in_its_most_common_spelling(snapshot: Snapshot) -> None:
    assert snapshot.genres.names == ("", "pop", "Rock")
    assert snapshot.genres.keys == ("", "pop", "rock")


def test_the_first_artist_counts_without_case_but_with_accents(snapshot: Snapshot) -> None:
    by_id = dict(zip(snapshot.track_ids.tolist(), snapshot.artist_keys.tolist(), strict=True))

    assert by_id[1] == by_id[5]
    assert by_id[2] == by_id[3] == by_id[6]
    assert by_id[4] == 0
    assert len(set(by_id.values())) == 3


def test_versions_and_albums_are_known_by_their_keys(tmp_path: Path) -> None:
    tracks = [
        T(1, "Song", "Ann", "Album"),
        T(2, "Song - Live", "ann", "ALBUM"),
        T(3, "Song", "Bob", "Album"),
        T(4, "", "Ann", None),
    ]

    built_one = built(tmp_path, catalogue(tracks))

    songs, albums = built_one.song_keys.tolist(), built_one.album_keys.tolist()
    assert songs[0] == songs[1] != songs[2]
    assert albums[0] == albums[1] == albums[2]
    assert (songs[3], albums[3]) == (0, 0)


def test_cards_are_those_of_the_catalogue(snapshot: Snapshot) -> None:
    live = unchanged(snapshot)
    for track in TRACKS:
        row = live.row_of(track.id)
        assert row is not None
        assert orjson.loads(live.card(row))["title"] == track.title


def test_histories_are_sorted_by_time_and_skip_what_is_unknown(snapshot: Snapshot) -> None:
    histories = snapshot.histories

    assert histories.user_ids.tolist() == [1, 2, 7]
    assert histories.offsets.tolist() == [0, 2, 3, 3]
    assert snapshot.track_ids[histories.rows].tolist() == [1, 5, 3]
    assert histories.actions.tolist() == [ACTION_CODES[name] for name in ("skip", "play", "like")]
    assert histories.ratings.tolist() == [4, 0, 0]
    assert histories.listened.tolist() == [0.25, 1, 1]


def test_popularity_is_the_catalogues_figure_or_the_share_of_listeners(snapshot: Snapshot) -> None:
    by_id = dict(zip(snapshot.track_ids.tolist(), snapshot.popularity.tolist(), strict=True))

    assert by_id == {1: 0.8, 2: 0, 3: 0.1, 4: 0, 5: 0.4, 6: 0}


def test_trending_counts_are_as_of_the_build(snapshot: Snapshot) -> None:
    assert snapshot.trending.shape == (len(WINDOWS), len(TRACKS))
    assert snapshot.trending[0].tolist() == pytest.approx([0, 0, -1, 0, 3, 1], rel=1e-2)


def test_vectors_have_unit_length(snapshot: Snapshot) -> None:
    lengths = np.linalg.norm(snapshot.vectors, axis=1)

    assert ((np.abs(lengths - 1) < 1e-12) | (lengths == 0)).all()


def test_unknown_features_take_the_genres_median(tmp_path: Path) -> None:
    def tempo(bpm: float) -> tuple[float, ...]:
        return (bpm, *MIDDLE[1:])

    tracks = [
        T(1, genre="a", features=tempo(100)),
        T(2, genre="a", features=tempo(110)),
        T(3, genre="a", features=tempo(180)),
        T(4, genre="a", features=tempo(NAN)),
        T(5, genre="b", features=tempo(NAN)),
        T(6, features=tempo(150)),
    ]
    snapshot = built(tmp_path, catalogue(tracks))

    live = unchanged(snapshot)
    assert snapshot.genres.medians[1:, 0].tolist() == [110, 130]
    assert [live.imputed(row) for row in range(6)] == [[], [], [], [], ["tempo"], ["tempo"]]
    assert snapshot.vectors[4].tolist() == snapshot.vectors[2].tolist()


def test_an_empty_catalogue_is_a_generation(tmp_path: Path) -> None:
    live = unchanged(built(tmp_path, catalogue()))

    assert live.track_count == 0
    assert live.row_of(1) is None
    assert not live.has_user(1)
    assert live.genre_counts() == []
    assert len(live.trends(0, NOW).rows) == 0
    assert live.search("anything", limit=10).total == 0
    assert len(live.take(np.empty(0, dtype=np.int64)).track_ids) == 0


def test_a_catalogue_without_any_known_feature_is_a_generation(tmp_path: Path) -> None:
    snapshot = built(tmp_path, catalogue([T(1, features=[NAN] * 8), T(2, features=[NAN] * 8)]))

    assert not snapshot.vectors.any()
    assert unchanged(snapshot).imputed(0) == [feature.name for feature in FEATURES]


def test_the_same_catalogue_gives_the_same_bytes(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    tracks = [
        T(id_, f"Song {id_ % 37}", f"Artist {id_ % 11}", genre=f"genre {id_ % 5}", features=row)
        for id_, row in enumerate(generator.random((500, 8)) * 0.9 + 0.05, start=1)
    ]
    events = [E(id_ % 9, id_, at=NOW - id_) for id_ in range(1, 400)]
    for folder, order in (("one", 1), ("other", -1)):
        source = catalogue(tracks[::order], range(9), events)
        (tmp_path / folder).mkdir()
        build_generation(source, tmp_path / folder, generation=1, now=NOW)

    one, other = read_manifest(tmp_path / "one"), read_manifest(tmp_path / "other")
    assert one == other


def test_the_manifest_says_what_the_generation_is(tmp_path: Path) -> None:
    report = build_generation(
        catalogue(TRACKS, [1, 2, 7], EVENTS), tmp_path, generation=12, now=NOW
    )
    manifest = read_manifest(tmp_path)

    assert (manifest.generation, manifest.database, manifest.built_at) == (12, DATABASE, NOW)
    assert (manifest.watermark.high, manifest.watermark.missing) == (7, (3, 5))
    assert manifest.counts == {"tracks": 6, "users": 3, "interactions": 3, "genres": 2}
    assert set(manifest.versions) == {"faiss", "numpy"}
    assert sum(feature["weight"] for feature in manifest.features) == pytest.approx(1)
    assert set(manifest.files) == {p.name for p in tmp_path.iterdir()} - {"manifest.json"}
    sizes = {"imputed": 0, "size_bytes": manifest.size_bytes}
    assert report == BuildReport(**manifest.counts, **sizes, learned=True)


def test_progress_rises_from_0_to_1(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    build_generation(
        catalogue(TRACKS, [1, 2], EVENTS),
        tmp_path,
        generation=1,
        now=NOW,
        progress=lambda doing, share: told.append((doing, share)),
    )

    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)


def test_a_title_is_searchable_as_it_is_written(snapshot: Snapshot) -> None:
    query = parse("fiv")
    assert query is not None

    assert [row for _, row in snapshot.search.matches(query)] == [snapshot.row_of(5)]
