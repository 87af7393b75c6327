"""Errors as nouns with a status, rendered in one place as RFC 9457 problem+json."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

TOO_LARGE = "The body is larger than 1 MiB."
NO_JSON = "The body is no valid JSON."
RETRY_SECONDS = 2


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    field: str = Field(description="Where: `body.title`, `query.limit`", examples=["body.title"])
    message: str = Field(description="What is wrong there", examples=["Field required"])


class Problem(Exception):
    """Any error that a client is told of."""

    status = 500
    default = "Something went wrong on the server."

    def __init__(
        self,
        detail: str | None = None,
        *,
        field: str | None = None,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.detail = detail or self.default
        self.errors = list(errors)
        if field is not None:
            self.errors.append(FieldProblem(field=field, message=self.detail))
        self.headers = dict(headers or {})
        super().__init__(self.detail)


class NotFound(Problem):
    """Something that a request names is not there."""

    status = 404
    default = "There is nothing here."


class Conflict(Problem):
    """The request contradicts what is stored."""

    status = 409
    default = "The request contradicts what is stored."


class Unprocessable(Problem):
    """A well-formed request that cannot be meant."""

    status = 422
    default = "The request is not valid."


class Unavailable(Problem):
    """The service cannot do this at the moment."""

    status = 503
    default = "The database cannot be reached. Try again."

    def __init__(self, detail: str | None = None, **options: Any) -> None:
        super().__init__(detail, **options)
        self.headers.setdefault("Retry-After", str(RETRY_SECONDS))


FAILED = 1


UNUSABLE = 2


class Failure(Exception):
    """A command could not do its work; ``code`` is 2 where what it was given is unusable."""

    def __init__(self, message: str, *, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code
