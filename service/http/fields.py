"""Types of request fields that several domains share."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Path
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import core_schema

MAX_ID = 2**63 - 1
MAX_INT = 2**31 - 1
"""What an INT column holds."""
MAX_LIST = 1_000
FUTURE = timedelta(minutes=5)
"""How far a client's clock may be ahead."""
EPOCH = datetime(1970, 1, 1)

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)


class Body(BaseModel):
    """Base of all bodies: strict types, and no field that is not known."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Parameters(BaseModel):
    """Base of all query parameters: a mistyped name is an error, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Text:
    """What a text field takes: so many characters, and only what every database keeps.

    With ``trim``, what stands around the text doesn't count, and something else must be there.
    """

    minimum: int
    maximum: int
    trim: bool = False
    examples: tuple[str, ...] = ()

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Check a text after pydantic has found it to be one."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the field in OpenAPI."""
        described = {**handler(schema), "maxLength": self.maximum}
        any_text = r"[^\u0000]*"
        if self.trim:
            described["pattern"] = rf"^{any_text}[^\s\u0000]{any_text}$"
        else:
            described["pattern"] = f"^{any_text}$"
        if self.minimum:
            described["minLength"] = self.minimum
        if self.examples:
            described["examples"] = list(self.examples)
        return described

    def check(self, text: str) -> str:
        """Return the text as it is to be stored, or raise ValueError."""
        storable(text)
        if len(text) > self.maximum:
            raise ValueError(f"Too long: at most {self.maximum} characters are allowed")

        kept = text.strip() if self.trim else text
        if len(kept) < self.minimum:
            raise ValueError("Input should not be empty")
        return kept


def storable(text: str) -> str:
    """Refuse what no database keeps: NUL and lone surrogates."""
    if "\0" in text:
        raise ValueError("A NUL character cannot be stored")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("A lone surrogate is no text") from None
    return text


def _canonical(value: Any) -> Any:
    if isinstance(value, str) and not _INTEGER.fullmatch(value):
        raise ValueError("Input should be a whole number in plain digits")
    return value


Canonical = BeforeValidator(_canonical)
"""Digits only: the lax reading of text also takes ``+1``, ``1_0`` and ``1.0``."""

RowId = Annotated[int, Path(ge=1, le=MAX_ID, examples=[1]), Canonical]
"""An id in the path."""
BodyId = Annotated[int, Field(ge=1, le=MAX_ID, examples=[1])]
"""An id in a body."""
Limit = Annotated[int, Field(ge=1, le=100, description="How many at most"), Canonical]
Offset = Annotated[
    int, Field(ge=0, le=MAX_INT, description="How many to pass over first"), Canonical
]


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError("Input should be a moment in ISO 8601, as text")
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise ValueError("Input should be a moment in ISO 8601") from None
    if not EPOCH <= moment <= utc_now() + FUTURE:
        raise ValueError("Input should lie between 1970 and now")
    return moment


PastMoment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2026-01-31T18:30:00.250Z"]}
    ),
]
"""A moment that has been, as naive UTC; without a zone it is taken for UTC."""


def utc_now() -> datetime:
    """Return the time now, in UTC, without zone, to the microsecond."""
    return datetime.now(UTC).replace(tzinfo=None)
