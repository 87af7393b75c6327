"""A command is a function in a module of its own, and a row of `COMMANDS`."""

import sys
from types import ModuleType

import pytest
from typer.testing import CliRunner

from service.cli import main
from service.commands import COMMANDS, Place


def test_a_command_is_a_function_and_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("service.commands.hello")

    def hello(name: str) -> None:
        """Greet somebody."""
        sys.stdout.write(f"Hello, {name}\n")

    monkeypatch.setattr(module, "hello", hello, raising=False)
    monkeypatch.setitem(sys.modules, "service.commands.hello", module)
    monkeypatch.setitem(COMMANDS, "hello", Place("hello", "hello", "Greet somebody."))

    assert CliRunner().invoke(main, ["hello", "Nick"]).output == "Hello, Nick\n"
