"""Endless sessions."""

from service.sessions.journal import Journals

__all__ = ["Journals"]
