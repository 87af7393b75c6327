"""The rankers of personal lists by name, and the two that may share a list."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random

from index.listener import NOTHING, TasteProfile
from service.outcomes import LETTERS

RANKERS: Mapping[str, Callable[[TasteProfile], TasteProfile]] = {
    "hybrid": lambda profile: profile,
    "audio": lambda profile: replace(profile, reach=NOTHING),
}
"""What each ranker sees of a listener: everything, or nothing beside sounds and genres."""

_random = Random()  # noqa: S311 - who begins a round is no secret


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rankers that share personal lists."""

    first: str
    second: str

    @classmethod
    def of(cls, setting: str) -> "Pair | None":
        """Return the rankers of ``first:second``; None where nothing is compared."""
        if not setting:
            return None
        first, second = setting.split(":")
        return cls(first, second)

    @property
    def letters(self) -> str:
        """What an id calls them."""
        return LETTERS[self.first] + LETTERS[self.second]


def coins() -> Iterator[bool]:
    """Toss coins for ever."""
    while True:
        yield _random.random() < 0.5
