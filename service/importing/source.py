"""The lines of a CSV or gzipped CSV file, read so that no file can exhaust memory or patience."""

import gzip
import stat
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple

MAX_LINE_BYTES = 1 << 20
EXPANSION_GRACE_BYTES = 64 << 20
MAX_EXPANSION = 200
"""A gzip file that has grown past the grace and by more than this factor is taken for a bomb."""

_CHECK_EVERY_BYTES = 8 << 20
_GZIP = b"\x1f\x8b"
_UTF8_BOM = b"\xef\xbb\xbf"
_FOREIGN = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet: unpack it or save it as CSV",
    b"BZh": "compressed with bzip2: only gzip is read",
    b"\xfd7zXZ": "compressed with xz: only gzip is read",
    b"\x28\xb5\x2f\xfd": "compressed with zstd: only gzip is read",
    b"\xff\xfe": "text in UTF-16: save it as UTF-8",
    b"\xfe\xff": "text in UTF-16: save it as UTF-8",
    b"SQLite format 3": "an SQLite database, not a CSV file",
    b"PAR1": "a Parquet file, not a CSV file",
}


class UnusableError(Exception):
    """Nothing can be imported from this file; the message says why."""


class CutShortError(Exception):
    """The file could not be read to its end; what came before it counts."""


class Line(NamedTuple):
    """One physical line. ``problem`` says why its text cannot be used."""

    number: int
    text: str
    problem: str | None = None


class Source:
    """An open CSV file. Whether it is gzipped is told by its content, not by its name."""

    def __init__(self, path: Path, *, encoding: str = "utf-8") -> None:
        self._encoding = encoding
        self._raw = _open(path)
        head = self._raw.peek(16)
        for magic, what in _FOREIGN.items():
            if head.startswith(magic):
                self._raw.close()
                raise UnusableError(f"this is {what}")
        self._zipped = head.startswith(_GZIP)
        self._stream: BinaryIO = (
            gzip.GzipFile(fileobj=self._raw) if self._zipped else self._raw  # type: ignore[assignment]
        )
        self.size = path.stat().st_size

    def __enter__(self) -> "Source":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()
        self._raw.close()

    def position(self) -> int:
        """Return how many bytes of the file on disk have been taken."""
        return self._raw.tell()

    def lines(self) -> Iterator[Line]:
        """Yield the lines in order; a file that breaks off raises `CutShortError`."""
        for number, data in enumerate(self._byte_lines(), 1):
            if data is None:
                yield Line(number, "", "the line is longer than 1 MiB")
                continue
            try:
                text = data.removeprefix(_UTF8_BOM).decode(self._encoding)
            except UnicodeDecodeError:
                yield Line(number, "", f"the line is not {self._encoding.upper()} text")
                continue
            yield Line(number, text, "the line holds a NUL character" if "\0" in text else None)

    def _byte_lines(self) -> Iterator[bytes | None]:
        """Yield lines with their line ends, None for one that is too long."""
        total, next_check, within_long_line = 0, _CHECK_EVERY_BYTES, False
        while data := self._read_line():
            total += len(data)
            if total >= next_check:
                self._refuse_bombs(total)
                next_check = total + _CHECK_EVERY_BYTES
            complete = data.endswith(b"\n")
            too_long = not complete and len(data) >= MAX_LINE_BYTES
            if within_long_line:
                within_long_line = too_long
                continue
            within_long_line = too_long
            yield None if too_long else data

    def _read_line(self) -> bytes:
        try:
            return self._stream.readline(MAX_LINE_BYTES)
        except EOFError as error:
            raise CutShortError("the gzip file is truncated") from error
        except (zlib.error, gzip.BadGzipFile) as error:
            raise CutShortError("the gzip data is damaged") from error
        except OSError as error:
            raise CutShortError(f"the file cannot be read: {error.strerror}") from error

    def _refuse_bombs(self, total: int) -> None:
        if not self._zipped or total < EXPANSION_GRACE_BYTES:
            return
        if total > MAX_EXPANSION * max(self.position(), 1):
            raise CutShortError(f"the gzip file expands more than {MAX_EXPANSION}-fold")


def _open(path: Path) -> BufferedReader:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnusableError("this is not a file")
        return path.open("rb")
    except FileNotFoundError as error:
        raise UnusableError("there is no such file") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name cannot be used"
        raise UnusableError(f"the file cannot be opened: {reason}") from error
