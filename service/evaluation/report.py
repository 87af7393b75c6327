"""An evaluation as tables for people, and as JSON."""

import math
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from index.evaluation import LEVEL, Difference, Interval, Measured
from service.evaluation.run import Evaluation


def figure_names(measured: Measured) -> list[str]:
    """Return the names of all figures: those of lists, then those of all lists together."""
    return [*measured.intervals, *measured.overall]


def method_tables(evaluation: Evaluation) -> list[Table]:
    """Return the figures of every method: accuracy with intervals, then everything else."""
    names = figure_names(evaluation.measured[0])
    accuracy = [name for name in names if name.startswith(("recall", "NDCG"))]
    others = [name for name in names if name not in accuracy]
    return [
        _table(evaluation, f"Accuracy, with {LEVEL:.0%} intervals", accuracy, _with_interval),
        _table(evaluation, "Beyond accuracy", others, _plain),
        _seconds(evaluation),
    ]


def difference_table(evaluation: Evaluation) -> Table:
    """Return what is served beside every other method."""
    table = Table(title=f"Is it better? One-sided t-tests paired by list, {LEVEL:.0%}")
    for heading in ("served", "beside", "by", "difference", "at least", "p (Holm)", ""):
        table.add_column(heading, justify="left" if heading in ("served", "beside") else "right")
    for each in evaluation.differences:
        table.add_row(*_difference_cells(each))
    return table


def as_dict(evaluation: Evaluation) -> dict[str, Any]:
    """Return everything, for JSON; what has no value is null."""
    options = evaluation.options
    return {
        "holdout": options.share,
        "at": list(options.at),
        "part": options.part.value,
        "seed": options.seed,
        "tracks": evaluation.tracks,
        "songs": evaluation.songs,
        "lists": evaluation.lists,
        "tested": evaluation.tested,
        "preparing_seconds": round(evaluation.seconds, 2),
        "methods": {each.method: _method_dict(each, evaluation) for each in evaluation.measured},
        "left_out": evaluation.left_out,
        "tests": [
            {
                "ours": each.ours,
                "theirs": each.theirs,
                "factor": each.factor,
                "figure": each.figure,
                "difference": each.test.difference,
                "at_least": each.test.low,
                "p_value": each.test.p_value,
                "p_value_adjusted": each.adjusted,
                "better": each.test.real,
            }
            for each in evaluation.differences
        ],
    }


def _method_dict(measured: Measured, evaluation: Evaluation) -> dict[str, Any]:
    means = {
        name: {"mean": _known(own.mean), "low": _known(own.low), "high": _known(own.high)}
        for name, own in measured.intervals.items()
    }
    return {
        "figures": {**means, **{name: {"mean": own} for name, own in measured.overall.items()}},
        "fit_seconds": round(measured.fit_seconds, 3),
        "milliseconds_a_list": round(1e3 * measured.ask_seconds / evaluation.tested, 3),
    }


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _table(evaluation: Evaluation, title: str, names: Sequence[str], cell: Any) -> Table:
    table = Table(title=title)
    table.add_column("method")
    for name in names:
        table.add_column(name, justify="right")
    for each in evaluation.measured:
        values = {**each.intervals, **each.overall}
        table.add_row(each.method, *(cell(values[name]) for name in names))
    for method, reason in evaluation.left_out.items():
        table.add_row(method, f"left out: {reason}")
    return table


def _seconds(evaluation: Evaluation) -> Table:
    table = Table(title="Processor time")
    for heading in ("method", "to learn, s", "a list, ms"):
        table.add_column(heading, justify="left" if heading == "method" else "right")
    for each in evaluation.measured:
        a_list = 1e3 * each.ask_seconds / evaluation.tested
        table.add_row(each.method, f"{each.fit_seconds:.2f}", f"{a_list:.2f}")
    return table


def _with_interval(value: Interval) -> str:
    return f"{value.mean:.4f} [{value.low:.4f}, {value.high:.4f}]"


def _plain(value: Interval | float) -> str:
    mean = value.mean if isinstance(value, Interval) else value
    return "" if math.isnan(mean) else f"{mean:.4f}"


def _difference_cells(each: Difference) -> tuple[str, ...]:
    factor = "" if each.factor == 1 else f"{each.factor:g} x "
    test = each.test
    verdict = "better" if each.adjusted < 1 - LEVEL and test.real else "not shown to be better"
    return (
        each.ours,
        factor + each.theirs,
        each.figure,
        f"{test.difference:+.4f}",
        f"{test.low:+.4f}",
        f"{each.adjusted:.4f}",
        verdict,
    )
