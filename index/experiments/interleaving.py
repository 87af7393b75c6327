"""Two rankers in one list: who is chosen from more is the better one.

*Team draft* (Radlinski, Kurup, Joachims, "How does clickthrough data reflect retrieval quality?",
CIKM 2008): as two captains choose their players, the rankers take turns to place their best track
that is not placed yet; in each round a coin says who begins. A listener who takes up a track gives
a point to the ranker that placed it, and sees nothing of all that. Equal rankers get equal shares,
whatever listeners prefer of the top places.

Who placed which track is told by a *code*, a short text that goes along with the list, so that
nothing needs to be stored: a vector ``x`` over GF(2) with ``<h(track), x> = team`` for each track
of the list, where ``h`` is a hash (a static function; Dietzfelbinger and Pagh, "Succinct data
structures for retrieval and approximate membership", ICALP 2008). It takes a bit for each track,
and a few more.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

FIRST, SECOND = 0, 1
_SPARE_BITS = 8
_SALTS = 16
_HASH_BYTES = 16
MOST_TRACKS = 8 * _HASH_BYTES - _SPARE_BITS


@dataclass(frozen=True, slots=True)
class Draft:
    """An interleaved list: items in their order, and the team that placed each."""

    items: tuple[int, ...]
    teams: tuple[int, ...]


def team_draft(
    first: Sequence[int],
    second: Sequence[int],
    k: int,
    coins: Iterator[bool],
    may_follow: Callable[[Sequence[int], int], bool] = lambda _placed, _item: True,
) -> Draft:
    """Return up to ``k`` items, drafted from two rankings.

    Parameters
    ----------
    first, second : best first, each item once in each
    coins : whether the first team begins a round; endless
    may_follow : whether a policy allows an item after those that are placed; one that it refuses
        waits for a later place

    """
    rankings = (list(first), list(second))
    items: list[int] = []
    teams: list[int] = []
    while len(items) < k:
        for team in (FIRST, SECOND) if next(coins) else (SECOND, FIRST):
            if len(items) == k:
                break
            chosen = next((item for item in rankings[team] if may_follow(items, item)), None)
            if chosen is None:
                continue
            items.append(chosen)
            teams.append(team)
            for ranking in rankings:
                if chosen in ranking:
                    ranking.remove(chosen)
        if not any(may_follow(items, item) for ranking in rankings for item in ranking):
            break
    return Draft(tuple(items), tuple(teams))


def encoded(teams: Mapping[int, int]) -> str:
    """Return the code of a list: the team of each track id.

    Raises
    ------
    ValueError
        There are more than `MOST_TRACKS`.
    """
    if len(teams) > MOST_TRACKS:
        raise ValueError(f"A code holds the teams of at most {MOST_TRACKS} tracks")
    digits = -(-(len(teams) + _SPARE_BITS) // 4)
    for salt in range(_SALTS):
        equations = [(_hash(salt, track, 4 * digits), team) for track, team in teams.items()]
        solution = _solved(equations)
        if solution is not None:
            return f"{salt:x}{solution:0{digits}x}"
    raise ArithmeticError("No code was found")  # of 256 ** 16 lists one


def team_of(code: str, track_id: int) -> int:
    """Return the team that placed a track; of a track that was not on the list, either."""
    salt, solution = int(code[0], 16), int(code[1:] or "0", 16)
    return (_hash(salt, track_id, 4 * (len(code) - 1)) & solution).bit_count() & 1


def winner(teams: Sequence[int]) -> int | None:
    """Return who got more points on a list, given the team of each; None where both got as many."""
    second = sum(teams)
    first = len(teams) - second
    return None if first == second else FIRST if first > second else SECOND


def _hash(salt: int, track_id: int, bits: int) -> int:
    digest = blake2b(f"{salt}:{track_id}".encode(), digest_size=_HASH_BYTES).digest()
    return int.from_bytes(digest) & ((1 << bits) - 1)


def _solved(equations: Sequence[tuple[int, int]]) -> int | None:
    """Return ``x`` with parity(row & x) = value for each (row, value); None where there is none."""
    pivots: dict[int, tuple[int, int]] = {}
    for row, value in equations:
        while row:
            top = row.bit_length() - 1
            if top not in pivots:
                pivots[top] = (row, value)
                break
            row, value = row ^ pivots[top][0], value ^ pivots[top][1]
        if not row and value:
            return None

    x = 0
    for top in sorted(pivots):  # each row holds its own bit and lower ones, which are set already
        row, value = pivots[top]
        if ((row & x).bit_count() & 1) != value:
            x |= 1 << top
    return x
