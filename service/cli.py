"""The ``segue`` command."""

import os
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperCommand, TyperGroup

from service.commands import COMMANDS, Place
from service.commands.environment import BUILDING, prepare_data_dir, prepare_environment
from service.errors import UNUSABLE, Failure
from service.settings import get_settings


class Commands(TyperGroup):
    """Loads the command that is called, and turns expected failures into one line and a code."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = {name: TyperCommand(name, help=at.help) for name, at in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Import the module of a command; what it imports finds the environment prepared."""
        name, _, rest = super().resolve_command(ctx, args)
        if name is None:
            return name, None, rest
        prepare(name)
        return name, load(name, COMMANDS[name]), rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except typer.Exit:
            raise
        except Exception as error:
            from service.commands.failure import as_failure  # imports SQLAlchemy

            failure = as_failure(error)
            if failure is None:
                raise
            console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
            console.print(f"segue: {failure}")
            raise typer.Exit(failure.code) from error


main = typer.Typer(
    name="segue",
    cls=Commands,
    help="Self-hosted music recommendations: exact, fast and explained.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def load(name: str, place: Place) -> Any:
    """Import a command."""
    found = getattr(import_module(f"service.commands.{place.module}"), place.attribute)
    if isinstance(found, typer.Typer):
        app = found
    else:
        app = typer.Typer(add_completion=False)
        app.command(name)(found)
    command = typer.main.get_command(app)
    command.name = name
    return command


def prepare(command: str) -> None:
    """Set what libraries read when they are imported, and make the data directory."""
    settings = get_settings()
    prepare_data_dir(settings.data_dir)
    prepare_environment(settings, threads=settings.indexer_threads if command in BUILDING else 1)
    if command == "indexer":
        os.nice(settings.indexer_niceness)  # before imports: a server that starts comes first
    if settings.database_url:
        _check_url(settings.database_url)


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        sys.stdout.write(f"segue {version('segue')}\n")
        raise typer.Exit


@main.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=show_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Self-hosted music recommendations: exact, fast and explained."""


def _check_url(url: str) -> None:
    from service.database import normalise_url  # imports SQLAlchemy

    try:
        normalise_url(url)
    except ValueError as error:
        raise Failure(str(error), code=UNUSABLE) from error


if __name__ == "__main__":
    main()
