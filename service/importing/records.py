"""Lines -> CSV records, with recovery: a broken line costs that line, not the rest of the file."""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from service.importing.source import CutShortError, Line, UnusableError

MAX_RECORD_LINES = 100
"""Line breaks within quotes are allowed, but a record that goes on longer has lost its quote."""
MAX_COLUMNS = 1000
DELIMITERS = ",;\t|"
"""What may separate columns; the header tells which one does."""

Rejecter = Callable[[str, int], None]
"""Called with the reason and the line number of each line that cannot be used."""

_REASONS = {
    "unexpected end of data": "a quote is never closed",
    "field larger than field limit (131072)": "a field is longer than 128 KiB",
}
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_NAMED_DELIMITER = re.compile(r'"?sep=(.)"?\s*')
"""The first line with which spreadsheets tell each other what separates columns."""


class Record(NamedTuple):
    """One row of the file and the line on which it starts."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """The column names of a file, and its rows, which can be read once."""

    columns: list[str]
    records: Callable[[Rejecter], Iterator[Record]]
    """Yields the rows; lines that are none go to the `Rejecter`."""


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


def records(lines: Iterator[Line], reject: Rejecter, delimiter: str = ",") -> Iterator[Record]:
    """Yield the non-blank records; broken lines go to ``reject`` with the reason."""
    feed = _Feed(lines)
    # Some programs write a space after the comma: without skipping it, quotes would be content.
    reader = csv.reader(feed, strict=True, delimiter=delimiter, skipinitialspace=True)
    while True:
        feed.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (_BrokenError, csv.Error) as error:
            first = feed.give_up()
            if cells := _with_escapes(first, delimiter):
                yield Record(first.number, cells)
            else:
                reject(first.problem or _reason(error), first.number)
            continue
        if cells:
            yield Record(feed.taken[0].number, cells)


def _with_escapes(line: Line, delimiter: str) -> list[str]:
    """Return the cells of a line that escapes quotes by backslashes; none if it does not."""
    if line.problem or '\\"' not in line.text:
        return []
    text = re.sub(
        rf"(?<![^{re.escape(delimiter)}])\\N(?![^{re.escape(delimiter)}\s])", "", line.text
    )
    reader = csv.reader(
        [text], strict=True, delimiter=delimiter, skipinitialspace=True, escapechar="\\"
    )
    try:
        return next(reader)
    except (csv.Error, StopIteration):
        return []


def _reason(error: Exception) -> str:
    if isinstance(error, _BrokenError):
        return "a quote is never closed"
    if "expected after" in str(error):
        return "there is text after a closing quote"
    return _REASONS.get(str(error), "the line is not valid CSV")


def read_table(lines: Iterator[Line]) -> Table:
    """Read the column names; raise `UnusableError` if the first line is no CSV header."""

    def refuse(reason: str, line: int) -> None:
        raise UnusableError(f"this is not a CSV file: line {line}: {reason}")

    try:
        first = next((line for line in lines if line.problem or line.text.strip()), None)
        named = _NAMED_DELIMITER.fullmatch(first.text) if first else None
        if named:
            first = next(lines, None)
        if first is None:
            raise UnusableError("the file is empty")
        delimiter = named[1] if named else delimiter_of(first.text)
        header = next(records(chain([first], lines), refuse, delimiter), None)
    except CutShortError as error:
        raise UnusableError(str(error)) from error
    if header is None:
        raise UnusableError("the file is empty")
    if len(header.cells) > MAX_COLUMNS:
        raise UnusableError(f"the file has more than {MAX_COLUMNS:,} columns")
    return Table(header.cells, lambda reject: records(lines, reject, delimiter))


def delimiter_of(header: str) -> str:
    """Return the character that separates most columns of a header; a comma if there is none."""
    outside = _QUOTED.sub("", header)
    return max(DELIMITERS, key=outside.count)
