"""Preferences are compared with a brute force that shares no code with the engine."""

import pytest

from benchmarks.ann import main


def test_lists_equal_those_of_the_brute_force(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quick", "--only", "quality"]) == 0
    assert "recall@20 of the whole score, genre_bonus 1.2" in capsys.readouterr().out
