"""Records -> values: the one reading loop of every import, which reports what it can't use."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from service.importing.progress import Progress
from service.importing.records import records
from service.importing.report import Report
from service.importing.source import CutShortError, Line, Source
from service.importing.values import RejectError

T = TypeVar("T")


def parsed(
    source: Source,
    lines: Iterator[Line],
    parse: Callable[[list[str]], T],
    report: Report,
    progress: Progress,
) -> Iterator[tuple[int, T]]:
    """Yield line number and values of each good record; the report gets the others.

    A file that breaks off ends the records; the report says so.
    """
    try:
        for line, cells in progress.reading(source, records(lines, report.reject_broken)):
            report.read += 1
            try:
                values = parse(cells)
            except RejectError as reason:
                report.reject(str(reason), line)
            else:
                yield line, values
    except CutShortError as reason:
        report.cut_short = str(reason)
