"""E-mails are unique without case, however they came into the table."""

from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection

from index.text import key
from service.models import ByteText

T = TypeVar("T")

# Not the model: a revision uses this too, and the model moves on.
_USERS = sa.table(
    "users",
    sa.column("id", sa.Integer),
    sa.column("email", sa.String(255)),
    sa.column("email_key", ByteText(255)),
)


def fill_email_keys(connection: Connection) -> int:
    """Give every e-mail its key where a program that doesn't know keys wrote it.

    Of several e-mails that differ by case only, the one with the lowest id keeps the key and
    the others stay without one.

    Returns
    -------
    int
        How many rows were changed.
    """
    users = _USERS.c
    wrong = [
        (row.id, row.email)
        for row in connection.execute(sa.select(_USERS).where(_suspect()).order_by(users.id))
        if row.email_key != _key(row.email)
    ]
    taken = set[str]()
    stale = [id_ for id_, _ in wrong]
    for some in _portions(stale):
        # A key that its row gives up may be the one that another row has to get.
        connection.execute(sa.update(_USERS).where(users.id.in_(some)).values(email_key=None))

    assigned = 0
    for some in _portions(wrong):
        wanted = {k for _, email in some if (k := _key(email)) is not None}
        taken.update(
            connection.scalars(sa.select(users.email_key).where(users.email_key.in_(wanted)))
        )
        given = []
        for id_, email in some:
            email_key = _key(email)
            if email_key is not None and email_key not in taken:
                taken.add(email_key)
                given.append({"which": id_, "its_key": email_key})
        if given:
            one = users.id == sa.bindparam("which")
            connection.execute(
                sa.update(_USERS).where(one).values(email_key=sa.bindparam("its_key")), given
            )
            assigned += len(given)
    return assigned


def _suspect() -> sa.ColumnElement[bool]:
    """Select what may be wrong; the database's LOWER is close enough to leave most rows out."""
    users = _USERS.c
    lowered = sa.cast(sa.func.lower(sa.func.trim(users.email)), ByteText(255))
    return sa.or_(
        sa.and_(users.email.is_not(None), users.email_key.is_(None)),
        sa.and_(users.email.is_(None), users.email_key.is_not(None)),
        lowered != users.email_key,
    )


def _key(email: str | None) -> str | None:
    return None if email is None else key(email)


def _portions(items: list[T]) -> list[list[T]]:
    return [items[start : start + 500] for start in range(0, len(items), 500)]
