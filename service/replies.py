"""What the routers of several domains need to take and give JSON."""

from typing import Any, Literal

from fastapi import Response


def json_reply(body: bytes, status: int = 200) -> Response:
    """Return JSON that is encoded already."""
    return Response(body, status, media_type="application/json")


def one_or_many(value: Any) -> Literal["one", "many"]:
    """Tell whether a body is one object or a list of them; errors are then named accordingly."""
    return "many" if isinstance(value, list) else "one"
