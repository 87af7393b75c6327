"""What is said to take long is there, and the browser's tests share one process."""

from pathlib import Path

from tests.support.scheduling import BROWSER, LONGEST, together_with

ROOT = Path(__file__).parent.parent


def test_the_longest_modules_exist() -> None:
    assert [unit for unit in LONGEST if not (ROOT / unit).exists()] == []


def test_tests_of_a_module_stay_together_and_those_of_the_browser_all_do() -> None:
    assert together_with("tests/test_a.py::test_b[c::d]") == "tests/test_a.py"
    assert together_with(f"{BROWSER}/test_use.py::test_b") == BROWSER
