"""The defaults of the API are the constants of the index: each stands in one place."""

import subprocess
import sys

CHANGED = """
from dataclasses import replace
import index.ranking as ranking, index.signals as signals

for name in ("SIMILAR_POLICY", "PERSONAL_POLICY", "SEEDS_POLICY", "SESSION_POLICY"):
    setattr(ranking, name, replace(getattr(ranking, name), diversity=0.75, max_per_artist=7))
signals.SIMILAR_GENRE_BONUS, signals.PERSONAL_GENRE_BONUS = 1.7, 1.9

from service.recommendations.parameters import PersonalizedOptions, SimilarOptions
from service.recommendations.seed_schemas import BlendKnobs
from service.sessions.schemas import SessionBody

for model in (SimilarOptions, PersonalizedOptions, BlendKnobs, SessionBody):
    made = model()
    print(made.diversity, made.max_per_artist)
print(SimilarOptions().genre_bonus, PersonalizedOptions().genre_bonus, SessionBody().genre_bonus)
"""


def test_a_changed_constant_of_the_index_changes_what_the_api_does() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHANGED], capture_output=True, text=True, check=True
    )

    assert done.stdout.split("\n") == [*["0.75 7"] * 4, "1.7 1.9 1.9", ""]
