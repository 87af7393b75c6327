"""Where kernels are compiled to."""

import os
from pathlib import Path

import pytest

from service.commands.environment import THREADS, compiling, prepare_environment
from service.settings import Settings


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in THREADS:
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")


def chosen(data_dir: Path) -> Path:
    prepare_environment(Settings(data_dir=data_dir))
    return Path(os.environ["NUMBA_CACHE_DIR"])


def test_kernels_belong_to_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))

    assert chosen(tmp_path / "data") == tmp_path / "home" / "segue"


def test_without_a_home_that_can_be_written_kernels_go_to_the_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/home")

    assert chosen(tmp_path / "data") == tmp_path / "data" / "cache"


def test_a_named_folder_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "named"))

    assert chosen(tmp_path / "data") == tmp_path / "named"


def test_a_first_start_says_that_it_compiles(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert "compiling kernels" in compiling()

    (tmp_path / "kernels-1").mkdir()
    (tmp_path / "kernels-1" / "complete").touch()
    assert compiling() == ""
