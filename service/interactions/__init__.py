"""What listeners do: recording it, in groups of one commit, and reading it back."""

from service.interactions.group_commit import Committer

__all__ = ["Committer"]
