"""The lines of a CSV or gzipped CSV file, read so that no file can exhaust memory or patience."""

import codecs
import gzip
import io
import stat
import zlib
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple

MAX_LINE_BYTES = 1 << 20
EXPANSION_GRACE_BYTES = 64 << 20
MAX_EXPANSION = 200
"""A gzip file that has grown past the grace and by more than this factor is taken for a bomb."""

_CHECK_EVERY_BYTES = 8 << 20
_GZIP = b"\x1f\x8b"
_UTF8_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_HEAD_BYTES = 64
_CHUNK_BYTES = 1 << 16
_FOREIGN = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet: unpack it or save it as CSV",
    b"BZh": "compressed with bzip2: only gzip is read",
    b"\xfd7zXZ": "compressed with xz: only gzip is read",
    b"\x28\xb5\x2f\xfd": "compressed with zstd: only gzip is read",
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
        self.undecoded = 0
        """Lines so far that are not text in the encoding of the file."""
        self.accented = 0
        """Lines so far that are text, with letters other than ASCII."""
        self.mistaken = 0
        """Of those, how many would be text in UTF-8, but are read in another encoding."""
        wide = wide_encoding(self._peek())
        if wide:
            self._encoding = "utf-8"
            transcoded = _Transcoded(self._stream, wide)
            self._stream = io.BufferedReader(transcoded)

    def _peek(self) -> bytes:
        """Return the first bytes of the content; none where they cannot be read."""
        try:
            return self._stream.peek(_HEAD_BYTES)[:_HEAD_BYTES]  # type: ignore[attr-defined,no-any-return]
        except (OSError, EOFError, zlib.error):
            return b""  # Reading the first line will say why.

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
                text = self._decoded(data.removeprefix(_UTF8_BOM))
            except UnicodeDecodeError:
                self.undecoded += 1
                yield Line(number, "", f"the line is not {self._encoding.upper()} text")
                continue
            yield Line(number, text, "the line holds a NUL character" if "\0" in text else None)

    def _decoded(self, data: bytes) -> str:
        text = data.decode(self._encoding)
        if not data.isascii():
            self.accented += 1
            self.mistaken += self._encoding != "utf-8" and _is_utf8(data)
        return text

    def is_json(self) -> bool:
        """Tell whether the content begins as JSON does."""
        head = self._peek().removeprefix(_UTF8_BOM).lstrip()
        return head.startswith((b"{", b"[{")) or (
            head[:1] == b"[" and head[1:].lstrip()[:1] in b"{]"
        )

    def text(self) -> Iterator[str]:
        """Yield the content in pieces; what is no text becomes a replacement character."""
        decoder = codecs.getincrementaldecoder(self._encoding)(errors="replace")
        total, next_check = 0, _CHECK_EVERY_BYTES
        while data := self._guarded(lambda: self._stream.read(_CHUNK_BYTES)):
            total += len(data)
            if total >= next_check:
                self._refuse_bombs(total)
                next_check = total + _CHECK_EVERY_BYTES
            yield decoder.decode(data)
        yield decoder.decode(b"", final=True)

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
        return self._guarded(lambda: self._stream.readline(MAX_LINE_BYTES))

    def _guarded(self, read: Callable[[], bytes]) -> bytes:
        try:
            return read()
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


class _Transcoded(io.RawIOBase):
    """A stream of UTF-16 or UTF-32 as UTF-8; what is no text becomes bytes that are no UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._from = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="surrogatepass")
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        """Tell that this stream can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer`` as far as one piece goes; return the number of bytes, 0 at the end."""
        while not self._ready and not self._ended:
            data = self._from.read(_CHUNK_BYTES)
            self._ended = not data
            self._ready = self._as_utf8(data)
        part, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def _as_utf8(self, data: bytes) -> bytes:
        try:
            text = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError:
            self._ended = True
            return b"\xff"
        return text.encode("utf-8", "surrogatepass")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def wide_encoding(head: bytes) -> str | None:
    """Tell UTF-16 and UTF-32 by the first bytes of a file; None if it is neither.

    Without a byte order mark, every other byte of western text in UTF-16 is 0.
    """
    for mark, encoding in _WIDE_BOMS.items():
        if head.startswith(mark):
            return encoding
    even, odd = head[0:32:2], head[1:32:2]
    if len(odd) >= 8 and not any(odd) and all(even):
        return "utf-16-le"
    return "utf-16-be" if len(odd) >= 8 and not any(even) and all(odd) else None


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
