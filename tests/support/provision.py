"""Find the programs that tests and benchmarks run against, or install them.

``python -m tests.support.provision`` does it ahead of a test run: it prints one sentence and exits
with 1 when something is missing that it may not install.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

MYSQL_PROGRAMS = ("mariadbd", "mysqld")
CHROMIUM_PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
SYSTEM_FOLDERS = os.pathsep.join(("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin", "/sbin"))
"""Servers live here, and an ordinary user's PATH often leaves these folders out."""


OPTIONAL = {
    "nginx": ("nginx", "tests of deploy/nginx.conf by a real nginx"),
    "docker-compose": ("docker-compose", "check of docker-compose.yml by docker-compose itself"),
}
"""Programs of a few tests: their Debian package, and what is left out without them.

They bring services along, so they are installed on CI's machines alone.
"""
REAL_DATA = Path(__file__).parents[3] / "shared" / "data"


class ProgramMissing(Exception):
    """A program is not installed; the text is one sentence that says what to run."""


def find_mysql() -> str | None:
    """Return the path of an installed MariaDB or MySQL server."""
    return _first_installed(MYSQL_PROGRAMS)


def find_chromium() -> str | None:
    """Return the path of ``TEST_CHROMIUM`` or of an installed Chromium or Chrome."""
    return os.environ.get("TEST_CHROMIUM") or _first_installed(CHROMIUM_PROGRAMS)


def find_program(name: str) -> str | None:
    """Return the path of an installed program, an administrator's included."""
    return _first_installed([name])


def left_out() -> list[str]:
    """Say what a test run on this machine cannot check."""
    missing = [
        f"{what}: {name} is not installed"
        for name, (_, what) in OPTIONAL.items()
        if not find_program(name)
    ]
    if not REAL_DATA.is_dir():
        missing.append(f"tests on real catalogues: {REAL_DATA} does not exist")
    return missing


def docker_runs() -> bool:
    """Say whether a Docker daemon answers."""
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "info"], capture_output=True, timeout=60).returncode == 0


def require_mysql() -> str | None:
    """Return a server program; None when ``TEST_MYSQL_URL`` or Docker makes it unnecessary."""
    if os.environ.get("TEST_MYSQL_URL"):
        return None
    if program := find_mysql():
        return program
    if docker_runs():
        return None
    if may_install():
        apt_install("mariadb-server-core", "mariadb-client-core")
    if program := find_mysql():
        return program
    raise ProgramMissing(
        "The tests need a MySQL or MariaDB server: run `sudo apt-get install mariadb-server-core` "
        "(macOS: `brew install mariadb`), start Docker, or set TEST_MYSQL_URL."
    )


def require_chromium() -> str:
    """Return the browser's path."""
    if program := find_chromium():
        return program
    if may_install():
        apt_install("chromium")
    if program := find_chromium():
        return program
    raise ProgramMissing(
        "The tests need a Chromium browser: run `sudo apt-get install chromium` "
        "(macOS: `brew install --cask chromium`), or set TEST_CHROMIUM to its path."
    )


def may_install() -> bool:
    """Say whether packages may be installed here: as root, unless ``SEGUE_TEST_INSTALL=0``."""
    if os.environ.get("SEGUE_TEST_INSTALL") == "0":
        return False
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(*packages: str) -> None:
    """Install Debian packages without starting any service they bring along."""
    print(f"Installing {' '.join(packages)} ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ("-q", "-y", "-o", "DPkg::Lock::Timeout=300")
    with _one_at_a_time(), _services_kept_down():
        _quietly(["apt-get", *options, "update"], environment)
        _quietly(
            ["apt-get", *options, "install", "--no-install-recommends", *packages], environment
        )


def _first_installed(names: Sequence[str]) -> str | None:
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), SYSTEM_FOLDERS))
    found = (shutil.which(name, path=path) for name in names)
    return next((program for program in found if program), None)


def _quietly(command: Sequence[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        sys.stderr.buffer.write(done.stdout[-4000:] + done.stderr[-4000:])
        raise ProgramMissing(f"`{' '.join(command)}` failed; its last words are above.")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (Path(tempfile.gettempdir()) / "segue-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _services_kept_down() -> Iterator[None]:
    """Debian asks ``policy-rc.d`` before it starts a service; 101 means no."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)


def main() -> int:
    """Make sure that everything is there."""
    try:
        require_mysql()
        require_chromium()
        absent = [package for name, (package, _) in OPTIONAL.items() if not find_program(name)]
        if absent and os.environ.get("CI") and may_install():
            apt_install(*absent)
    except ProgramMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
