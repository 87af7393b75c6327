"""The manifest: what a generation is, and the hash and size of each of its files.

It is checked before anything else of a generation is read. Its own bytes must be exactly what
encoding its content gives, checksum included, so no change of a single bit goes unseen.
"""

import hashlib
import os
import time
import zlib
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import orjson

from index.catalogue import Watermark
from index.features import FEATURES
from index.parallel import cores

T = TypeVar("T")

FORMAT = 8
"""Raised whenever a reader of the previous format could not read the new one."""
MANIFEST_NAME = "manifest.json"
_MOST_HASHERS = 4
HASHED_AT_ONCE = 1 << 20
"""Bytes. Neither reading nor hashing holds the GIL: few, long steps leave it to requests."""


class UnusableGeneration(Exception):
    """A generation that must not be served."""


class DamagedGeneration(UnusableGeneration):
    """A generation that is not what was published: a file is missing, changed or cut."""


class UnreadableGeneration(UnusableGeneration):
    """A generation that cannot be read now: no permission, or no memory or descriptors left."""


class OutdatedGeneration(UnusableGeneration):
    """An intact generation of another file format or feature table."""


class ForeignGeneration(UnusableGeneration):
    """An intact generation of another database."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a generation."""

    size: int
    sha256: str
    crc32: str

    @property
    def checksum(self) -> "Checksum":
        """Return what `verify_sources` compares."""
        return self.size, self.crc32


Checksum: TypeAlias = tuple[int, str]
"""Size and CRC-32 of a file: found in a fifth of the time that SHA-256 takes."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is. ``files`` names every file of the folder but the manifest."""

    format: int
    generation: int
    database: str
    watermark: Watermark
    built_at: float
    versions: dict[str, str]
    features: list[dict[str, Any]]
    counts: dict[str, int]
    files: dict[str, FileEntry]

    @property
    def size_bytes(self) -> int:
        """Size of all files together."""
        return sum(entry.size for entry in self.files.values())


def feature_table() -> list[dict[str, Any]]:
    """Return the features as vectors of this program are made of them."""
    return [
        {"name": feature.name, "weight": feature.weight, "evenly": feature.evenly}
        for feature in FEATURES
    ]


_SETTLED_NANOSECONDS = 500_000_000
"""A file that was changed so lately could change again and keep its times."""
_described: dict[Path, tuple["_FileStamp", "FileEntry"]] = {}
"""What `describe_files` found last: `verify_written` need not find it once more."""


def describe_files(folder: Path, names: Collection[str] | None = None) -> dict[str, FileEntry]:
    """Return size and hashes of every file in ``folder``, once they have reached the disk.

    ``names`` are those to describe, where others are still being written.
    """
    paths = [path for path in sorted(folder.iterdir()) if path.name != MANIFEST_NAME]
    if names is not None:
        paths = [path for path in paths if path.name in names]
    found = {path: _synced_entry(path) for path in paths}
    for path in list(_described):
        if path.parent != folder:
            _described.pop(path, None)  # another thread may describe other files of this one
    _described.update(found)
    return {path.name: found[path][1] for path in paths}


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write the manifest, the last file of a generation, and see it to the disk."""
    path = folder / MANIFEST_NAME
    path.write_bytes(_with_checksum(asdict(manifest)))
    sync_file(path)


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest of ``folder``, not yet the files that it names."""
    try:
        content = (folder / MANIFEST_NAME).read_bytes()
    except OSError as error:
        raise unusable(f"{folder.name}/{MANIFEST_NAME}", error) from error
    body = _unsealed(content)
    if body is None:
        raise DamagedGeneration(f"{folder.name}: {MANIFEST_NAME} differs from what was published")
    if body["format"] != FORMAT or body["features"] != feature_table():
        raise OutdatedGeneration(f"{folder.name}: made with another format or feature table")

    watermark = Watermark(body["watermark"]["high"], tuple(body["watermark"]["missing"]))
    files = {name: FileEntry(**entry) for name, entry in body["files"].items()}
    return Manifest(**(body | {"watermark": watermark, "files": files}))


def unusable(what: str, error: OSError) -> UnusableGeneration:
    """Return what it means that a generation's file cannot be read."""
    kind = DamagedGeneration if isinstance(error, FileNotFoundError) else UnreadableGeneration
    return kind(f"{what}: {error.strerror}")


def manifest_digest(folder: Path) -> str:
    """Return the hash of the manifest's bytes, which stands for the whole generation."""
    return _file_entry(folder / MANIFEST_NAME).sha256


