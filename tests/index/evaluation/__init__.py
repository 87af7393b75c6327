"""Metrics, statistics, splits and plain methods."""
