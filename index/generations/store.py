"""Generations on disk: publishing one, opening the best one, clearing away the rest.

    <folder>/gen-000123/      one generation: its files and manifest.json
    <folder>/CURRENT          "gen-000123 <hash of its manifest>": replacing it is the commit point
    <folder>/.lock            held while names in the folder change
    <folder>/.tmp-...         being written; its writer holds a lock on it
    <folder>/gen-000123.bad   damaged and set aside

A generation is written aside, synced file by file, sealed by its manifest and renamed into place
before CURRENT names it. Files are never written to again, so readers may map them.
"""

import fcntl
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from index.generations.page_in import page_in
from index.generations.self_check import check_recall
from index.snapshot import Snapshot, open_snapshot
from index.storage import (
    DamagedGeneration,
    ForeignGeneration,
    Manifest,
    UnusableGeneration,
    manifest_digest,
    read_manifest,
    sync_file,
    unusable,
    verify_files,
    verify_written,
)

log = logging.getLogger(__name__)

CURRENT = "CURRENT"
_LOCK = ".lock"
_TEMPORARY = ".tmp-"
_SET_ASIDE = ".bad"
_GENERATION_NAME = re.compile(r"gen-(\d{6,18})")
_STARTS_LIKE_GENERATION = re.compile(r"gen-(\d{6,18})\b")
_CURRENT_LINE = re.compile(r"(gen-\d{6,18}) ([0-9a-f]{64})\n")


class StaleGeneration(Exception):
    """A generation that is not newer than the current one must not replace it."""


