"""E-mails are unique without case, however they came into the table."""

import sqlalchemy as sa
from sqlalchemy import Connection

from index.text import key
from service.database import Database, Writer, portions
from service.models import ByteText

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
    wrong = _wrong(connection)
    taken = set[str]()
    stale = [id_ for id_, _ in wrong]
    for ids in portions(stale):
        # A key that its row gives up may be the one that another row has to get.
        connection.execute(sa.update(_USERS).where(users.id.in_(ids)).values(email_key=None))

    assigned = 0
    for some in portions(wrong):
        params = {k for _, email in some if (k := _key(email)) is not None}
        taken.update(
            connection.scalars(sa.select(users.email_key).where(users.email_key.in_(params)))
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


def mend_email_keys(database: Database) -> int:
    """Fill in the keys of a database in use; nothing is locked while there is nothing to do."""
    with database.reading() as session:
        if not _wrong(session.connection()):
            return 0
    return Writer(database, None).run(lambda session: fill_email_keys(session.connection()))


def _wrong(connection: Connection) -> list[tuple[int, str | None]]:
    suspects = sa.select(_USERS).where(_suspect()).order_by(_USERS.c.id)
    rows = connection.execute(suspects)
    return [(row.id, row.email) for row in rows if row.email_key != _key(row.email)]


def _suspect() -> sa.ColumnElement[bool]:
    """Select what may be wrong; the database's LOWER is close enough to leave most rows out."""
    users = _USERS.c
    lowered = sa.func.lower(sa.func.trim(users.email), type_=ByteText(255))
    return sa.or_(
        sa.and_(users.email.is_not(None), users.email_key.is_(None)),
        sa.and_(users.email.is_(None), users.email_key.is_not(None)),
        lowered != users.email_key,
    )


def _key(email: str | None) -> str | None:
    return None if email is None else key(email)
