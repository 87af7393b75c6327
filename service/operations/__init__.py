"""Health, statistics and metrics."""

from service.operations.metrics import RequestMetrics

__all__ = ["RequestMetrics"]
