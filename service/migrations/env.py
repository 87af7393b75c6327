"""What Alembic runs: the revisions, on the connection that `upgrade` hands over."""

from alembic import context

from service.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
