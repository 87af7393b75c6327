"""What sessions have come to, kept in small files that all workers share.

A session is a journal: the first line tells how it began, each further line what it gave out or
what was done. Lines are appended under a lock of the file, so requests of one session take turns,
whichever worker answers them; a line that was cut short by a crash is dropped by the next one.
See docs/decisions/sessions.md.
"""

import fcntl
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import orjson

KEPT_DAYS = 7
"""A session that nobody asked for that long is forgotten."""
SWEEP_SECONDS = 3_600.0
_DAY = 86_400
_ID = re.compile(r"[A-Za-z0-9_-]{22}")

Line = dict[str, Any]


class Journal:
    """One session's lines, held by one request."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.lines, whole = _whole_lines(file.read())
        file.truncate(whole)

    def append(self, line: Line) -> None:
        """Add a line; it is there for whoever comes next."""
        self._file.seek(0, os.SEEK_END)
        self._file.write(orjson.dumps(line) + b"\n")
        self._file.flush()


def _whole_lines(content: bytes) -> tuple[list[Line], int]:
    """Return the lines before the first that a crash has spoilt, and where they end."""
    lines: list[Line] = []
    start = 0
    while (end := content.find(b"\n", start) + 1) > 0:
        try:
            lines.append(orjson.loads(content[start:end]))
        except orjson.JSONDecodeError:
            break
        start = end
    return lines, start


class Journals:
    """All sessions of a data directory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._swept_at = -SWEEP_SECONDS

    def begin(self, line: Line) -> str:
        """Begin a session and return its id, which nobody can guess."""
        self._sweep()
        session_id = secrets.token_urlsafe(16)
        path = self._path(session_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(orjson.dumps(line) + b"\n")
        return session_id

    @contextmanager
    def held(self, session_id: str) -> Iterator[Journal | None]:
        """Yield a session that is nobody else's meanwhile; None where there is none."""
        if not _ID.fullmatch(session_id):
            yield None
            return
        try:
            file = self._path(session_id).open("r+b")
        except FileNotFoundError:
            yield None
            return
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            journal = Journal(file)
            # One that was ended while this request waited has no lines left.
            yield journal if journal.lines else None

    def end(self, session_id: str) -> bool:
        """Forget a session; tell whether there was one."""
        with self.held(session_id) as journal:
            if journal is None:
                return False
            path = self._path(session_id)
            os.truncate(path, 0)
            path.unlink()
            return True

    def _path(self, session_id: str) -> Path:
        return self._folder / session_id[:2] / f"{session_id}.jsonl"

    def _sweep(self) -> None:
        """Remove what nobody has asked for, at most once in a while."""
        if time.monotonic() - self._swept_at < SWEEP_SECONDS:
            return
        self._swept_at = time.monotonic()
        oldest = time.time() - KEPT_DAYS * _DAY
        for path in self._folder.glob("*/*.jsonl"):
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
            except FileNotFoundError:
                continue  # another worker was quicker
