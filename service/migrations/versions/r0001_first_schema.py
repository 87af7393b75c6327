"""The schema that databases had before Segue kept revisions."""

from alembic import op

from service.migrations.revision1 import REVISION_1

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create what is not there: the revision may have been killed between two statements."""
    connection = op.get_bind()
    REVISION_1.create_all(connection)
    for table in REVISION_1.sorted_tables:
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            index.create(connection, checkfirst=True)
