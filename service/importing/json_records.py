"""JSON -> records: arrays of objects, and files with an object on each line.

The line of a record is its number among the objects of the file.
"""

import json
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from service.importing.columns import plain_name
from service.importing.records import MAX_COLUMNS, Record, Rejecter, Table
from service.importing.source import CutShortError, UnusableError

MAX_OBJECT_CHARACTERS = 1 << 20
OBJECTS_FOR_HEADER = 1000
"""A key that no earlier object has is not a column."""
_BETWEEN = " \t\r\n,[]\ufeff"

Row = dict[str, str]


def read_json(pieces: Iterator[str]) -> Table:
    """Read the keys of the first objects as column names; raise `UnusableError` without any."""
    rows = enumerate(map(_shallow_row, objects(pieces)), 1)
    first: list[tuple[int, Row]] = []
    problem: CutShortError | None = None
    try:
        first.extend(islice(rows, OBJECTS_FOR_HEADER))
    except CutShortError as error:
        problem = error
    columns = list(dict.fromkeys(name for _line, row in first for name in row))
    if not columns:
        raise UnusableError(str(problem or "the file holds no JSON objects"))
    if len(columns) > MAX_COLUMNS:
        raise UnusableError(f"the objects have more than {MAX_COLUMNS:,} keys")

    def records(_reject: Rejecter) -> Iterator[Record]:
        for line, row in chain(first, rows):
            yield Record(line, [row.get(name, "") for name in columns])
        if problem:
            raise problem

    return Table(columns, records)


def objects(pieces: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file, however large it is.

    Raises
    ------
    CutShortError
        What follows is no object, or is cut off.
    """
    decoder, buffer, at = json.JSONDecoder(), "", 0
    for piece in chain(pieces, [None]):
        buffer, at = buffer[at:] + (piece or ""), 0
        while at < len(buffer):
            if buffer[at] in _BETWEEN:
                at += 1
                continue
            if buffer[at] != "{":
                raise CutShortError("the JSON is damaged: it should be a list of objects")
            try:
                value, at = decoder.raw_decode(buffer, at)
            except RecursionError:
                raise CutShortError("the JSON is nested too deeply") from None
            except ValueError:
                break
            yield value
        if len(buffer) - at > MAX_OBJECT_CHARACTERS:
            raise CutShortError("the JSON is damaged, or an object is longer than 1 MiB")
    if at < len(buffer):
        raise CutShortError("the JSON is damaged or breaks off")


def _shallow_row(value: dict[str, Any]) -> Row:
    try:
        return _row(value)
    except RecursionError:
        raise CutShortError("the JSON is nested too deeply") from None


def _row(value: dict[str, Any]) -> Row:
    """Return the texts of an object by plain key; objects within it are taken as its own keys."""
    row: Row = {}
    inner: list[dict[str, Any]] = []
    for key, each in value.items():
        if isinstance(each, dict):
            inner.append(each)
        else:
            row.setdefault(plain_name(key), _text(each))
    for each in inner:
        row = {**_row(each), **row}
    return row


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\0", "")
    return json.dumps(value)
