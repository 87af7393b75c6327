"""What listeners do: recording it, in groups of one commit, and reading it back."""

from service.interactions.fast_route import DirectInteractions
from service.interactions.group_commit import Committer
from service.interactions.router import post_interactions

__all__ = ["Committer", "DirectInteractions", "post_interactions"]
