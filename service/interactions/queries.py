"""Reading interactions back."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.interactions.schemas import InteractionQuery
from service.models import Interaction, User
from service.users import UNKNOWN as UNKNOWN_USER


def matching(session: Session, user_id: int, params: InteractionQuery) -> Select[Interaction]:
    """Select what a user did. Raises NotFound."""
    if session.scalar(select(User.id).where(User.id == user_id)) is None:
        raise NotFound(UNKNOWN_USER, field="path.user_id")
    query = select(Interaction).where(Interaction.user_id == user_id)
    return query if params.action is None else query.where(Interaction.action == params.action)
