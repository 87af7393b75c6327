"""Lines -> CSV records, with recovery: a broken line costs that line, not the rest of the file."""

import csv
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from service.importing.source import CutShortError, Line, UnusableError

MAX_RECORD_LINES = 100
"""Line breaks within quotes are allowed, but a record that goes on longer has lost its quote."""
MAX_COLUMNS = 1000

Rejecter = Callable[[str, int], None]
"""Called with the reason and the line number of each line that cannot be used."""

_REASONS = {
    "unexpected end of data": "a quote is never closed",
    "',' expected after '\"'": "there is text after a closing quote",
    "field larger than field limit (131072)": "a field is longer than 128 KiB",
}


class Record(NamedTuple):
    """One row of the file and the line on which it starts."""

    line: int
    cells: list[str]


class _BrokenError(Exception):
    """The record that is being read cannot be completed."""


class _Feed:
    """Hands lines to the CSV reader and remembers those of the current record."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._again: deque[Line] = deque()
        self.taken: list[Line] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_RECORD_LINES:
            raise _BrokenError
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        if line.problem:
            raise _BrokenError
        return line.text

    def give_up(self) -> Line:
        """Drop the first line of the current record and read the others again."""
        first, *rest = self.taken
        self._again.extendleft(reversed(rest))
        return first


def records(lines: Iterator[Line], reject: Rejecter) -> Iterator[Record]:
    """Yield the non-blank records; broken lines go to ``reject`` with the reason."""
    feed = _Feed(lines)
    reader = csv.reader(feed, strict=True)
    while True:
        feed.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (_BrokenError, csv.Error) as error:
            first = feed.give_up()
            reject(first.problem or _reason(error), first.number)
            continue
        if cells:
            yield Record(feed.taken[0].number, cells)


def _reason(error: Exception) -> str:
    if isinstance(error, _BrokenError):
        return "a quote is never closed"
    return _REASONS.get(str(error), "the line is not valid CSV")


def read_header(lines: Iterator[Line]) -> list[str]:
    """Return the column names of the first line; raise `UnusableError` if it is no CSV header."""

    def refuse(reason: str, line: int) -> None:
        raise UnusableError(f"this is not a CSV file: line {line}: {reason}")

    try:
        header = next(records(lines, refuse), None)
    except CutShortError as error:
        raise UnusableError(str(error)) from error
    if header is None:
        raise UnusableError("the file is empty")
    if len(header.cells) > MAX_COLUMNS:
        raise UnusableError(f"the file has more than {MAX_COLUMNS:,} columns")
    return header.cells
