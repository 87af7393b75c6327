"""What the user endpoints take and give."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from service.http import Body, Paging, SortBy, Text

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def _address(email: str) -> str:
    if not _ADDRESS.fullmatch(email):
        raise ValueError("Input should be an e-mail address")
    return email


Email = Annotated[
    str, Text(3, 255, trim=True, examples=("ada@example.org",)), AfterValidator(_address)
]
Username = Annotated[str, Text(0, 100, examples=("Ada",))]
ExternalId = Annotated[str, Text(1, 255, examples=("listener-42",))]


class _Fields(Body):
    email: Email | None = Field(None, description="Trimmed; unique without regard to case")
    username: Username | None = None
    external_id: ExternalId | None = Field(
        None, description="Your own id of the listener: unique, compared byte by byte"
    )


class UserCreate(_Fields):
    """A new listener, known by an e-mail, an external id, or both."""

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if self.email is None and self.external_id is None:
            raise ValueError("A user needs an email or an external_id")
        return self


class UserUpdate(_Fields):
    """The fields to change; null forgets what was known."""


class UserRead(BaseModel):
    """A listener as stored."""

    id: int = Field(examples=[1])
    external_id: str | None = Field(examples=["listener-42"])
    email: str | None = Field(examples=["ada@example.org"])
    username: str | None = Field(examples=["Ada"])
    created_at: str | None = Field(examples=["2026-01-31T18:30:00.250000Z"])


class UserList(BaseModel):
    """One page of listeners."""

    items: list[UserRead]
    total: int = Field(examples=[1])
    limit: int = Field(examples=[20])
    offset: int = Field(examples=[0])


class UserQuery(Paging):
    """Which listeners to list."""

    external_id: ExternalId | None = Field(
        None, description="Exactly this external id: 0 or 1 listener"
    )
    sort: Annotated[str, SortBy("id", "email", "username", "external_id", "created_at")] = "id"
