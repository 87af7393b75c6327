"""Why the database cannot be used, as a sentence for the person who runs it."""

import sqlite3

import pymysql

WRONG_LOGIN = "The database refuses the user name or the password"
NO_RIGHTS = "The database user lacks a right that Segue needs"
NO_DATABASE = "The server has no database of this name"
READ_ONLY = "The database is read-only"
DISK_FULL = "The disk of the database is full"
BUSY = "The database is busy: others hold its locks"
TOO_MANY = "The database takes no more connections"
NOT_OPEN = "The database file cannot be opened: see its folder and its permissions"
BAD_DISK = "The disk of the database reports errors"
AWAY = "The database cannot be reached"

_MYSQL = {
    **dict.fromkeys((1045, 1698), WRONG_LOGIN),
    **dict.fromkeys((1044, 1142, 1143, 1227, 1370), NO_RIGHTS),
    1049: NO_DATABASE,
    **dict.fromkeys((1290, 1792, 1836), READ_ONLY),
    **dict.fromkeys((1021, 1114), DISK_FULL),
    **dict.fromkeys((1205, 1213), BUSY),
    **dict.fromkeys((1040, 1203, 1226), TOO_MANY),
}
_SQLITE = {
    "locked": BUSY,
    "busy": BUSY,
    "unable to open": NOT_OPEN,
    "disk i/o": BAD_DISK,
    "readonly": READ_ONLY,
    "is full": DISK_FULL,
}
CODES = frozenset(_MYSQL)
"""Numbers of MySQL errors that have a sentence. None is the fault of a statement."""
REFUSALS = frozenset({NO_RIGHTS, READ_ONLY, DISK_FULL})
"""Causes that keep writes from succeeding while reads go on."""
LASTING = REFUSALS | {WRONG_LOGIN, NO_DATABASE, NOT_OPEN}
"""Causes that last until somebody mends them."""


def cause_of(error: BaseException) -> str:
    """Return why ``error`` (SQLAlchemy's, or the driver's own) says the database is unusable."""
    original = getattr(error, "orig", None) or error
    if isinstance(original, sqlite3.Error):
        text = str(original).lower()
        return next((cause for sign, cause in _SQLITE.items() if sign in text), AWAY)
    if isinstance(original, pymysql.err.MySQLError) and original.args:
        return _MYSQL.get(original.args[0], AWAY)
    return AWAY
