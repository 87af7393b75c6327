"""Learning from a million interactions: how long it takes, and how much memory.

A section of ``python -m benchmarks.scale``. A process of its own generates, builds a generation
that has learned nothing, and then the one that its listeners teach, as an indexer does.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

from benchmarks.provenance import ROOT
from benchmarks.rebuilding import peak_gb
from benchmarks.sections import Measured, Run, row

TRACKS, LISTENERS, EACH = 100_000, 5_000, 200
SECONDS, PEAK_GB = 60, 2


def learning(run: Run) -> Measured:
    """Measure the section."""
    tracks, listeners = (2_000, 100) if run.quick else (TRACKS, LISTENERS)
    run.progress("learning", 0.1)
    with tempfile.TemporaryDirectory(prefix="segue-learning-") as folder:
        sizes = map(str, (tracks, listeners, run.seed))
        command = [sys.executable, "-m", "benchmarks.learning", folder, *sizes]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = orjson.loads(done.stdout.splitlines()[-1])
    seconds, peak = found["seconds"], found["peak_gb"]
    return Measured(
        dataset=f"generated: {tracks:,} tracks, {listeners:,} listeners of {EACH} interactions",
        rows=[
            row("learned in, s", seconds, f"<= {SECONDS}", reached=seconds <= SECONDS),
            row("... of processor time", found["cpu_seconds"], "", reached=True),
            row("peak memory, GB", peak, f"<= {PEAK_GB}", reached=peak <= PEAK_GB),
        ],
        details=found,
    )


def main(folder: Path, tracks: int, listeners: int, seed: int) -> None:
    """Build and learn once, and print what it took."""
    from benchmarks.generator import MOMENT, generate
    from index.generations import build_generation, relearned

    catalogue = generate(tracks, users=listeners, interactions=EACH * listeners, seed=seed)
    built, taught = folder / "built", folder / "taught"
    built.mkdir()
    taught.mkdir()
    build_generation(catalogue, built, generation=1, now=MOMENT, learned_at_once=0)
    started, cpu = time.perf_counter(), time.process_time()
    relearned(built, taught, generation=2)
    result = {
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_gb": round(peak_gb(), 2),
    }
    print(orjson.dumps(result).decode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
