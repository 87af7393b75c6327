"""The one table of listener actions: what each says about taste, trends and having been heard."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """One kind of interaction; its position in `ACTIONS` is its code in every array."""

    name: str
    taste: float
    trend: float
    heard: bool


ACTIONS: tuple[Action, ...] = (
    Action("play", taste=1.0, trend=1.0, heard=True),
    Action("like", taste=3.0, trend=3.0, heard=True),
    Action("dislike", taste=-3.0, trend=-3.0, heard=False),
    Action("skip", taste=-1.0, trend=-1.0, heard=True),
    Action("playlist_add", taste=2.5, trend=4.0, heard=True),
)

ACTION_NAMES: tuple[str, ...] = tuple(action.name for action in ACTIONS)
ACTION_CODES: dict[str, int] = {name: code for code, name in enumerate(ACTION_NAMES)}
