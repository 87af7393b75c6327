"""The structure of the code is counted from its imports, its syntax and its runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.harness.provenance import ROOT
from benchmarks.registry import measure
from benchmarks.structure.report import counts_of
from benchmarks.structure.rooms import arrows_back, circles_of
from benchmarks.structure.sources import reached_kernels, wide_kernels

TRACER = ROOT / "benchmarks" / "structure" / "tracer.py"


def test_the_rooms_of_this_tree_have_no_circle_and_no_arrow_back() -> None:
    counts, names = counts_of(ROOT)
    for package in ("index", "service"):
        assert counts[f"{package}: rooms at the top"] > 10
        assert counts[f"{package}: arrows between rooms"] > 50
        assert counts[f"{package}: circles"] == 0, names[package]
        assert counts[f"{package}: arrows back"] == "0 (of declared layers)", names[package]


def test_a_circle_costs_the_fewest_arrows_that_open_it() -> None:
    arrows = {("a", "b"), ("b", "c"), ("c", "a"), ("b", "d"), ("c", "b")}
    [circle] = circles_of("abcd", arrows)
    assert circle == ["a", "b", "c"]
    assert arrows_back([circle], arrows) == {("b", "c")}


def test_wide_kernels_and_the_helpers_of_kernels_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "index" / "kernels"
    folder.mkdir(parents=True)
    (folder / "heap.py").write_text("@helper\ndef push(a):\n    return a\n")
    (folder / "scan.py").write_text(
        "from index.kernels.heap import push\n"
        "@kernel(SIGNATURE)\ndef scan(a, b, c, d, e, f, g, h):\n    return push(a)\n"
        "def plain(a, b, c, d, e, f, g, h, i):\n    return a\n"
    )
    assert wide_kernels(tmp_path) == {"index/kernels/scan.py:scan": 8}
    reached = reached_kernels(tmp_path, "index/kernels/scan.py", "scan")
    assert reached == {"index/kernels/scan.py", "index/kernels/heap.py"}


def test_files_are_recorded_only_when_a_function_of_theirs_runs(tmp_path: Path) -> None:
    folder, trace = tmp_path / "index", tmp_path / "trace"
    for path in (folder, trace, tmp_path / "tracer"):
        path.mkdir()
    (tmp_path / "tracer" / "sitecustomize.py").write_text(TRACER.read_text())
    (folder / "__init__.py").touch()
    (folder / "used.py").write_text("def used():\n    return 1\n")
    (folder / "imported.py").write_text("class A:\n    x = [i for i in range(3)]\n")
    script = "import threading, index.imported\nfrom index.used import used\n"
    script += "thread = threading.Thread(target=used)\nthread.start()\nthread.join()\n"
    environment = {
        "PYTHONPATH": f"{tmp_path / 'tracer'}:{tmp_path}",
        "TRACE_ROOT": str(tmp_path),
        "TRACE_FOLDER": str(trace),
    }
    subprocess.run([sys.executable, "-P", "-c", script], env=environment, check=True)
    assert [path.read_text() for path in trace.iterdir()] == ["index/used.py\n"]


@pytest.mark.harness
def test_five_trips_open_some_files_of_both_packages() -> None:
    files = measure("structure", "trips", quick=True).details
    assert set(files) == {
        "similar tracks",
        "personalized",
        "interaction write",
        "rebuild",
        "start",
    }
    packages = {name.split("/")[0] for found in files.values() for name in found}
    assert packages == {"index", "service"}
    assert "index/kernels/tree_search.py" in files["similar tracks"]
    assert 10 < len(files["similar tracks"]) < len(files["rebuild"])
