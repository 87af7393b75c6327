"""Two ranked lists -> one that both have drafted, within the policy that each keeps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.experiments.interleaving import Draft, encoded, team_draft
from index.live import LiveIndex
from index.ranking import WINDOW, Ranked


@dataclass(frozen=True, slots=True)
class Caps:
    """What holds for a whole list; see `index.ranking.diversity`."""

    max_per_artist: int | None = None
    max_per_album: int | None = None
    collapse_versions: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Drafted:
    """An interleaved list, and the code that tells who placed which track."""

    ranked: Ranked
    code: str


def drafted(
    live: LiveIndex, first: Ranked, second: Ranked, *, k: int, coins: Iterator[bool], caps: Caps
) -> Drafted:
    """Return ``k`` tracks of two lists by team draft; each keeps the score that its team gave it.

    Both lists should be longer than ``k``: what the caps refuse waits for a later place.
    """
    draft = team_draft(
        first.rows.tolist(),
        second.rows.tolist(),
        k,
        coins,
        _Fits(live, np.union1d(first.rows, second.rows), caps),
    )
    ranked = _picked(draft, first, second)
    ids = live.ids_of(ranked.rows).tolist()
    return Drafted(ranked, encoded(dict(zip(ids, draft.teams, strict=True))))


class _Fits:
    """Tells whether a row may follow those that are placed."""

    def __init__(self, live: LiveIndex, rows: NDArray[np.int64], caps: Caps) -> None:
        wanted = (
            ("artist_keys", caps.max_per_artist, WINDOW - 1),
            ("album_keys", caps.max_per_album, WINDOW - 1),
            ("song_keys", 1 if caps.collapse_versions else None, None),
        )
        self._rules = [
            (dict(zip(rows.tolist(), live.keys_of(column, rows).tolist(), strict=True)), most, back)
            for column, most, back in wanted
            if most is not None
        ]

    def __call__(self, placed: Sequence[int], row: int) -> bool:
        return all(
            not keys[row]
            or sum(keys[other] == keys[row] for other in placed[-back if back else 0 :]) < most
            for keys, most, back in self._rules
        )


def _picked(draft: Draft, first: Ranked, second: Ranked) -> Ranked:
    names = tuple(dict.fromkeys((*first.part_names, *second.part_names)))
    lists = (first, second)
    at = [{row: position for position, row in enumerate(each.rows.tolist())} for each in lists]
    columns = [[names.index(name) for name in each.part_names] for each in lists]
    parts = np.zeros((len(draft.items), len(names)))
    scores = np.empty(len(draft.items))
    for position, (row, team) in enumerate(zip(draft.items, draft.teams, strict=True)):
        source = at[team][row]
        scores[position] = lists[team].scores[source]
        parts[position, columns[team]] = lists[team].parts[source]
    rows = np.array(draft.items, dtype=np.int64)
    plan = f"{first.plan} + {second.plan}"
    reach = max((first.reach, second.reach), key=lambda each: len(each.rows))
    return Ranked(rows, scores, parts, names, plan, first.query, reach)
