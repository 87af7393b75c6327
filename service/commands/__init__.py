"""The subcommands of ``segue``, a module each.

A module is imported when its command is called: ``segue --help`` takes a second less, and libraries
find the environment prepared (`service.commands.environment`).
"""

from typing import NamedTuple


class Place(NamedTuple):
    """Where a command is, and what the list of commands says of it."""

    module: str
    attribute: str
    help: str


COMMANDS = {
    "serve": Place("serve", "serve", "Serve the API and the web app until interrupted."),
    "indexer": Place(
        "indexer",
        "indexer",
        "Rebuild the index on schedule and on request, as the only one for its database.",
    ),
    "rebuild": Place(
        "rebuild", "rebuild", "Rebuild the index and wait until the new generation is published."
    ),
    "demo": Place(
        "demo", "demo", "Fill an empty database with an invented catalogue and a year of listening."
    ),
    "status": Place(
        "status",
        "status",
        "Show how the database, the index and the indexer are. Exits with 1 if something is wrong.",
    ),
    "evaluate": Place(
        "evaluate",
        "evaluate",
        "Measure recommendations by a history: what would have been shown, and what came then?",
    ),
    "db": Place("db", "app", "Look after the database's tables."),
    "import": Place("importing", "app", "Import tracks or interactions from a CSV file."),
}
