"""Claims on paths as people write them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import main
from service.database import normalise_url
from service.settings import Settings, get_settings


def test_a_tilde_means_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SEGUE_DATA_DIR", "~/x")

    assert Settings().data_dir == tmp_path / "x"
    assert normalise_url("sqlite:///~/x.db").database == f"{tmp_path}/x.db"


def test_an_unknown_home_is_a_clear_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    get_settings.cache_clear()
    done = CliRunner().invoke(main, ["status"], env={"SEGUE_DATA_DIR": "~no-such-user/x"})
    get_settings.cache_clear()

    assert done.exit_code == 2
    assert "~no-such-user" in done.stderr


def test_a_tilde_in_an_argument_means_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "tracks.csv").write_text("title,artist\nA,B\n")
    get_settings.cache_clear()
    settings = {"SEGUE_DATA_DIR": str(tmp_path / "data"), "NUMBA_CACHE_DIR": ""}
    done = CliRunner().invoke(main, ["import", "tracks", "~/tracks.csv"], env=settings)
    get_settings.cache_clear()

    assert done.exit_code == 0, done.output