class GenerationStore:
    """The generations in one folder, shared by one writer at a time and any number of readers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def publish(self, write: Callable[[Path], object], *, generation: int) -> Path:
        """Make what ``write`` puts into an empty folder the current generation.

        Raises
        ------
        StaleGeneration
            CURRENT already names this or a later generation of the same database.
        UnusableGeneration
            What was written does not pass the checks that readers make.

        """
        with self._temporary_folder(generation) as temporary:
            write(temporary)
            manifest = self._check_written(temporary, generation)
            with self._locked():
                self._refuse_stale(manifest)
                path = self._move_into_place(temporary, manifest)
                self._point_to(path)
        return path

    def current(self) -> Path | None:
        """Return the folder of the current generation.

        Where CURRENT is damaged, or does not fit the generation it names, it is the newest one in
        place; None where there is none.
        """
        pointed = self._pointed()
        return pointed or next(iter(self._generations()), None)

    def highest(self) -> int:
        """Return the highest generation number in the folder, in use or set aside; 0 if empty."""
        found = (_STARTS_LIKE_GENERATION.match(path.name) for path in self._entries())
        return max((int(match[1]) for match in found if match), default=0)

    def load(self, path: Path, *, database: str) -> Snapshot:
        """Verify every file of ``path``, then open it and see that it finds its own tracks.

        Raises
        ------
        UnusableGeneration
            It is damaged, unreadable, outdated, or of another database.

        """
        manifest = read_manifest(path)
        if manifest.database != database:
            raise ForeignGeneration(f"{path.name} belongs to database {manifest.database}")
        if path.name != _name(manifest.generation):
            raise DamagedGeneration(f"{path.name} holds generation {manifest.generation}")
        try:
            verify_files(manifest, path)
            snapshot = _open_checked(path, manifest)
            page_in(snapshot)
            return snapshot
        except OSError as error:  # a writer has just deleted it, or there is no memory for it
            raise unusable(path.name, error) from error

    def open_latest(
        self,
        database: str,
        *,
        set_aside: bool = False,
        on_unusable: Callable[[UnusableGeneration], None] | None = None,
    ) -> Snapshot | None:
        """Open the current generation of ``database`` or, if it is damaged, the newest intact one.

        Parameters
        ----------
        database
            UUID of the database; generations of others are passed over.
        set_aside
            Rename damaged generations, so that nobody tries them again. Only for a writer.
        on_unusable
            Told of each generation that was passed over.

        """
        for path in self._candidates():
            try:
                return self.load(path, database=database)
            except UnusableGeneration as reason:
                log.warning("Generation passed over: %s", reason)
                if on_unusable:
                    on_unusable(reason)
                if set_aside and isinstance(reason, DamagedGeneration):
                    self.set_aside(path)
        return None

    def manifests(self) -> list[Manifest]:
        """Return what the generations say of themselves, newest first; no file is verified."""
        found = []
        for path in self._generations():
            try:
                found.append(read_manifest(path))
            except UnusableGeneration as reason:
                log.warning("Generation passed over: %s", reason)
        return found

    def set_aside(self, path: Path) -> None:
        """Rename a damaged generation to ``.bad``, in place of one that was set aside before."""
        with self._locked():
            bad = path.with_name(path.name + _SET_ASIDE)
            if path.exists():
                shutil.rmtree(bad, ignore_errors=True)
                path.rename(bad)
                sync_file(self.folder)

    def prune(self, keep: int) -> list[Path]:
        """Delete all but the newest ``keep`` generations; the current one always stays.

        Of the generations that were set aside, only the newest stays for a look at it.
        """
        with self._locked():
            current = self.current()
            old = [path for path in self._generations()[max(keep, 1) :] if path != current]
            bad = sorted(self.folder.glob(f"gen-*{_SET_ASIDE}"), reverse=True)
            for path in (*old, *bad[1:]):
                self._delete(path)
        return old

    def sweep(self) -> list[Path]:
        """Delete what writers that died have left behind; return it."""
        with self._locked():
            leftovers = [path for path in self.folder.glob(f"{_TEMPORARY}*") if _abandoned(path)]
            for path in leftovers:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        return leftovers

    def _check_written(self, folder: Path, generation: int) -> Manifest:
        manifest = read_manifest(folder)
        if manifest.generation != generation:
            raise DamagedGeneration(f"generation {manifest.generation} instead of {generation}")
        verify_written(manifest, folder)
        _open_checked(folder, manifest)
        sync_file(folder)
        return manifest

    def _refuse_stale(self, manifest: Manifest) -> None:
        """Refuse what is not newer than CURRENT: a writer may have slept through its successor.

        Where CURRENT is of another database, its numbers say nothing about this one's. Where
        CURRENT is damaged, any generation in place counts.
        """
        pointed = self._pointed()
        for path in [pointed] if pointed else self._generations():
            number, other = _number(path), _manifest_of(path)
            same_database = other is None or other.database == manifest.database
            if same_database and number >= manifest.generation:
                raise StaleGeneration(f"generation {manifest.generation} comes after {number}")

    def _move_into_place(self, temporary: Path, manifest: Manifest) -> Path:
        path = self.folder / _name(manifest.generation)
        if path.exists():
            self._delete(path)
        temporary.rename(path)
        sync_file(self.folder)
        return path

    def _point_to(self, path: Path) -> None:
        temporary = self.folder / f"{_TEMPORARY}{CURRENT}"
        temporary.write_text(f"{path.name} {manifest_digest(path)}\n")
        sync_file(temporary)
        os.replace(temporary, self.folder / CURRENT)
        sync_file(self.folder)

    def _delete(self, path: Path) -> None:
        """Take ``path`` out of sight in one step, then delete its files."""
        doomed = self.folder / f"{_TEMPORARY}deleted-{path.name}"
        shutil.rmtree(doomed, ignore_errors=True)
        path.rename(doomed)
        shutil.rmtree(doomed)

    def _pointed(self) -> Path | None:
        """Return the generation that CURRENT names, if it can be read and has that manifest."""
        try:
            line = (self.folder / CURRENT).read_bytes().decode("ascii", "replace")
            found = _CURRENT_LINE.fullmatch(line)
            if not found or manifest_digest(self.folder / found[1]) != found[2]:
                return None
        except OSError:
            return None
        return self.folder / found[1]

    def _candidates(self) -> list[Path]:
        """Return all generations in the order in which to try them: current, then newest first."""
        current = self.current()
        others = [path for path in self._generations() if path != current]
        return [current, *others] if current else others

    def _generations(self) -> list[Path]:
        """Return the folders of all generations, newest first."""
        found = (path for path in self._entries() if _GENERATION_NAME.fullmatch(path.name))
        return sorted(found, key=_number, reverse=True)

    def _entries(self) -> list[Path]:
        return list(self.folder.iterdir()) if self.folder.exists() else []

    @contextmanager
    def _temporary_folder(self, generation: int) -> Iterator[Path]:
        with self._locked():
            prefix = f"{_TEMPORARY}{_name(generation)}-"
            temporary = Path(tempfile.mkdtemp(prefix=prefix, dir=self.folder))
            temporary.chmod(0o755)
            descriptor = os.open(temporary, os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield temporary
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            os.close(descriptor)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _open_checked(path: Path, manifest: Manifest) -> Snapshot:
    snapshot = open_snapshot(path, manifest)
    check_recall(snapshot)
    return snapshot


def _name(generation: int) -> str:
    return f"gen-{generation:06d}"


def _number(path: Path) -> int:
    found = _GENERATION_NAME.fullmatch(path.name)
    return int(found[1]) if found else 0


def _manifest_of(path: Path) -> Manifest | None:
    """Return the manifest of a generation; None where it cannot be used."""
    try:
        return read_manifest(path)
    except UnusableGeneration:
        return None


def _abandoned(path: Path) -> bool:
    """Tell whether no living writer holds the lock on ``path``."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
