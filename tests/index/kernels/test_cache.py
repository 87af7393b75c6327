"""Compiled kernels on disk: never those of other code, never damaged ones, and no need for any."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index import user_cache
from index.kernels import cache as cache_module
from index.kernels import first_start

ROOT = Path(cache_module.__file__).parents[2]
SOURCES = {
    "index/__init__.py": "",
    "index/kernels/__init__.py": (
        "from index.kernels.cache import complete_folder\n"
        "with complete_folder():\n"
        "    from index.kernels.loops import answer\n"
    ),
    "index/kernels/compile.py": (
        "from numba import njit\n@njit\ndef number():\n    return 41\n"  # what a kernel calls
    ),
    "index/kernels/loops.py": (
        "from numba import int64\n"
        "from index.kernels.compile import number\n"
        "from index.kernels.cache import compiled\n"
        "def answer():\n    return number()\n"
        "answer = compiled(answer, int64())\n"
    ),
}
"""A package like that of the kernels, with one kernel and one helper in a file of its own."""

ASK = (
    "import logging; logging.basicConfig()\n"
    "from numba.core import event\n"
    "class Compilations(event.Listener):\n"
    "    count = 0\n"
    "    def on_start(self, event): self.count += 1\n"
    "    def on_end(self, event): pass\n"
    "seen = Compilations()\n"
    "event.register('numba:compile', seen)\n"
    "from index.kernels import answer\n"
    "print(answer(), seen.count > 0)\n"
)
ALONE = {first_start.HELPER: "1"}
"""Makes a process start no helper, so that it is known who compiles."""
UNPRIVILEGED = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
"""Makes permissions count for root too."""


@pytest.fixture(scope="module")
def started_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small package in ``code``, and what its first start kept in ``cache``."""
    folder = tmp_path_factory.mktemp("kernels")
    for name, source in SOURCES.items():
        (folder / "code" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "code" / name).write_text(source)
    for module in (cache_module, first_start, user_cache):
        original = Path(module.__file__ or "")
        shutil.copy(original, folder / "code" / original.relative_to(ROOT))
    assert ask(folder / "code", folder / "cache") == ("41", True, "")
    return folder


@pytest.fixture
def code(started_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(started_once / "code", tmp_path / "code"))


@pytest.fixture
def cache(started_once: Path, tmp_path: Path) -> Iterator[Path]:
    """What the first start has kept."""
    folder = Path(shutil.copytree(started_once / "cache", tmp_path / "cache"))
    yield folder
    for path in (folder, *folder.glob("kernels-*")):
        path.chmod(0o755)


