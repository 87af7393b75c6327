import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.live.column_log import ColumnLog, Schema

SCHEMA: Schema = {"number": (np.int64, ()), "pair": (np.float64, (2,)), "thing": (object, ())}


def _append(log: ColumnLog, numbers: list[int]) -> ColumnLog:
    things = np.empty(len(numbers), dtype=object)
    things[:] = [str(number) for number in numbers]
    return log.append(
        len(numbers),
        number=numbers,
        pair=np.array([(number, -number) for number in numbers], dtype=float).reshape(-1, 2),
        thing=things,
    )


def _numbers(log: ColumnLog) -> list[int]:
    assert log["pair"][:, 0].tolist() == log["number"].tolist()
    assert log["thing"].tolist() == [str(number) for number in log["number"].tolist()]
    return list(log["number"].tolist())


def test_an_empty_log_has_no_positions() -> None:
    assert _numbers(ColumnLog.empty(SCHEMA)) == []


def test_appending_to_the_newest_version_copies_nothing() -> None:
    first = _append(ColumnLog.empty(SCHEMA), [1])
    second = _append(first, [2])

    assert second.store is first.store


def test_two_futures_of_one_version_do_not_mix() -> None:
    past = _append(ColumnLog.empty(SCHEMA), [1, 2])
    one, other = _append(past, [3]), _append(past, [4, 5])

    assert [_numbers(log) for log in (past, one, other)] == [[1, 2], [1, 2, 3], [1, 2, 4, 5]]


def test_rows_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="could not broadcast"):
        ColumnLog.empty(SCHEMA).append(2, number=[1, 2, 3])


@given(st.lists(st.tuples(st.integers(0, 9), st.lists(st.integers(0, 99), max_size=20))))
def test_every_version_stays_what_it_was(steps: list[tuple[int, list[int]]]) -> None:
    versions = [(ColumnLog.empty(SCHEMA), list[int]())]
    for base, numbers in steps:
        log, expected = versions[base % len(versions)]
        versions.append((_append(log, numbers), expected + numbers))

    for log, expected in versions:
        assert _numbers(log) == expected
