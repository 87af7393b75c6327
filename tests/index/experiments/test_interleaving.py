"""Team draft is fair, loses nothing, and its code tells who placed what."""

from collections.abc import Iterator
from itertools import cycle, repeat
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.experiments import FIRST, team_of, winner
from index.experiments.interleaving import MOST_TRACKS, SECOND, Draft, encoded, team_draft

RANKING = st.lists(st.integers(1, 30), unique=True, max_size=20)
SEED = st.integers(0, 2**32)


def coins(seed: int) -> Iterator[bool]:
    random = Random(seed)
    while True:
        yield random.random() < 0.5


@given(RANKING, RANKING, st.integers(0, 25), SEED)
def test_each_item_comes_once_and_in_the_order_of_who_placed_it(
    first: list[int], second: list[int], k: int, seed: int
) -> None:
    draft = team_draft(first, second, k, coins(seed))

    assert len(set(draft.items)) == len(draft.items) == min(k, len({*first, *second}))
    for team, ranking in ((FIRST, first), (SECOND, second)):
        mine = [item for item, each in zip(draft.items, draft.teams, strict=True) if each == team]
        assert mine == sorted(mine, key=ranking.index)


@given(RANKING, st.integers(0, 20), SEED)
def test_equal_rankers_make_their_own_list(ranking: list[int], k: int, seed: int) -> None:
    assert list(team_draft(ranking, ranking, k, coins(seed)).items) == ranking[:k]


@given(st.integers(1, 20), SEED)
def test_no_team_places_more_than_one_item_ahead(k: int, seed: int) -> None:
    draft = team_draft(range(100), range(50, 150), k, coins(seed))

    for stop in range(k + 1):
        lead = stop - 2 * sum(draft.teams[:stop])
        assert abs(lead) <= 1


def test_equal_rankers_get_equal_shares_of_every_place() -> None:
    """Whatever the listener likes, also if it is the first place only."""
    lists = 4_000
    drafts = [team_draft(range(10), range(10), 7, coins(seed)) for seed in range(lists)]

    for position in range(7):
        share = sum(draft.teams[position] for draft in drafts) / lists
        assert share == pytest.approx(0.5, abs=0.03)


def test_the_teams_swapped_give_the_mirrored_draft() -> None:
    first, second = [1, 2, 3, 4], [3, 5, 1, 6]
    draft = team_draft(first, second, 5, cycle([True, False]))
    mirrored = team_draft(second, first, 5, cycle([False, True]))

    assert mirrored == Draft(draft.items, tuple(1 - team for team in draft.teams))


def test_the_draft_is_as_by_hand() -> None:
    draft = team_draft([1, 2, 3, 4], [3, 1, 5, 6], 5, repeat(True))

    assert draft == Draft((1, 3, 2, 5, 4), (FIRST, SECOND, FIRST, SECOND, FIRST))


def test_what_a_policy_refuses_waits() -> None:
    def alternating(placed: list[int], item: int) -> bool:
        return not placed or placed[-1] % 2 != item % 2

    draft = team_draft([1, 3, 2], [5, 4], 5, repeat(True), alternating)  # type: ignore[arg-type]

    assert draft.items == (1, 4, 3, 2, 5)


def test_a_list_ends_where_the_policy_allows_nothing_more() -> None:
    draft = team_draft([1, 2], [3], 3, repeat(True), lambda placed, _: len(placed) < 2)

    assert draft.items == (1, 3)


@given(st.dictionaries(st.integers(1, 2**63 - 1), st.integers(0, 1), max_size=MOST_TRACKS))
def test_the_code_tells_the_team_of_each_track(teams: dict[int, int]) -> None:
    code = encoded(teams)

    assert {track: team_of(code, track) for track in teams} == teams


def test_the_code_is_short() -> None:
    assert [len(encoded(dict.fromkeys(range(k), 1))) for k in (0, 10, 20, 100)] == [3, 6, 8, 28]


def test_longer_lists_have_no_code() -> None:
    with pytest.raises(ValueError, match="at most"):
        encoded(dict.fromkeys(range(MOST_TRACKS + 1), 0))


@given(st.text("0123456789abcdef", min_size=1, max_size=32), st.integers(1, 2**63 - 1))
def test_an_invented_code_is_read_too(code: str, track: int) -> None:
    assert team_of(code, track) in (FIRST, SECOND)


def test_the_team_with_more_points_wins() -> None:
    assert winner([FIRST, SECOND, FIRST]) == FIRST
    assert winner([SECOND]) == SECOND
    assert winner([FIRST, SECOND]) is None
    assert winner([]) is None
