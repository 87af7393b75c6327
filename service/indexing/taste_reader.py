"""What listeners say of their own taste, as it stands in SQL."""

from sqlalchemy import ColumnElement, Connection, select, true

from service.models import Taste


def read_tastes(
    connection: Connection, wanted: ColumnElement[bool] | None = None
) -> dict[int, bytes]:
    """Return what listeners say, by user; of all of them if not told of whom."""
    query = select(Taste.user_id, Taste.edits).where(true() if wanted is None else wanted)
    return {user_id: edits.encode() for user_id, edits in connection.execute(query)}
