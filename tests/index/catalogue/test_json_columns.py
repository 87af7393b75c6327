"""Columns as JSON: each value is written as orjson writes it."""

from datetime import datetime, timedelta

import numpy as np
import orjson
from hypothesis import given
from hypothesis import strategies as st

from index.catalogue import Texts, json_moments, json_objects, json_reals, json_texts, json_wholes

MISSING = -(2**62)


@given(st.lists(st.none() | st.text(max_size=12)))
def test_texts_are_written_as_orjson_writes_them(values: list[str | None]) -> None:
    assert list(json_texts(Texts.of(values))) == [orjson.dumps(value).decode() for value in values]


def test_bytes_that_are_no_text_are_replaced() -> None:
    column = Texts.packed(b"a\xff\xc3b", np.array([2, 2], dtype=np.int32))

    assert list(json_texts(column)) == ['"a\ufffd"', '"\ufffdb"']


@given(
    st.lists(
        st.floats(allow_infinity=False)
        | st.floats(-1e7, 1e7).map(lambda value: round(value, 3))
        | st.integers(0, 10**6).map(lambda value: value / 10**6)
    )
)
def test_numbers_are_written_as_orjson_writes_them(values: list[float]) -> None:
    written = list(json_reals(np.array(values, dtype=np.float64)))

    assert written == [orjson.dumps(value).decode() for value in values]


@given(st.lists(st.integers(-(10**17), 10**17)))
def test_whole_numbers_are_written_with_null_for_missing_ones(values: list[int]) -> None:
    written = list(json_wholes(np.array([MISSING, *values], dtype=np.int64), MISSING))

    assert written == ["null", *map(str, values)]


@given(st.lists(st.datetimes(datetime(1000, 1, 1)), min_size=1))
def test_moments_are_written_in_iso_8601(values: list[datetime]) -> None:
    begin = datetime(1970, 1, 1)
    since = [(value - begin) // timedelta(microseconds=1) for value in values]
    written = list(json_moments(np.array([MISSING, *since], dtype=np.int64), MISSING))

    assert written == ["null", *(f'"{value.isoformat()}Z"' for value in values)]


def test_objects_hold_their_columns_in_order() -> None:
    columns = {"name": json_texts(Texts.of(['"', None])), "size": json_reals(np.array([1.5, 2.0]))}
    content, lengths = json_objects(columns)

    assert content.tobytes() == b'{"name":"\\"","size":1.5}{"name":null,"size":2.0}'
    assert lengths.tolist() == [24, 24]