@pytest.fixture
def empty_cache(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "empty"
    folder.mkdir()
    yield folder
    folder.chmod(0o755)


def ask(code: Path, cache: Path, *wrapper: str) -> tuple[str, bool, str]:
    """Start a process; return the kernel's answer, whether it compiled, and what it logged."""
    return ask_with(code, {"NUMBA_CACHE_DIR": str(cache)}, *wrapper)


def ask_with(code: Path, settings: dict[str, str], *wrapper: str) -> tuple[str, bool, str]:
    environment = {**os.environ, **ALONE, "PYTHONPATH": str(code), **settings}
    command = [*wrapper, sys.executable, "-B", "-c", ASK]
    done = subprocess.run(command, env=environment, cwd=code, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answer, compiled = done.stdout.split()
    return answer, compiled == "True", done.stderr


def folders(cache: Path) -> list[Path]:
    return list(cache.glob("kernels-*"))


def test_the_second_start_compiles_nothing(code: Path, cache: Path) -> None:
    assert ask(code, cache) == ("41", False, "")


def test_a_change_in_a_helpers_file_alone_is_noticed(code: Path, cache: Path) -> None:
    helper = code / "index" / "kernels" / "compile.py"
    before = helper.stat()
    helper.write_text(helper.read_text().replace("41", "42"))
    os.utime(helper, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert ask(code, cache)[:2] == ("42", True)


def test_former_code_finds_its_own_kernels_again(code: Path, cache: Path) -> None:
    helper = code / "index" / "kernels" / "compile.py"
    previous = helper.read_text()
    helper.write_text(previous.replace("41", "42"))
    ask(code, cache)
    helper.write_text(previous)

    assert ask(code, cache)[:2] == ("41", False)


def test_folders_that_nobody_started_from_lately_are_deleted(code: Path, cache: Path) -> None:
    (old,) = folders(cache)
    week = time.time() - 8 * 86_400
    for path in (old, old / "complete"):
        os.utime(path, (week, week))
    helper = code / "index" / "kernels" / "compile.py"
    helper.write_text(helper.read_text() + "\n")
    ask(code, cache)

    assert not old.exists()
    assert len(folders(cache)) == 1


@pytest.mark.parametrize("damage", ["flipped", "cut", "missing"])
def test_damaged_machine_code_is_compiled_again(code: Path, cache: Path, damage: str) -> None:
    path = next(cache.glob("kernels-*/*.nbc"))
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        path.write_bytes({"flipped": flipped, "cut": content[:middle]}[damage])

    assert ask(code, cache)[:2] == ("41", True)


def test_a_folder_that_can_only_be_read_is_read(code: Path, cache: Path) -> None:
    for path in (*folders(cache), cache):
        path.chmod(0o555)

    assert ask(code, cache, *UNPRIVILEGED) == ("41", False, "")


def test_kernels_belong_to_the_user_and_not_to_a_folder_of_data(code: Path, tmp_path: Path) -> None:
    user = {"NUMBA_CACHE_DIR": "", "XDG_CACHE_HOME": str(tmp_path / "home")}

    assert ask_with(code, user)[:2] == ("41", True)
    assert len(folders(tmp_path / "home" / "segue")) == 1
    assert ask_with(code, {**user, "SEGUE_DATA_DIR": str(tmp_path / "new")})[:2] == ("41", False)


def test_damaged_machine_code_that_can_only_be_read_is_not_run(code: Path, cache: Path) -> None:
    path = next(cache.glob("kernels-*/*.nbc"))
    path.write_bytes(path.read_bytes()[:-1])
    for each in (*folders(cache), cache):
        each.chmod(0o555)

    answer, compiled, said = ask(code, cache, *UNPRIVILEGED)
    assert (answer, compiled) == ("41", True)
    assert "Kernels are compiled at each start" in said


def test_without_a_folder_each_start_compiles_and_says_so(code: Path, empty_cache: Path) -> None:
    empty_cache.chmod(0o555)

    answer, compiled, said = ask(code, empty_cache, *UNPRIVILEGED)
    assert (answer, compiled) == ("41", True)
    assert "Kernels are compiled at each start" in said
    assert ask(code, Path("/dev/null/nowhere"))[:2] == ("41", True)


def test_processes_that_start_together_compile_once(code: Path, empty_cache: Path) -> None:
    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(lambda _: ask(code, empty_cache), range(3)))

    assert [answer for answer, _, _ in answers] == ["41"] * 3
    assert sum(compiled for _, compiled, _ in answers) == 1


def test_a_helper_and_its_process_fill_the_folder_together(code: Path, empty_cache: Path) -> None:
    settings = {"NUMBA_CACHE_DIR": str(empty_cache), first_start.HELPER: ""}

    assert ask_with(code, settings)[0] == "41"
    assert ask(code, empty_cache) == ("41", False, "")


def test_what_a_killed_compiler_left_is_cleared_away(code: Path, cache: Path) -> None:
    (folder,) = folders(cache)
    (folder / "complete").unlink()
    (folder / "tmpabc.new").touch()
    half = next(folder.glob("*.nbc"))
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])

    assert ask(code, cache)[:2] == ("41", True)
    assert not (folder / "tmpabc.new").exists()
    assert ask(code, cache)[:2] == ("41", False)


def test_kernels_depend_on_no_code_outside_their_folder() -> None:
    allowed = (
        "index.kernels",
        "index.features",  # hashed with the folder
        "inspect",
        "llvmlite",
        "dataclasses",
        "numba",
        "numpy",
        "collections.abc",
        "typing",
    )
    for path in Path(cache_module.__file__).parent.glob("*.py"):
        if path.name in ("cache.py", "first_start.py"):
            continue
        for line in path.read_text().splitlines():
            words = line.split()
            if words[:1] == ["from"] and words[2:3] == ["import"]:
                assert words[1].startswith(allowed), f"{path.name}: {line}"
            elif words[:1] == ["import"]:
                assert words[1] in ("numpy", "math"), f"{path.name}: {line}"
