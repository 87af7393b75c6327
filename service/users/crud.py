"""What happens to users: each verb runs in one transaction and records its change."""

from typing import Any

import orjson
from sqlalchemy import Select, delete, select, union_all, update
from sqlalchemy.orm import Session

from index.text import key
from service.database import record_change
from service.errors import Conflict, NotFound, Unprocessable
from service.http import utc_now
from service.models import Interaction, User
from service.tracks import moment_text
from service.users.schemas import UserCreate, UserQuery, UserUpdate

UNKNOWN = "There is no user with this id."


def add_user(session: Session, new: UserCreate) -> bytes:
    """Store a new user. Raises Conflict if the e-mail or the external id is in use."""
    _require_free(session, new.email, new.external_id)
    user = User(
        email=new.email,
        email_key=_email_key(new.email),
        username=new.username,
        external_id=new.external_id,
        created_at=utc_now(),
    )
    session.add(user)
    session.flush()
    record_change(session, "user", [user.id])
    return encode_user(user)


def change_user(session: Session, user_id: int, params: UserUpdate) -> bytes:
    """Change the given fields of a user. Raises NotFound, Conflict and Unprocessable."""
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFound(UNKNOWN, field="path.user_id")
    given = params.model_dump(exclude_unset=True)
    _require_free(session, given.get("email"), given.get("external_id"), own_id=user_id)

    for name, value in given.items():
        setattr(user, name, value)
    if user.email is None and user.external_id is None:
        raise Unprocessable("A user needs an email or an external_id", field="body")
    user.email_key = _email_key(user.email)
    session.flush()
    record_change(session, "user", [user_id])
    return encode_user(user)


def delete_user(session: Session, user_id: int) -> None:
    """Delete a user and their interactions. Raises NotFound."""
    if session.get(User, user_id, with_for_update=True) is None:
        raise NotFound(UNKNOWN, field="path.user_id")
    session.execute(delete(Interaction).where(Interaction.user_id == user_id))
    session.execute(delete(User).where(User.id == user_id))
    record_change(session, "user", [user_id])


def read_user(session: Session, user_id: int) -> bytes:
    """Return a user. Raises NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(UNKNOWN, field="path.user_id")
    return encode_user(user)


def matching(params: UserQuery) -> Select[*tuple[Any, ...]]:
    """Select the users that a query means."""
    query = select(User)
    if params.external_id is not None:
        query = query.where(User.external_id == params.external_id)
    return query


def encode_user(user: User) -> bytes:
    """Return the JSON object of a user."""
    return orjson.dumps(
        {
            "id": user.id,
            "external_id": user.external_id,
            "email": user.email,
            "username": user.username,
            "created_at": moment_text(user.created_at),
        }
    )


def _email_key(email: str | None) -> str | None:
    return None if email is None else key(email)


def _require_free(
    session: Session, email: str | None, external_id: str | None, *, own_id: int | None = None
) -> None:
    if external_id is not None:
        owner = session.scalar(select(User.id).where(User.external_id == external_id))
        if owner not in (None, own_id):
            raise Conflict("This external_id is already in use.", field="body.external_id")
    if email is not None and _email_owner(session, email) not in (None, own_id):
        raise Conflict("This e-mail is already in use.", field="body.email")


def _email_owner(session: Session, email: str) -> int | None:
    """Return the id of the user who has an e-mail, however its case is.

    Programs that don't know keys write e-mails without one, or change the e-mail beside it: the
    e-mail is what counts. A key that no longer belongs to its e-mail is taken away.
    """
    params = key(email)
    columns = select(User.id, User.email, User.email_key)
    candidates = session.execute(
        union_all(
            columns.where(User.email_key == params),
            columns.where(User.email.in_({email, params})),
            columns.where(User.email_key.is_(None), User.email.is_not(None)),
        )
    ).all()

    owner = None
    for id_, their_email, their_key in candidates:
        if their_email is not None and key(their_email) == params:
            owner = id_
        elif their_key == params:
            session.execute(update(User).where(User.id == id_).values(email_key=None))
    return owner
