"""How the length in seconds and the exact length in milliseconds of a track go together."""

from typing import Any

MS_PER_SECOND = 1000


def whole_seconds(duration_ms: float) -> int | None:
    """Return a length in whole seconds; None where it rounds to 0."""
    return round(duration_ms / MS_PER_SECOND) or None


def exact_length(duration: Any, duration_ms: Any) -> Any:
    """Return ``duration_ms`` while it agrees with ``duration``, else None.

    A program that knows only the older column changes ``duration`` alone: then the milliseconds
    are those of a length that no longer counts.
    """
    if not isinstance(duration, int) or not isinstance(duration_ms, int):
        return duration_ms
    return duration_ms if agree(duration, duration_ms) else None


def agree(duration: int, duration_ms: int) -> bool:
    """Tell whether both are the same length, rounded up or down."""
    return abs(duration_ms - MS_PER_SECOND * duration) < MS_PER_SECOND


def completed(given: dict[str, Any]) -> dict[str, Any]:
    """Add the seconds to fields of a track that hold only milliseconds."""
    if given.get("duration_ms") is None or given.get("duration") is not None:
        return given
    return {**given, "duration": whole_seconds(given["duration_ms"])}


def changed(given: dict[str, Any], duration_ms: int | None) -> dict[str, Any]:
    """Complete the fields to change; a new length in seconds replaces the stored milliseconds."""
    if "duration" not in given or "duration_ms" in given:
        return completed(given)
    if given["duration"] is not None and exact_length(given["duration"], duration_ms) is not None:
        return given
    return {**given, "duration_ms": None}
