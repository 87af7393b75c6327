"""Damaged generation files: each must be detected before use, and the previous one be served.

Two generations of one catalogue are published. Each file of the newer one in turn gets one bit
flipped or its end cut off, at positions drawn at random, and is restored. Other cases are empty,
missing and longer files, files and manifests of the other generation, and a damaged CURRENT.
"""

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.catalogue.generator import generate
from benchmarks.faults.file_damage import flip, flipped, replaced
from benchmarks.harness.http_client import Client
from benchmarks.harness.sections import (
    NONE,
    Measured,
    Progress,
    Run,
    no_progress,
    row,
    with_progress,
)
from benchmarks.harness.servers import WITHOUT_INDEXER, port_of, publish
from index.catalogue import Catalogue
from index.generations import CURRENT, GenerationStore
from index.storage import MANIFEST_NAME, UnusableGeneration
from service.database import Database
from service.indexing import run_rebuild
from service.migrations.upgrade import upgrade
from service.settings import Settings
from tests.support.servers import segue_server

TRACKS = 300
SERVED_EVERY = 100
"""Once in this number of damages, the generation that the store would serve is checked."""


@dataclass
class Tally:
    """Results of the damages of one kind of file."""

    damages: Counter[str] = field(default_factory=Counter)
    undetected: list[str] = field(default_factory=list)
    not_served: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class DamagedStore:
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


def damaged_store(folder: Path, catalogue: Catalogue) -> DamagedStore:
    """Publish two generations of ``catalogue``."""
    store = GenerationStore(folder)
    for number in (1, 2):
        publish(store, catalogue, now=1_800_000_000.0 + number)
    return DamagedStore(store, catalogue.database)


def damage_kind(
    target: DamagedStore, kind: str, *, flips: int, cuts: int, random: np.random.Generator
) -> Tally:
    """Damage the file ``kind`` in every way, one after the other."""
    path, tally = target.damaged / kind, Tally()
    size = path.stat().st_size
    for bit in random.integers(0, 8 * size, flips).tolist():
        with flipped(path, bit):
            _examine(target, tally, "bit flips", f"{kind}, bit {bit}")
    for length in random.integers(0, size, cuts).tolist():
        with replaced(path, path.read_bytes()[:length]):
            _examine(target, tally, "truncations", f"{kind}, cut to {length}")

    for what, content in (("empty", b""), ("longer", path.read_bytes() + b"\0")):
        with replaced(path, content):
            _examine(target, tally, what, f"{kind}, {what}")
    with replaced(path, None):
        _examine(target, tally, "missing", f"{kind}, missing")
    other = (target.intact / kind).read_bytes()
    if other != path.read_bytes():
        with replaced(path, other):
            _examine(target, tally, "of another generation", f"{kind} of another generation")
    return tally


def damage_current(target: DamagedStore, *, flips: int, random: np.random.Generator) -> Tally:
    """Damage CURRENT: whatever it says, a whole generation is served."""
    path, tally = target.store.folder / CURRENT, Tally()
    size = path.stat().st_size
    previous = path.read_bytes().replace(b"gen-000002", b"gen-000001")
    contents = [path.read_bytes()[:length] for length in range(size)]
    contents += [flip(path.read_bytes(), bit) for bit in random.integers(0, 8 * size, flips)]
    for content in (*contents, previous, None):
        with replaced(path, content):
            tally.damages["CURRENT"] += 1
            if target.store._pointed() is not None:
                tally.undetected.append(f"CURRENT as {content!r}")
            if target.store.open_latest(target.database) is None:
                tally.not_served.append(f"CURRENT as {content!r}")
    return tally


def _examine(target: DamagedStore, tally: Tally, what: str, case: str) -> None:
    tally.damages[what] += 1
    with patch(
        "index.generations.store.open_snapshot", side_effect=AssertionError(f"opened: {case}")
    ):
        try:
            target.store.load(target.damaged, database=target.database)
        except UnusableGeneration:
            pass
        except AssertionError as opened:
            tally.undetected.append(str(opened))
    if tally.damages.total() % SERVED_EVERY == 1:
        snapshot = target.store.open_latest(target.database)
        if snapshot is None or snapshot.generation != 1:
            tally.not_served.append(case)


def boot_after_damage(data_dir: Path, kind: str, random: np.random.Generator) -> bool:
    """Flip one bit of ``kind`` and tell whether a real ``segue serve`` serves generation 1."""
    path = data_dir / "generations" / "gen-000002" / kind
    with (
        flipped(path, int(random.integers(0, 8 * path.stat().st_size))),
        segue_server(data_dir, settings=WITHOUT_INDEXER) as server,
        Client(port_of(server)) as client,
    ):
        served: str = client.get("/readyz")["index_version"]
        log = server.log.read_text()
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
    progress: Progress = no_progress,
    seed: int = 1,
) -> tuple[dict[str, Tally], Counter[bool]]:
    """Return the tally of each kind of file, and how many real starts served generation 1."""
    random = np.random.default_rng(seed)
    catalogue = generate(TRACKS, users=50, interactions=3_000, seed=seed)
    target = damaged_store(folder / "generations", catalogue)
    # Nothing of an empty file can change; what is added to it is found like elsewhere.
    filled = [kind for kind in target.kinds() if (target.damaged / kind).stat().st_size]
    tallies = {
        kind: damage_kind(target, kind, flips=flips, cuts=cuts, random=random)
        for kind in with_progress(filled, progress, "kinds of file", end=0.9)
    }
    tallies[CURRENT] = damage_current(target, flips=flips, random=random)

    data_dir = served_folder(folder / "data") if boots else folder
    folder = data_dir / "generations" / "gen-000002"
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()} if boots else {}
    kinds = sorted(filter(sizes.get, sizes), key=lambda kind: (kind != MANIFEST_NAME, kind))
    served = Counter(
        boot_after_damage(data_dir, kind, random)
        for kind in with_progress(kinds[:boots], progress, "real starts", start=0.9)
    )
    return tallies, served


def as_rows(tallies: dict[str, Tally], served: Counter[bool]) -> list[dict[str, Any]]:
    """Return two rows per kind of file."""
    rows = []
    for kind, tally in tallies.items():
        what = f"{kind}: undetected, of {tally.damages.total()} damages"
        rows.append(row(what, len(tally.undetected), NONE))
        rows.append(row("... previous generation not served", len(tally.not_served), NONE))
    if served:
        what = f"starts that did not serve the previous generation, of {served.total()}"
        rows.append(row(what, served[False], NONE))
    return rows


def damage(run: Run) -> Measured:
    """Damage every kind of file."""
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
