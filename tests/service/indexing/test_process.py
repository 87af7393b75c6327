"""Claims on work in a thread of less priority."""

import os
import subprocess
import sys

import pytest

CODE = "from service.indexing.process import aside; print(aside(lambda: 'ok'))"


@pytest.mark.parametrize("niceness", [0, 5, 6, 10, 19])
def test_work_is_done_by_a_process_that_may_not_raise_its_priority(niceness: int) -> None:
    nice = ["nice", "-n", str(niceness), sys.executable, "-c", CODE]
    unprivileged = ["setpriv", "--bounding-set=-sys_nice", *nice] if os.geteuid() == 0 else nice
    done = subprocess.run(unprivileged, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "ok\n"), done.stderr
