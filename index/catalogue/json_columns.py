"""Whole columns as JSON, as orjson would write each value: no Python object is made for any."""

from collections.abc import Mapping

import numpy as np
import orjson
from numpy.typing import NDArray

from index.catalogue.text_column import Texts
from index.kernels import column_json as kernels

Encoded = Texts
"""Values of a column, each written as JSON."""


def json_texts(texts: Texts) -> Encoded:
    """Return JSON strings, ``null`` where there is no text."""
    content = texts.content.tobytes()
    try:
        content.decode()
    except UnicodeDecodeError:
        texts = Texts.of(list(texts))
    return Encoded.packed(
        *kernels.quote(texts.content, texts.starts.astype(np.int64), texts.lengths)
    )


def json_reals(values: NDArray[np.float64]) -> Encoded:
    """Return finite numbers as JSON, ``null`` for NaN."""
    values = np.ascontiguousarray(values)
    content, lengths = kernels.reals(values)
    encoded = Encoded.packed(content, lengths)
    late = np.flatnonzero(lengths < 0)
    if not len(late):
        return encoded
    others = [orjson.dumps(value) for value in values[late].tolist()]
    sizes = np.array([len(other) for other in others], dtype=np.int32)
    starts, lengths = encoded.starts.astype(np.int64), lengths.copy()
    starts[late], lengths[late] = len(content) + np.cumsum(sizes) - sizes, sizes
    behind = np.frombuffer(b"".join(others), np.uint8)
    return Encoded(np.concatenate([content, behind]), starts.astype(np.uint64), lengths)


def json_wholes(values: NDArray[np.int64], missing: int) -> Encoded:
    """Return whole numbers as JSON, ``null`` for ``missing``."""
    return Encoded.packed(*kernels.wholes(values, missing))


def json_moments(microseconds: NDArray[np.int64], missing: int) -> Encoded:
    """Return moments since 1970 (UTC) as JSON in ISO 8601, ``null`` for ``missing``."""
    return Encoded.packed(*kernels.moments(microseconds, missing))


def json_objects(
    columns: Mapping[str, Encoded],
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return one JSON object per position, joined, and the length of each."""
    n = len(next(iter(columns.values())))
    keys = [f"{',' if i else '{'}{orjson.dumps(name).decode()}:" for i, name in enumerate(columns)]
    contents, starts, lengths, before = [], [], [], 0
    for key, column in zip([*keys, "}"], [*columns.values(), None], strict=True):
        word = np.frombuffer(key.encode(), np.uint8)
        contents.append(word)
        starts.append(np.full(n, before, dtype=np.int64))
        lengths.append(np.full(n, len(word), dtype=np.int64))
        before += len(word)
        if column is not None:
            contents.append(column.content)
            starts.append(column.starts.astype(np.int64) + before)
            lengths.append(column.lengths.astype(np.int64))
            before += len(column.content)
    return kernels.interleave(np.concatenate(contents), np.stack(starts), np.stack(lengths))
