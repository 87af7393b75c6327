"""Time and memory of training on a million interactions.

A process of its own generates a catalogue, builds a generation without learned tables, and then
trains the next one, as an indexer does.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

from benchmarks.harness.provenance import ROOT
from benchmarks.harness.sections import Bar, Measured, Run, row
from benchmarks.harness.servers import peak_gb

TRACKS, LISTENERS, EACH = 100_000, 5_000, 200
SECONDS, PEAK_GB = Bar("<=", 60), Bar("<=", 2)


def learning(run: Run) -> Measured:
    """Train once."""
    tracks, listeners = (2_000, 100) if run.quick else (TRACKS, LISTENERS)
    run.progress("training", 0.1)
    with tempfile.TemporaryDirectory(prefix="segue-learning-") as folder:
        sizes = map(str, (tracks, listeners, run.seed))
        command = [sys.executable, "-m", "benchmarks.scale.learning", folder, *sizes]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = orjson.loads(done.stdout.splitlines()[-1])
    return Measured(
        dataset=f"generated: {tracks:,} tracks, {listeners:,} listeners of {EACH} interactions",
        rows=[
            row("training, s", found["seconds"], SECONDS),
            row("... of processor time, s", found["cpu_seconds"]),
            row("peak memory, GB", found["peak_gb"], PEAK_GB),
        ],
        details=found,
    )


def main(folder: Path, tracks: int, listeners: int, seed: int) -> None:
    """Build and train once, and print what it took."""
    from benchmarks.catalogue.generator import MOMENT, generate
    from index.generations import build_generation, relearned

    catalogue = generate(tracks, users=listeners, interactions=EACH * listeners, seed=seed)
    built, trained = folder / "built", folder / "trained"
    built.mkdir()
    trained.mkdir()
    build_generation(catalogue, built, generation=1, now=MOMENT, learned_at_once=0)
    started, cpu = time.perf_counter(), time.process_time()
    relearned(built, trained, generation=2)
    result = {
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_gb": round(peak_gb(), 2),
    }
    print(orjson.dumps(result).decode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
