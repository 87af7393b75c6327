"""The ``segue`` command."""

import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from service.commands import db, demo, evaluate, importing, indexer, rebuild, serve, status
from service.commands.environment import BUILDING, prepare_data_dir, prepare_environment
from service.commands.failure import as_failure
from service.errors import UNUSABLE, Failure
from service.settings import get_settings


class Commands(TyperGroup):
    """Turns expected failures into one line on standard error and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except typer.Exit:
            raise
        except Exception as error:
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
main.command("serve")(serve.serve)
main.command("indexer")(indexer.indexer)
main.command("rebuild")(rebuild.rebuild)
main.command("demo")(demo.demo)
main.command("status")(status.status)
main.command("evaluate")(evaluate.evaluate)
main.add_typer(db.app, name="db")
main.add_typer(importing.app, name="import")


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        sys.stdout.write(f"segue {version('segue')}\n")
        raise typer.Exit


@main.callback()
def prepare(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=show_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Self-hosted music recommendations: exact, fast and explained."""
    settings = get_settings()
    if settings.database_url:
        _check_url(settings.database_url)
    prepare_data_dir(settings.data_dir)
    building = context.invoked_subcommand in BUILDING
    prepare_environment(settings, threads=settings.indexer_threads if building else 1)


def _check_url(url: str) -> None:
    from service.database import normalise_url

    try:
        normalise_url(url)
    except ValueError as error:
        raise Failure(str(error), code=UNUSABLE) from error


if __name__ == "__main__":
    main()
