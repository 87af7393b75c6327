"""What the routers of several domains need to take and give JSON."""

from collections.abc import Mapping
from typing import Any, Literal

from fastapi import Request, Response


def json_reply(
    body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return JSON that is encoded already."""
    return Response(body, status, headers=headers, media_type="application/json")


def is_known(request: Request, tag: str) -> bool:
    """Tell whether the client has the representation with this entity tag.

    A proxy that compresses replies makes strong tags weak; they still name the same content.
    """
    for name, value in request.scope["headers"]:
        if name == b"if-none-match":
            known = value.decode("latin-1").split(",")
            return any(each.strip().removeprefix("W/") == tag for each in known)
    return False


def one_or_many(value: Any) -> Literal["one", "many"]:
    """Tell whether a body is one object or a list of them; errors are then named accordingly."""
    return "many" if isinstance(value, list) else "one"