def verify_files(
    manifest: Manifest,
    folder: Path,
    only: Collection[str] | None = None,
    *,
    parallel: bool = False,
) -> None:
    """Compare every file of ``folder`` with the manifest; raise `DamagedGeneration`.

    ``only`` names the files to read; whether the others are there is looked at all the same. In
    haste it takes all cores, which a process that answers requests had better not do.
    """
    _compare(manifest, folder, only, _file_entry, lambda entry: entry, parallel=parallel)


def verify_sources(manifest: Manifest, folder: Path, only: Collection[str]) -> None:
    """Do as `verify_files` does in haste, for files from which the next generation is made.

    By their CRC-32, which sees any flipped bit, any run of up to 32 damaged ones, and of other
    damages all but one in four thousand million. What is served was verified by SHA-256.
    """
    _compare(manifest, folder, only, _checksum, lambda entry: entry.checksum, parallel=True)


def verify_written(manifest: Manifest, folder: Path) -> None:
    """Do as `verify_files` does, for a folder that this process has just written.

    Files that are, by their times, as they were when `describe_files` read them back are not read
    a second time: it would be the same memory.
    """
    known = {
        path.name
        for path, (marks, entry) in _described.items()
        if path.parent == folder
        and manifest.files.get(path.name) == entry
        and marks is not None
        and marks == _file_stamp(path)
    }
    verify_files(manifest, folder, manifest.files.keys() - known, parallel=True)


def _synced_entry(path: Path) -> tuple["_FileStamp", FileEntry]:
    sync_file(path)
    marks = _file_stamp(path)
    return marks, _file_entry(path)


_FileStamp: TypeAlias = tuple[int, ...] | None


def _file_stamp(path: Path) -> _FileStamp:
    """Return what a change of a file changes; None where it has only just been changed."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    if time.time_ns() - found.st_ctime_ns < _SETTLED_NANOSECONDS:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _compare(
    manifest: Manifest,
    folder: Path,
    only: Collection[str] | None,
    find: Callable[[Path], T],
    told: Callable[[FileEntry], T],
    *,
    parallel: bool,
) -> None:
    """Compare what is found in files with what the manifest told of them."""
    present = {path.name for path in folder.iterdir()} - {MANIFEST_NAME}
    if present != set(manifest.files):
        names = ", ".join(sorted(present ^ set(manifest.files)))
        raise DamagedGeneration(f"{folder.name}: files are missing or were added: {names}")

    listed = [name for name in manifest.files if only is None or name in only]
    listed.sort(key=lambda name: manifest.files[name].size, reverse=True)
    check = partial(_found_in, folder, find)
    if parallel:
        with ThreadPoolExecutor(min(cores(), _MOST_HASHERS)) as pool:
            found = list(pool.map(check, listed))
    else:
        found = [check(name) for name in listed]
    for name, each in zip(listed, found, strict=True):
        if each != told(manifest.files[name]):
            raise DamagedGeneration(f"{folder.name}/{name} differs from what was published")


def _found_in(folder: Path, find: Callable[[Path], T], name: str) -> T:
    try:
        return find(folder / name)
    except OSError as error:
        raise unusable(f"{folder.name}/{name}", error) from error


def sync_file(path: Path) -> None:
    """Return once the file, or the folder's list of names, has reached the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _file_entry(path: Path) -> FileEntry:
    digest, crc, size = hashlib.sha256(), 0, 0
    for part in _parts(path):
        digest.update(part)
        crc = zlib.crc32(part, crc)
        size += len(part)
    return FileEntry(size, digest.hexdigest(), f"{crc:08x}")


def _checksum(path: Path) -> Checksum:
    crc, size = 0, 0
    for part in _parts(path):
        crc = zlib.crc32(part, crc)
        size += len(part)
    return size, f"{crc:08x}"


def _parts(path: Path) -> Iterator[memoryview]:
    """Yield what is in a file, piece by piece, always in the same memory."""
    buffer = memoryview(bytearray(HASHED_AT_ONCE))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(buffer):
            yield buffer[:size]


def _with_checksum(body: dict[str, Any]) -> bytes:
    checksum = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return orjson.dumps(
        body | {"sha256": checksum},
        option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
    )


def _unsealed(content: bytes) -> dict[str, Any] | None:
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(body, dict):
        return None
    body.pop("sha256", None)
    return body if _with_checksum(body) == content else None
