"""The keys that make e-mails unique without case follow the e-mails that plain SQL writes."""

from sqlalchemy import text

from service.database import Database
from service.users import fill_email_keys, mend_email_keys


def run(database: Database, *statements: str) -> None:
    with database.writing() as session:
        for statement in statements:
            session.execute(text(statement))


def keys(database: Database) -> list[str | None]:
    with database.reading() as session:
        found = session.execute(text("SELECT email_key FROM users ORDER BY id")).scalars()
        return [key.decode() if isinstance(key, bytes) else key for key in found]


def test_the_oldest_of_several_spellings_gets_the_key(database: Database) -> None:
    run(
        database,
        "INSERT INTO users (email) VALUES ('Ada@x.org')",
        "INSERT INTO users (email) VALUES ('ada@X.org')",
        "INSERT INTO users (email) VALUES (' BÖB@x.org')",
        "INSERT INTO users (external_id) VALUES ('nobody')",
    )

    assert mend_email_keys(database) == 2
    assert keys(database) == ["ada@x.org", None, "böb@x.org", None]


def test_keys_follow_the_emails(database: Database) -> None:
    run(
        database,
        "INSERT INTO users (email, email_key) VALUES ('a@x.org', 'b@x.org')",
        "INSERT INTO users (email, email_key) VALUES ('b@x.org', 'a@x.org')",
        "INSERT INTO users (email, email_key) VALUES (NULL, 'c@x.org')",
        "INSERT INTO users (email, email_key) VALUES ('É@x.org', 'é@x.org')",
    )

    assert mend_email_keys(database) == 2
    assert keys(database) == ["a@x.org", "b@x.org", None, "é@x.org"]


def test_right_keys_are_left_alone(database: Database) -> None:
    run(database, "INSERT INTO users (email, email_key) VALUES ('Ada@x.org', 'ada@x.org')")

    with database.writing() as session:
        assert fill_email_keys(session.connection()) == 0
