"""What becomes of the lists that Segue gives: ids, impressions, outcomes, comparisons."""

from service.outcomes.counter import OutcomeCounter
from service.outcomes.counting import forget_showings
from service.outcomes.ids import LETTERS, RankerName, RecommendationId, Scenario
from service.outcomes.metrics import OutcomeMetrics
from service.outcomes.recorder import OutcomeRecorder
from service.outcomes.report import Report
from service.outcomes.schemas import ListOutcomes, list_outcomes
from service.outcomes.shown_lists import ShownLog, recommendation_id, shown_again

__all__ = [
    "LETTERS",
    "ListOutcomes",
    "OutcomeCounter",
    "OutcomeMetrics",
    "OutcomeRecorder",
    "RankerName",
    "RecommendationId",
    "Report",
    "Scenario",
    "ShownLog",
    "forget_showings",
    "list_outcomes",
    "recommendation_id",
    "shown_again",
]
