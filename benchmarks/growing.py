"""Builds of ever larger catalogues, straight from the generator.

A section of ``python -m benchmarks.scale``. Each is built by a process of its own, whose peak of
memory is measured, the generated catalogue included.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson
from matplotlib.axes import Axes

from benchmarks.provenance import ROOT
from benchmarks.rebuilding import peak_gb
from benchmarks.sections import Measured, Run, row

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
MINUTES, PEAK_GB = 15, 8


def growing(run: Run) -> Measured:
    """Measure the section."""
    sizes = (2_000, 20_000) if run.quick else SIZES
    built = {}
    for at, tracks in enumerate(sizes):
        run.progress(f"building {tracks:,} tracks", at / len(sizes))
        built[tracks] = _built(tracks, run.seed)
    largest = built[sizes[-1]]

    def draw(axes: Axes) -> None:
        axes.loglog(list(built), [found["build_seconds"] for found in built.values()], "o-")
        axes.set_xlabel("tracks")
        axes.set_ylabel("seconds of a build")

    return Measured(
        dataset=f"generated: {sizes[0]:,} to {sizes[-1]:,} tracks, as many interactions",
        rows=[
            row(
                f"{sizes[-1]:,} tracks built",
                f"{largest['build_seconds']:.0f} s",
                f"<= {MINUTES * 60} s",
                reached=largest["build_seconds"] <= MINUTES * 60,
            ),
            row(
                "peak memory",
                f"{largest['peak_gb']:.2f} GB",
                f"<= {PEAK_GB} GB",
                reached=largest["peak_gb"] <= PEAK_GB,
            ),
        ],
        details={"builds": {str(tracks): found for tracks, found in built.items()}},
        draw=draw,
    )


def _built(tracks: int, seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="segue-scale-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.growing", folder, str(tracks), str(seed)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
        )
        found: dict[str, Any] = orjson.loads(done.stdout.splitlines()[-1])
        return found


def main(folder: Path, tracks: int, seed: int) -> None:
    """Generate and build once, and print what it took."""
    from benchmarks.generator import MOMENT, generate
    from index.build import build

    started = time.perf_counter()
    catalogue = generate(tracks, users=tracks // 20, interactions=tracks, seed=seed)
    generated = time.perf_counter()
    steps: list[tuple[str, float]] = []
    report = build(
        catalogue,
        folder,
        generation=1,
        now=MOMENT,
        progress=lambda doing, _: steps.append((doing, time.perf_counter() - generated)),
    )
    result = {
        "generate_seconds": round(generated - started, 2),
        "build_seconds": round(time.perf_counter() - generated, 2),
        "peak_gb": round(peak_gb(), 3),
        "size_bytes": report.size_bytes,
        "began_at": {doing: round(at, 2) for doing, at in reversed(steps)},
    }
    print(orjson.dumps(result).decode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
