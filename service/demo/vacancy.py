"""Is there room for the demo? Apart from `load`, which takes seconds to import."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Interaction, Track, User


def is_empty(session: Session) -> bool:
    """Tell whether a database holds no track, no listener and no interaction."""
    return not any(
        session.scalar(select(table.id).limit(1)) for table in (Track, User, Interaction)
    )
