"""Records -> values: the one reading loop of every import, which reports what it can't use."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from service.importing.progress import Progress
from service.importing.records import Table
from service.importing.report import Report
from service.importing.source import CutShortError, Source, UnusableError
from service.importing.values import PassedOverError, RejectError

T = TypeVar("T")

_MANY_LINES = 10
"""So many lines that are not UTF-8, and none that is beyond ASCII, are no accident."""


def parsed(
    source: Source,
    table: Table,
    parse: Callable[[list[str]], T],
    report: Report,
    progress: Progress,
) -> Iterator[tuple[int, T]]:
    """Yield line number and values of each good record; the report gets the others.

    A file that breaks off ends the records; the report says so.

    Raises
    ------
    UnusableError
        Most lines are not in the encoding that the file is read in.
    """
    try:
        for line, cells in progress.reading(source, table.records(report.reject_broken)):
            report.read += 1
            try:
                values = parse(cells)
            except RejectError as reason:
                report.reject(str(reason), line)
            except PassedOverError as reason:
                report.note("passed_over", str(reason), line)
            else:
                yield line, values
    except CutShortError as reason:
        report.cut_short = str(reason)
    _check_encoding(source, report)


def _check_encoding(source: Source, report: Report) -> None:
    """Refuse a file that is in another encoding; of single lines that are, say what may help."""
    advice = "name its encoding, such as --encoding cp1252 or --encoding latin-1"
    if source.undecoded * 2 > report.read:
        raise UnusableError(f"most lines of this file are not UTF-8 text: {advice}")
    if source.undecoded >= _MANY_LINES and not source.accented:
        raise UnusableError(f"no line with accents in this file is UTF-8 text: {advice}")
    if source.mistaken and source.mistaken == source.accented:
        raise UnusableError("this file is UTF-8 text: leave out --encoding")
    if source.undecoded:
        report.hints.append(f"If the file is not in UTF-8, {advice}")
