"""Errors as RFC 9457 problem documents: rendering, handlers and OpenAPI."""

import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from service.database import cause_of, is_unavailable
from service.errors import NO_JSON, TOO_LARGE, FieldProblem, Problem, Unavailable

log = logging.getLogger(__name__)


MEDIA_TYPE = "application/problem+json"


class ProblemDocument(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field("about:blank", description="Kind of problem", examples=["about:blank"])
    title: str = Field(description="The status in words", examples=["Not Found"])
    status: int = Field(description="The HTTP status", examples=[404])
    detail: str = Field(description="What happened", examples=["There is no track with this id."])
    errors: list[FieldProblem] | None = Field(None, description="The fields at fault, if any")


_DESCRIPTIONS = {
    400: "The body cannot be read: it is no JSON or not UTF-8.",
    404: "Something that the request names is not there.",
    409: "The request contradicts what is stored.",
    413: TOO_LARGE,
    422: "The request is not valid; `errors` names the fields.",
    503: "The database or the index is not there at the moment; `Retry-After` says when to retry.",
}


_EXAMPLES: dict[int, tuple[str, list[dict[str, str]] | None]] = {
    400: (NO_JSON, None),
    404: ("There is no track with this id.", None),
    409: (
        "This e-mail is already in use.",
        [{"field": "body.email", "message": "This e-mail is already in use."}],
    ),
    413: (TOO_LARGE, None),
    422: ("The request is not valid.", [{"field": "body.title", "message": "Field required"}]),
    503: ("The database cannot be reached. Try again.", None),
}


_HTTP_DETAILS = {
    400: NO_JSON,
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: TOO_LARGE,
}


MAX_ERRORS = 100


_FIELD_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


_TAGS = frozenset({"one", "many"})


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI descriptions of a route's errors, for its ``responses``."""
    return {status: _documented(status) for status in statuses}


def render(
    status: int,
    detail: str,
    *,
    errors: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem document as a response."""
    return Response(
        orjson.dumps(document(status, detail, [each.model_dump() for each in errors] or None)),
        status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )


def install(app: FastAPI) -> None:
    """Render every error of an application as a problem document."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(SQLAlchemyError, _database)
    app.add_exception_handler(Exception, _bug)


def document(
    status: int, detail: str, errors: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """Return a problem document."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return content if errors is None else {**content, "errors": errors}


def _documented(status: int) -> dict[str, Any]:
    detail, errors = _EXAMPLES[status]
    documented: dict[str, Any] = {
        "description": _DESCRIPTIONS[status],
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/ProblemDocument"},
                "example": document(status, detail, errors),
            }
        },
    }
    if status == 503:
        documented["headers"] = {
            "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}
        }
    return documented


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - for the type checker
    return render(error.status, error.detail, errors=error.errors, headers=error.headers)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker
    detail = _HTTP_DETAILS.get(error.status_code) or HTTPStatus(error.status_code).phrase
    headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers
    return render(error.status_code, detail, headers=headers)


def _allowed(request: Request) -> str:
    """Name every method of an address; the router knows only the route that it tried first."""
    methods: set[str] = set()
    for route in request.app.state.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - for the type checker
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return render(400, NO_JSON)
    errors = [FieldProblem(field=_field(each["loc"]), message=_message(each)) for each in found]
    return render(422, "The request is not valid.", errors=_distinct(errors))


def _field(place: Sequence[str | int]) -> str:
    """Name a field by its path; what a client made up beyond plain names is not repeated."""
    parts = [str(part) for part in place if part not in _TAGS]
    return ".".join(part if _FIELD_NAME.fullmatch(part) else "?" for part in parts)


def _message(error: Mapping[str, Any]) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


def _distinct(errors: list[FieldProblem]) -> list[FieldProblem]:
    seen = {(each.field, each.message): each for each in errors}
    return list(seen.values())[:MAX_ERRORS]


async def _database(request: Request, error: Exception) -> Response:
    if is_unavailable(error):
        away = Unavailable(f"{cause_of(error)}. Try again.")
        return render(away.status, away.detail, headers=away.headers)
    return await _bug(request, error)


async def _bug(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return render(500, Problem.default)
