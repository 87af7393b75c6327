"""Lines -> CSV records, with recovery: a broken line costs that line, not the rest of the file."""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

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
_QUOTED = re.compile(r""""[^"]*"|'[^']*'""")
_NAMED_DELIMITER = re.compile(r'"?sep=([,;|:^~\t])"?\s*')
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


@dataclass(frozen=True, slots=True)
class Dialect:
    """What separates cells, and what stands around them."""

    delimiter: str
    quote: str

    @classmethod
    def of(cls, header: str, delimiter: str | None) -> "Dialect":
        """Tell the dialect by the header line; ``delimiter`` is given where the file names it."""
        quote = "'" if header.lstrip().startswith("'") else '"'
        return cls(delimiter or delimiter_of(header), quote)

    def without_tabs(self, line: Line) -> Line:
        """Drop tabs and no-break spaces before a quote: `reader` skips only plain spaces."""
        if self.delimiter == "\t" or ("\t" not in line.text and "\xa0" not in line.text):
            return line
        before_quote = rf"(^|{re.escape(self.delimiter)})[ \t\xa0]+(?={self.quote})"
        return line._replace(text=re.sub(before_quote, r"\1", line.text))

    def reader(self, lines: Iterable[str], **options: Any) -> "Iterator[list[str]]":
        """Read cells strictly. A space after the comma is skipped: a quote after it is a quote."""
        return csv.reader(
            lines,
            strict=True,
            delimiter=self.delimiter,
            quotechar=self.quote,
            skipinitialspace=True,
            **options,
        )


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


def records(lines: Iterator[Line], reject: Rejecter, dialect: "Dialect") -> Iterator[Record]:
    """Yield the non-blank records; broken lines go to ``reject`` with the reason."""
    feed = _Feed(map(dialect.without_tabs, lines))
    reader = dialect.reader(feed)
    while True:
        feed.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (_BrokenError, csv.Error) as error:
            first = feed.give_up()
            if cells := _repaired(first, dialect):
                yield Record(first.number, cells)
            else:
                reject(first.problem or _reason(error), first.number)
            continue
        if cells:
            yield Record(feed.taken[0].number, cells)


def _repaired(line: Line, dialect: "Dialect") -> list[str]:
    r"""Return the cells of a line that is CSV to other programs; none if it is not.

    Those escape quotes by backslashes, and NULL is ``\N``; or put a space before a comma.
    """
    if line.problem:
        return []
    edge = re.escape(dialect.delimiter)
    text = re.sub(rf"(?<![^{edge}])\\N(?![^{edge}\s])", "", line.text)
    try:
        if "\\" in text:
            return next(dialect.reader([text], escapechar="\\"))
        return next(
            dialect.reader([re.sub(rf"{dialect.quote} +(?={edge}|\s*$)", dialect.quote, text)])
        )
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
        dialect = Dialect.of(first.text, named[1] if named else None)
        header = next(records(chain([first], lines), refuse, dialect), None)
    except CutShortError as error:
        raise UnusableError(str(error)) from error
    if header is None:
        raise UnusableError("the file is empty")
    if len(header.cells) > MAX_COLUMNS:
        raise UnusableError(f"the file has more than {MAX_COLUMNS:,} columns")
    return Table(header.cells, lambda reject: records(lines, reject, dialect))


def delimiter_of(header: str) -> str:
    """Return the character that separates most columns of a header; a comma if there is none."""
    outside = _QUOTED.sub("", header)
    return max(DELIMITERS, key=outside.count)
