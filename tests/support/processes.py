"""Background processes that end with the test run, whatever ends it."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil


class ServerFailed(Exception):
    """A server did not come up; the text holds its last words."""


def free_port() -> int:
    """Return a port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def background(
    command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends; it also dies with this process, even by a kill."""
    tied = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*tied, *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes], *, seconds: float = 120) -> int:
    """End a process politely, then by force; return its exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait(seconds)


def wait_until(
    condition: Callable[[], bool],
    process: subprocess.Popen[bytes],
    log: Path,
    *,
    seconds: float,
) -> None:
    """Wait for ``condition``; fail with the log's end if the process dies or time runs out."""

    def settled() -> bool:
        if process.poll() is not None:
            raise ServerFailed(f"exit code {process.returncode}:\n{_tail(log)}")
        return condition()

    wait(settled, seconds=seconds, what=lambda: _tail(log))


def wait(condition: Callable[[], bool], *, seconds: float, what: str | Callable[[], str]) -> None:
    """Wait for ``condition``; fail with the words of ``what`` when time runs out."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            words = what if isinstance(what, str) else what()
            raise ServerFailed(f"not ready after {seconds:.0f} s:\n{words}")
        time.sleep(0.05)


def descendants(pid: int, mark: str = "") -> set[int]:
    """Return the processes below another one that live and have ``mark`` in their command line."""
    found = set()
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if mark in " ".join(child.cmdline()):
                    found.add(child.pid)
    return found


def peer_ports(pid: int) -> list[int]:
    """Return the port at the other end of each TCP connection that a process holds."""
    connections = psutil.Process(pid).net_connections("tcp")
    return [each.raddr.port for each in connections if each.status == psutil.CONN_ESTABLISHED]


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-4000:]
