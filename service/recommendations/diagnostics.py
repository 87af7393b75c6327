"""What is told of a list beside its items: the plan, and why it is shorter than it was to be."""

from typing import Any

from index.live import LiveIndex
from index.ranking import Ranked
from index.retrieval import remaining
from service.recommendations.parameters import Explained, PersonalizedOptions, SimilarOptions
from service.recommendations.seed_schemas import BlendBody


def is_short(params: SimilarOptions | PersonalizedOptions | BlendBody, ranked: Ranked) -> bool:
    """Tell whether a list has to say why it is short, which takes a look at every track."""
    return len(ranked.rows) < params.limit and ranked.query is not None


def notes(
    live: LiveIndex, params: SimilarOptions | PersonalizedOptions | BlendBody, ranked: Ranked
) -> dict[str, Any]:
    """Return ``explain`` where it was asked for, and ``left`` for a list that is too short."""
    told: dict[str, Any] = {}
    if isinstance(params, Explained) and params.explain:
        told["explain"] = {"plan": ranked.plan, "filters": params.conditions()}
    if len(ranked.rows) < params.limit and ranked.query is not None:
        stages = remaining(live, ranked.query, ranked.query.limits)
        if stages[-1][1] > len(ranked.rows):
            stages.append(("list policies", len(ranked.rows)))
        told["left"] = [{"after": name, "tracks": count} for name, count in stages]
    return told
