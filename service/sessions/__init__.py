"""Endless sessions."""
