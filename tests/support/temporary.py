"""Temporary files of a test run in memory, where a sync costs nothing.

Each test makes databases and generations of its own, and those wait for the disk at every commit;
no test cuts the power. Where memory is scarce everything goes to the ordinary folder.
"""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
PREFIX = "segue-tests-"
NEEDED_BYTES = 6 << 30
"""Several times of what a run has at once; containers often allow 64 MB."""


def temporary_files_in_memory() -> None:
    """Have this process and its children keep temporary files in memory, if there is room."""
    if "TMPDIR" in os.environ:
        return  # also in what this very function was called for already
    _delete_left_behind()
    if _has_room():
        folder = MEMORY / f"{PREFIX}{os.getpid()}"
        folder.mkdir(exist_ok=True)
        os.environ["TMPDIR"] = str(folder)
        tempfile.tempdir = None  # what was chosen before


def _delete_left_behind() -> None:
    """Delete what former runs have left: files of failed tests, and databases of killed runs."""
    for folder in MEMORY.glob(f"{PREFIX}*"):
        if not Path("/proc", folder.name.removeprefix(PREFIX)).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _has_room() -> bool:
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return False
    if os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:  # tests write small programs
        return False
    return min(shutil.disk_usage(MEMORY).free, _available_bytes()) >= NEEDED_BYTES


def _available_bytes() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        name, value, *_ = line.split()
        if name == "MemAvailable:":
            return int(value) << 10
    return 0
