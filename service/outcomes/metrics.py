"""How lists do, for Prometheus: what the answering worker last read of all workers' counts."""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from service.outcomes.recorder import OutcomeRecorder
from service.outcomes.report import DAYS
from service.outcomes.schemas import ContestOutcomes, Rate, ScenarioOutcomes, list_outcomes

RATES = ("acceptance", "skips", "completion", "repeats")


class OutcomeMetrics(Collector):
    """Rates by scenario, each with the ends of its interval, and contests of rankers."""

    def __init__(self, recorder: OutcomeRecorder, tracks: int) -> None:
        self._keeper = recorder
        self._tracks = tracks

    def collect(self) -> Iterable[Metric]:
        """Return the metrics of the last days."""
        told = list_outcomes(self._keeper.report, self._tracks)
        yield from _rates(told.scenarios)
        yield _coverage(told.scenarios)
        yield _contests(told.contests)


def _rates(scenarios: Iterable[ScenarioOutcomes]) -> Iterable[Metric]:
    labels = ["scenario", "rate"]
    value = GaugeMetricFamily(
        "segue_list_rate", f"What listeners did with lists in {DAYS} days", labels=labels
    )
    bound = GaugeMetricFamily(
        "segue_list_rate_bound", "Interval of the rate at 95 %", labels=[*labels, "bound"]
    )
    for each in scenarios:
        for name in RATES:
            rate: Rate = getattr(each, name)
            if rate.value is not None:
                value.add_metric([each.scenario, name], rate.value)
                bound.add_metric([each.scenario, name, "low"], rate.low)
                bound.add_metric([each.scenario, name, "high"], rate.high)
    yield value
    yield bound


def _coverage(scenarios: Iterable[ScenarioOutcomes]) -> Metric:
    family = GaugeMetricFamily(
        "segue_list_coverage", f"Share of the catalogue shown in {DAYS} days", labels=["scenario"]
    )
    for each in scenarios:
        if each.coverage.value is not None:
            family.add_metric([each.scenario], each.coverage.value)
    return family


def _contests(contests: Iterable[ContestOutcomes]) -> Metric:
    family = GaugeMetricFamily(
        "segue_interleaved_lists",
        f"Interleaved lists of {DAYS} days by who won them",
        labels=["first", "second", "winner"],
    )
    for each in contests:
        results = (("first", each.first_wins), ("second", each.second_wins), ("tie", each.ties))
        for winner, count in results:
            family.add_metric([each.first, each.second, winner], count)
    return family
