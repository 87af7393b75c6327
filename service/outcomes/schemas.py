"""What is told of how lists do."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from index.experiments import Interval, chance_above_half, credible, wilson
from service.outcomes.ids import NAMES, Scenario
from service.outcomes.report import DAYS, Contest, Record, Report

Count = Annotated[int, Field(ge=0, examples=[120])]
Share = Annotated[float, Field(ge=0, le=1, examples=[0.25])]


class Rate(BaseModel):
    """A share that was counted, and the interval that holds the true one in 19 cases of 20."""

    value: Share | None = Field(description="Null where nothing was counted")
    low: Share
    high: Share
    of: Count = Field(description="Of how many")


class Coverage(BaseModel):
    """How much of the catalogue was shown."""

    tracks: Count = Field(description="Different tracks, to about 1.6 %")
    value: Share | None = Field(description="Share of the catalogue")


class ScenarioOutcomes(BaseModel):
    """Lists of one kind, and what listeners did with them."""

    scenario: Scenario = Field(examples=["personalized"])
    lists: Count = Field(description="Lists given out")
    items: Count = Field(description="Tracks in them")
    acceptance: Rate = Field(description="Played, liked or put on a playlist, of tracks shown")
    skips: Rate = Field(description="Skipped or disliked, of tracks that anything was done with")
    completion: Rate = Field(
        description="Heard to four fifths, of tracks played for a time that is known"
    )
    repeats: Rate = Field(description="Played again later, of tracks accepted")
    coverage: Coverage


class ContestOutcomes(BaseModel):
    """Two rankers in one list: who is chosen from more wins it."""

    first: str = Field(examples=["hybrid"])
    second: str = Field(examples=["audio"])
    first_wins: Count
    second_wins: Count
    ties: Count
    share: Rate = Field(
        description="Of the lists that were decided, those that the first won; the interval is "
        "Bayes' with a uniform prior, at 95 %"
    )
    chance: Share = Field(description="How likely it is that the first is the better one")


class ListOutcomes(BaseModel):
    """How the lists of the last days did, those of all workers together."""

    days: int = Field(examples=[DAYS])
    scenarios: list[ScenarioOutcomes]
    contests: list[ContestOutcomes]

    model_config = ConfigDict(json_schema_extra={"examples": [{"days": DAYS, "scenarios": []}]})


class DayOutcomes(BaseModel):
    """One day in UTC."""

    day: date = Field(examples=["2026-05-04"])
    scenarios: list[ScenarioOutcomes]


class DailyOutcomes(ListOutcomes):
    """The same, and day by day."""

    by_day: list[DayOutcomes] = Field(description="The newest first; days without lists are absent")


def list_outcomes(report: Report, tracks: int) -> ListOutcomes:
    """Return what is told of a report, given the size of the catalogue."""
    return ListOutcomes(
        days=DAYS,
        scenarios=_scenarios(report.records, tracks),
        contests=[_contest(each) for each in report.contests],
    )


def daily_outcomes(report: Report, tracks: int) -> DailyOutcomes:
    """Return the same with each day."""
    days = sorted(report.by_day, reverse=True)
    return DailyOutcomes(
        **dict(list_outcomes(report, tracks)),
        by_day=[
            DayOutcomes(day=day, scenarios=_scenarios(report.by_day[day], tracks)) for day in days
        ],
    )


def _scenarios(records: dict[Scenario, Record], tracks: int) -> list[ScenarioOutcomes]:
    return [_scenario(each, records[each], tracks) for each in Scenario if each in records]


def _scenario(scenario: Scenario, record: Record, tracks: int) -> ScenarioOutcomes:
    return ScenarioOutcomes(
        scenario=scenario,
        lists=record.lists,
        items=record.items,
        acceptance=_rate(record.accepted, record.items),
        skips=_rate(record.skipped, record.acted),
        completion=_rate(record.completed, record.timed),
        repeats=_rate(record.repeated, record.accepted),
        coverage=Coverage(
            tracks=record.different_tracks,
            value=min(1.0, record.different_tracks / tracks) if tracks else None,
        ),
    )


def _rate(successes: int, trials: int) -> Rate:
    # What was shown may be known later than what was done with it, or never.
    trials = max(trials, successes)
    return _told(successes, trials, wilson(successes, trials))


def _contest(contest: Contest) -> ContestOutcomes:
    won, decided = contest.first_wins, contest.first_wins + contest.second_wins
    first, second = (NAMES.get(letter, letter) for letter in contest.teams)
    return ContestOutcomes(
        first=first,
        second=second,
        first_wins=contest.first_wins,
        second_wins=contest.second_wins,
        ties=contest.ties,
        share=_told(won, decided, credible(won, decided)),
        chance=chance_above_half(won, decided),
    )


def _told(successes: int, trials: int, interval: Interval) -> Rate:
    share = successes / trials if trials else None
    return Rate(value=share, low=interval.low, high=interval.high, of=trials)
