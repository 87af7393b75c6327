"""Two lists become one within the policy of both, and each track keeps its score."""

from itertools import cycle, repeat

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from index.experiments import Caps, drafted, team_of
from index.ranking import Ranked
from tests.index.ranking.test_diversity import catalogue, falling

FREE = Caps()


def ranked(rows: list[int], names: tuple[str, ...], least: float = 0.0) -> Ranked:
    scores = np.linspace(1.0 + least, least, len(rows)) if rows else np.empty(0)
    parts = np.zeros((len(rows), len(names)))
    parts[:, -1] = scores
    return Ranked(np.array(rows, dtype=np.int64), scores, parts, names, "tree")


def test_tracks_keep_the_score_and_the_parts_of_who_placed_them() -> None:
    live, _ = catalogue(falling(6), [0] * 6)
    first, second = ranked([0, 1, 2], ("base", "artist")), ranked([2, 3, 0], ("base", "energy"), 5)

    found = drafted(live, first, second, k=4, coins=cycle([True]), caps=FREE).ranked

    assert found.rows.tolist() == [0, 2, 1, 3]
    assert found.part_names == ("base", "artist", "energy")
    np.testing.assert_allclose(found.parts.sum(axis=1), found.scores)
    np.testing.assert_allclose(found.scores, [1.0, 6.0, 0.5, 5.5])
    assert found.parts[1].tolist() == [0, 0, 6.0]


def test_the_code_tells_who_placed_each_track() -> None:
    live, _ = catalogue(falling(6), [0] * 6)

    list_ = drafted(
        live, ranked([0, 1, 2], ("a",)), ranked([3, 4, 5], ("a",)), k=6, coins=repeat(False),
        caps=FREE,
    )  # fmt: skip

    ids = live.ids_of(list_.ranked.rows).tolist()
    assert [team_of(list_.code, track) for track in ids] == [1, 0, 1, 0, 1, 0]


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 4), min_size=24, max_size=24),
    st.lists(st.integers(0, 5), min_size=24, max_size=24),
    st.lists(st.integers(0, 9), min_size=24, max_size=24),
    st.permutations(range(24)),
    st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_no_drafted_list_breaks_its_policy(
    artists: list[int], albums: list[int], songs: list[int], order: list[int], tosses: list[bool]
) -> None:
    live, _ = catalogue(falling(24), artists, albums=albums, songs=songs)
    caps = Caps(max_per_artist=2, max_per_album=1, collapse_versions=True)
    one, other = ranked(list(range(24)), ("a",)), ranked(list(order), ("a",))

    rows = drafted(live, one, other, k=12, coins=cycle(tosses), caps=caps).ranked.rows

    for column, most, window in (
        ("artist_keys", 2, 10),
        ("album_keys", 1, 10),
        ("song_keys", 1, 12),
    ):
        keys = live.keys_of(column, rows).tolist()
        for start in range(len(keys)):
            some = [key for key in keys[start : start + window] if key]
            assert all(some.count(key) <= most for key in some)


def test_an_empty_list_leaves_the_other_as_it_is() -> None:
    live, _ = catalogue(falling(4), [0] * 4)

    found = drafted(
        live, ranked([], ("a",)), ranked([2, 1], ("b",)), k=4, coins=repeat(True), caps=FREE
    ).ranked

    assert found.rows.tolist() == [2, 1]
