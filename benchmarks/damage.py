"""Damaged generation files: is each one detected before use, and does the previous one serve?

Two generations of one catalogue are published; then, of the newer one, each file by turns gets one
bit flipped or its end cut off, at places drawn at random, and is put right again. Besides: empty,
missing and longer files, files and manifests of the other generation, and a damaged CURRENT.
A section of ``python -m benchmarks.faults``.
"""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx2
import numpy as np

from benchmarks.generator import generate
from benchmarks.sections import Measured, Run, row
from benchmarks.watching import unwatched, watched
from index.catalogue import Catalogue
from index.generations import CURRENT, GenerationStore, build_generation
from index.storage import MANIFEST_NAME, UnusableGeneration
from service.database import Database
from service.indexing import run_rebuild
from service.migrations.upgrade import upgrade
from service.settings import Settings
from tests.support.servers import segue_server

TRACKS = 300
SERVED_EVERY = 100
"""Each so many damages, the store is also asked for the generation that it would serve."""


@dataclass
class Tally:
    """What became of the damages of one kind of file."""

    damages: Counter[str] = field(default_factory=Counter)
    undetected: list[str] = field(default_factory=list)
    not_served: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class World:
    """A store whose generations 1 and 2 are whole, and the database that they belong to."""

    store: GenerationStore
    database: str

    @property
    def damaged(self) -> Path:
        """Folder of the generation that gets damaged."""
        return self.store.folder / "gen-000002"

    @property
    def intact(self) -> Path:
        """Folder of the one before."""
        return self.store.folder / "gen-000001"

    def kinds(self) -> list[str]:
        """Return the name of every file of a generation, the manifest among them."""
        return sorted(path.name for path in self.damaged.iterdir())


def make_world(folder: Path, catalogue: Catalogue) -> World:
    """Publish two generations of ``catalogue``."""
    store = GenerationStore(folder)
    for number in (1, 2):

        def write(aside: Path, number: int = number) -> None:
            build_generation(catalogue, aside, generation=number, now=1_800_000_000.0 + number)

        store.publish(write, generation=number)
    return World(store, catalogue.database)


def damage_kind(
    world: World, kind: str, *, flips: int, cuts: int, random: np.random.Generator
) -> Tally:
    """Damage the file ``kind`` in every way, one after the other."""
    path, tally = world.damaged / kind, Tally()
    size = path.stat().st_size
    for bit in random.integers(0, 8 * size, flips).tolist():
        with flipped(path, bit):
            _examine(world, tally, "bit flips", f"{kind}, bit {bit}")
    for length in random.integers(0, size, cuts).tolist():
        with replaced(path, path.read_bytes()[:length]):
            _examine(world, tally, "truncations", f"{kind}, cut to {length}")

    for what, content in (("empty", b""), ("longer", path.read_bytes() + b"\0")):
        with replaced(path, content):
            _examine(world, tally, what, f"{kind}, {what}")
    with replaced(path, None):
        _examine(world, tally, "missing", f"{kind}, missing")
    other = (world.intact / kind).read_bytes()
    if other != path.read_bytes():
        with replaced(path, other):
            _examine(world, tally, "of another generation", f"{kind} of another generation")
    return tally


def damage_current(world: World, *, flips: int, random: np.random.Generator) -> Tally:
    """Damage CURRENT: whatever it says, a whole generation is served."""
    path, tally = world.store.folder / CURRENT, Tally()
    size = path.stat().st_size
    former = path.read_bytes().replace(b"gen-000002", b"gen-000001")
    contents = [path.read_bytes()[:length] for length in range(size)]
    contents += [_flip(path.read_bytes(), bit) for bit in random.integers(0, 8 * size, flips)]
    for content in (*contents, former, None):
        with replaced(path, content):
            tally.damages["CURRENT"] += 1
            if world.store._pointed() is not None:
                tally.undetected.append(f"CURRENT as {content!r}")
            if world.store.open_latest(world.database) is None:
                tally.not_served.append(f"CURRENT as {content!r}")
    return tally


def _examine(world: World, tally: Tally, what: str, case: str) -> None:
    tally.damages[what] += 1
    with patch(
        "index.generations.store.open_snapshot", side_effect=AssertionError(f"opened: {case}")
    ):
        try:
            world.store.load(world.damaged, database=world.database)
        except UnusableGeneration:
            pass
        except AssertionError as opened:
            tally.undetected.append(str(opened))
    if tally.damages.total() % SERVED_EVERY == 1:
        snapshot = world.store.open_latest(world.database)
        if snapshot is None or snapshot.generation != 1:
            tally.not_served.append(case)


@contextmanager
def flipped(path: Path, bit: int) -> Iterator[None]:
    """Change one bit where it lies on the disk, and back."""
    _flip_in_place(path, bit)
    try:
        yield
    finally:
        _flip_in_place(path, bit)


