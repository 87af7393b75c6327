"""``segue evaluate``: how good the lists are, by replaying a history."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from index.evaluation import splits
from service.commands.paths import given_path
from service.errors import UNUSABLE, Failure
from service.evaluation import NAMES, Options, as_dict, difference_table, method_tables
from service.evaluation import evaluate as measure
from service.importing import Progress, UnusableError

MOST_AT = 100
"""The longest list that is served."""


class Part(StrEnum):
    """Which part of the lists is hidden."""

    TEST = "test"
    VALIDATION = "validation"


def evaluate(
    tracks: Annotated[
        Path, typer.Option(help="A CSV file of tracks, gzipped or not.", callback=given_path)
    ],
    interactions: Annotated[
        Path, typer.Option(help="A CSV file of interactions or playlists.", callback=given_path)
    ],
    holdout: Annotated[
        float, typer.Option(help="Share of each list that is hidden: its end.")
    ] = 0.2,
    at: Annotated[str, typer.Option(help="Lengths of lists, at most 100.")] = "10,100",
    part: Annotated[
        Part, typer.Option(help="Hide the end, or what comes before it, to tune by.")
    ] = Part.TEST,
    lists: Annotated[int, typer.Option(min=2, help="Most lists to test; of more, draw.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all that is drawn.")] = 0,
    methods: Annotated[str, typer.Option(help="Only these, such as: EASE,served")] = "",
    as_json: Annotated[
        Path | None,
        typer.Option("--json", help="Write everything to this file.", callback=given_path),
    ] = None,
) -> None:
    """Measure recommendations by a history: what would have been shown, and what came then?

    The last share of each list of ten tracks or more is hidden. From the rest a database of its own
    is filled and an index built, as in use, and what it serves stands beside plain methods. Takes
    the files that segue import takes; a column match_key of the tracks says which are one song.
    """
    if not 0 < holdout < 1:
        raise Failure("--holdout is a share between 0 and 1", code=UNUSABLE)
    options = Options(
        share=holdout,
        at=_lengths(at),
        part=splits.Part(part.value),
        lists=lists,
        seed=seed,
        methods=_chosen(methods, NAMES),
    )
    if as_json is not None and not as_json.parent.is_dir():
        raise Failure(f"--json: there is no folder {as_json.parent}", code=UNUSABLE)
    try:
        found = measure(tracks, interactions, options, Progress())
    except UnusableError as reason:
        raise Failure(str(reason), code=UNUSABLE) from reason

    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160)
    console.print(
        f"{found.lists:,} lists, {found.tested:,} tested ({part.value} part), "
        f"{found.songs:,} songs in {found.tracks:,} tracks"
    )
    for table in method_tables(found):
        console.print(table)
    if found.differences:
        console.print(difference_table(found))
    if as_json is not None:
        as_json.write_bytes(orjson.dumps(as_dict(found), option=orjson.OPT_INDENT_2) + b"\n")


def _lengths(text: str) -> tuple[int, ...]:
    try:
        lengths = sorted({int(length) for length in text.split(",")})
    except ValueError:
        lengths = []
    if not lengths or lengths[0] < 1 or lengths[-1] > MOST_AT:
        raise Failure(f"--at takes lengths from 1 to {MOST_AT}, such as 10,100", code=UNUSABLE)
    return tuple(lengths)


def _chosen(text: str, names: tuple[str, ...]) -> tuple[str, ...]:
    wanted = [name.strip() for name in text.split(",") if name.strip()] or list(names)
    if unknown := [name for name in wanted if name not in names]:
        raise Failure(
            f"--methods: there is no {unknown[0]!r}; there are: {', '.join(names)}", code=UNUSABLE
        )
    return tuple(name for name in names if name in wanted)
