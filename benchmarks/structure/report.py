"""Rooms, imports, lines, wide kernels and trips of this tree, and of another commit."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.harness.provenance import ROOT
from benchmarks.harness.sections import Measured, Run
from benchmarks.structure.sources import MOST_PARAMETERS, lines_of, wide_kernels
from benchmarks.structure.trips import Tree

LINES_OF = ("index", "service", "benchmarks", "frontend", "tests")
SIGNAL_FILES = Path("tests") / "examples" / "new_signal.txt"
"""The files that the walk-through for a new signal in CONTRIBUTING.md touches, one a line."""
Counts = Mapping[str, Any]


def code(run: Run) -> Measured:
    """Count rooms, arrows between them, circles, lines and wide kernels."""
    return _compared(run, counts_of)


def trips(run: Run) -> Measured:
    """Count the files that five trips open."""
    return _compared(run, trips_of)


def counts_of(root: Path) -> tuple[Counts, Counts]:
    """Return the counts of a tree, and the names behind them."""
    done = subprocess.run(
        [sys.executable, "-P", str(Path(__file__).with_name("rooms.py"))],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        check=True,
        stdout=subprocess.PIPE,
    )
    packages, wide = json.loads(done.stdout), wide_kernels(root)
    counts: dict[str, Any] = {}
    for package, found in packages.items():
        counts[f"{package}: rooms at the top"] = found["rooms"]
        counts[f"{package}: arrows between rooms"] = found["arrows"]
        back = f"{len(found['arrows_back'])} (of {found['layers']} layers)"
        counts[f"{package}: arrows back"] = back
        counts[f"{package}: circles"] = len(found["circles"])
    for package in LINES_OF:
        counts[f"{package}: lines"] = lines_of(root, package)
    counts[f"kernels with more than {MOST_PARAMETERS} parameters"] = len(wide)
    if (root / SIGNAL_FILES).exists():
        counts["files that a new signal touches"] = len((root / SIGNAL_FILES).read_text().split())
    return counts, {**packages, "wide_kernels": wide}


def trips_of(root: Path) -> tuple[Counts, Counts]:
    """Return the number of files that each trip opens, and their names."""
    with tempfile.TemporaryDirectory(prefix="segue-structure-") as folder:
        files = Tree(root, Path(folder)).trips()
    counts = {}
    for trip, names in files.items():
        kernels = sum(name.startswith("index/kernels/") for name in names)
        counts[f"{trip}: files"] = f"{len(names)}, of which kernels {kernels}"
    return counts, {trip: sorted(names) for trip, names in files.items()}


def _compared(run: Run, count: Callable[[Path], tuple[Counts, Counts]]) -> Measured:
    commit = run.options.get("commit", "")
    run.progress("this tree", 0.0)
    counts, names = count(ROOT)
    if not commit:
        return Measured("", [{"what": what, "count": n} for what, n in counts.items()], names)
    run.progress(commit, 0.5)
    with worktree(commit) as root:
        others, other_names = count(root)
    rows = [{"what": what, commit: others.get(what, ""), "now": n} for what, n in counts.items()]
    return Measured(commit, rows, {"now": names, commit: other_names}, variant=commit)


@contextmanager
def worktree(commit: str) -> Iterator[Path]:
    """Check a commit out in a temporary worktree."""
    with tempfile.TemporaryDirectory(prefix="segue-commit-") as folder:
        root = Path(folder) / "tree"
        _git("worktree", "add", "--quiet", "--detach", str(root), commit)
        try:
            yield root
        finally:
            _git("worktree", "remove", "--force", str(root))


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=ROOT, check=True)