@contextmanager
def replaced(path: Path, content: bytes | None) -> Iterator[None]:
    """Give a file other content, or take it away, until the block ends."""
    aside = path.with_name("..aside") if path.name == CURRENT else path.parent.parent / ".aside"
    path.rename(aside)
    try:
        if content is not None:
            path.write_bytes(content)
        yield
    finally:
        aside.replace(path)


def _flip_in_place(path: Path, bit: int) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        byte = os.pread(descriptor, 1, bit // 8)
        os.pwrite(descriptor, _flip(byte, bit % 8), bit // 8)
    finally:
        os.close(descriptor)


def _flip(content: bytes, bit: int) -> bytes:
    at = int(bit) // 8
    return content[:at] + bytes([content[at] ^ 1 << int(bit) % 8]) + content[at + 1 :]


def boot_after_damage(data_dir: Path, kind: str, random: np.random.Generator) -> bool:
    """Flip one bit of ``kind`` and tell whether a real ``segue serve`` serves generation 1."""
    path = data_dir / "generations" / "gen-000002" / kind
    with flipped(path, int(random.integers(0, 8 * path.stat().st_size))):
        settings = {"SEGUE_EMBEDDED_INDEXER": "false"}
        with segue_server(data_dir, settings=settings) as server:
            ready = httpx2.get(f"{server.url}/readyz", timeout=30)
            log = server.log.read_text()
    served: str = ready.json()["index_version"]
    return served.startswith("1.") and "Generation passed over" in log


def served_folder(data_dir: Path) -> Path:
    """Return a data directory with a database and two generations of it."""
    data_dir.mkdir(parents=True)
    settings = Settings.model_validate({"data_dir": data_dir})
    database = Database(settings.url, batch=True)
    try:
        upgrade(database)
        for _ in range(2):
            run_rebuild(database, GenerationStore(settings.generations_dir), settings)
    finally:
        database.dispose()
    return data_dir


def examine(
    folder: Path,
    *,
    flips: int,
    cuts: int,
    boots: int,
    progress: Callable[[str, float], None] = unwatched,
    seed: int = 1,
) -> tuple[dict[str, Tally], Counter[bool]]:
    """Return the tally of each kind of file, and how many real starts served generation 1."""
    random = np.random.default_rng(seed)
    catalogue = generate(TRACKS, users=50, interactions=3_000, seed=seed)
    world = make_world(folder / "generations", catalogue)
    # Nothing of an empty file can change; what is added to it is found like elsewhere.
    filled = [kind for kind in world.kinds() if (world.damaged / kind).stat().st_size]
    tallies = {
        kind: damage_kind(world, kind, flips=flips, cuts=cuts, random=random)
        for kind in watched(filled, progress, "kinds of file", end=0.9)
    }
    tallies[CURRENT] = damage_current(world, flips=flips, random=random)

    data_dir = served_folder(folder / "data") if boots else folder
    folder = data_dir / "generations" / "gen-000002"
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()} if boots else {}
    kinds = sorted(filter(sizes.get, sizes), key=lambda kind: (kind != MANIFEST_NAME, kind))
    served = Counter(
        boot_after_damage(data_dir, kind, random)
        for kind in watched(kinds[:boots], progress, "real starts", start=0.9)
    )
    return tallies, served


def as_rows(tallies: dict[str, Tally], served: Counter[bool]) -> list[dict[str, Any]]:
    """Return a row per kind of file."""
    rows = [
        row(
            kind,
            f"{tally.damages.total() - len(tally.undetected)} of {tally.damages.total()} detected",
            "all before use, and the previous generation serves",
            reached=not tally.undetected and not tally.not_served,
        )
        for kind, tally in tallies.items()
    ]
    if served:
        figure = f"{served[True]} of {served.total()} served the previous one"
        rows.append(row("real starts on a damaged one", figure, "all", reached=not served[False]))
    return rows


def damage(run: Run) -> Measured:
    """Measure the section."""
    flips, cuts, boots = (5, 3, 1) if run.quick else (2_000, 300, 10)
    folder = Path(tempfile.mkdtemp(prefix="segue-damage-"))
    try:
        tallies, served = examine(
            folder, flips=flips, cuts=cuts, boots=boots, progress=run.progress, seed=run.seed
        )
    finally:
        shutil.rmtree(folder)
    return Measured(
        dataset=f"generated: {TRACKS} tracks",
        rows=as_rows(tallies, served),
        details={
            "damages": {kind: dict(tally.damages) for kind, tally in tallies.items()},
            "undetected": [case for tally in tallies.values() for case in tally.undetected],
            "not_served": [case for tally in tallies.values() for case in tally.not_served],
        },
    )
