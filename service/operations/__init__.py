"""Health, statistics and metrics."""

from service.operations.metrics import RequestMetrics
from service.operations.stopping import is_stopping

__all__ = ["RequestMetrics", "is_stopping"]
