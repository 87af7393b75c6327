"""What the taste endpoints take and give."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from index.features import FEATURE_NAMES, FEATURES
from index.text import key
from service.http import MAX_ID as MOST_ID
from service.http import Body, Canonical, Parameters, PastMoment
from service.tracks import Artist, Genre

MOST_NAMES = 100
"""In each list of a PATCH."""
_FEATURES = {feature.name: feature for feature in FEATURES}
FeatureName = Literal[
    "tempo",
    "energy",
    "danceability",
    "valence",
    "acousticness",
    "instrumentalness",
    "loudness",
    "speechiness",
]
Weight = Annotated[float, Field(ge=0, le=4, examples=[2.0])]
_EACH = "by name: 0 counts not at all, 1 as ever, up to 4; null forgets the weight"


def _within_range(values: dict[str, float | None]) -> dict[str, float | None]:
    for name, value in values.items():
        feature = _FEATURES[name]
        if value is not None and not feature.minimum <= value <= feature.maximum:
            raise ValueError(f"{name} should lie between {feature.minimum} and {feature.maximum}")
    return values


class TasteWeights(Body):
    """How much what was listened to counts. Names that are not given keep their weight."""

    genres: dict[Genre, Weight | None] = Field(
        default_factory=dict,
        max_length=MOST_NAMES,
        description=f"Weights of genres {_EACH}",
        examples=[{"jazz": 2.0}],
    )
    artists: dict[Artist, Weight | None] = Field(
        default_factory=dict,
        max_length=MOST_NAMES,
        description=f"Weights of artists {_EACH}",
        examples=[{"Miles Davis": 0.5}],
    )
    features: dict[FeatureName, Weight | None] = Field(
        default_factory=dict,
        description=f"Weights of features {_EACH}",
        examples=[{"energy": 1.5}],
    )


class TastePins(Body):
    """Standing likes. A list replaces the one before; names are added by giving all of them."""

    genres: list[Genre] | None = Field(None, max_length=MOST_NAMES, examples=[["jazz"]])
    artists: list[Artist] | None = Field(None, max_length=MOST_NAMES, examples=[["Miles Davis"]])
    features: Annotated[dict[FeatureName, float | None], AfterValidator(_within_range)] = Field(
        default_factory=dict,
        description="Values in their own units; null takes a pin away",
        examples=[{"energy": 0.8}],
    )


class TasteMutes(Body):
    """What never comes and doesn't count. A list replaces the one before."""

    genres: list[Genre] | None = Field(None, max_length=MOST_NAMES, examples=[["metal"]])
    artists: list[Artist] | None = Field(None, max_length=MOST_NAMES, examples=[["Nickelback"]])


class TasteUpdate(Body):
    """What to change; everything else stays as it is."""

    weights: TasteWeights = Field(default_factory=TasteWeights)
    pins: TastePins = Field(default_factory=TastePins)
    mutes: TasteMutes = Field(default_factory=TasteMutes)

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        for kind in ("genres", "artists"):
            pinned, muted = getattr(self.pins, kind) or (), getattr(self.mutes, kind) or ()
            if both := set(map(key, pinned)) & set(map(key, muted)):
                raise ValueError(f"{', '.join(sorted(both))} can't be both pinned and muted")
        return self


class ForgetParameters(Parameters):
    """Which events are not to count any more: those that all of it is true of."""

    track_id: Annotated[int, Field(ge=1, le=MOST_ID, examples=[1]), Canonical] | None = Field(
        None, description="Events with this track"
    )
    artist: Artist | None = Field(None, description="Events with tracks of this artist")
    genre: Genre | None = Field(None, description="Events with tracks of this genre")
    before: PastMoment | None = Field(
        None, description="Events before this moment; all up to now if it is not given"
    )


class TasteEvents(BaseModel):
    """What a taste was drawn from."""

    total: int = Field(description="Events with tracks that still exist", examples=[120])
    forgotten: int = Field(description="Of these, that don't count any more", examples=[8])
    without_weight: int = Field(description="Of these, muted or of weight 0", examples=[2])
    pull: float = Field(description="Weight of what pulls the taste towards it", examples=[93.5])
    push: float = Field(description="Weight of what pushes it away", examples=[4.2])
    by_action: dict[str, int] = Field(examples=[{"play": 100, "like": 20}])
    first_at: str | None = Field(examples=["2026-01-31T18:30:00.250000Z"])
    last_at: str | None = Field(examples=["2026-01-31T18:30:00.250000Z"])


class TasteFeature(BaseModel):
    """What is liked of one feature."""

    name: FeatureName
    unit: str = Field(examples=["BPM"])
    value: float | None = Field(
        description="Mean of what pulls, in its own unit; null where unknown", examples=[104.5]
    )
    percentile: float | None = Field(
        description="Share of the catalogue below that value", examples=[0.35]
    )
    direction: float = Field(
        description="Coordinate of the taste vector, -1..1: what tracks are compared with",
        examples=[-0.21],
    )
    weight: float = Field(examples=[1.0])
    pinned: float | None = Field(description="The pinned value, if any", examples=[None])


class TasteName(BaseModel):
    """An artist of a taste."""

    name: str = Field(examples=["Miles Davis"])
    share: float = Field(description="Share of the weight that pulls", examples=[0.18])
    weight: float = Field(examples=[1.0])
    pinned: bool
    muted: bool


class TasteGenre(TasteName):
    """A genre of a taste."""

    name: str = Field(examples=["jazz"])
    favourite: bool = Field(description="Whether its tracks earn the bonus")


class TasteTrack(BaseModel):
    """A track that a taste was drawn from."""

    id: int = Field(examples=[1])
    title: str = Field(examples=["Blue in Green"])
    artist: str = Field(examples=["Miles Davis"])
    genre: str | None = Field(examples=["jazz"])
    weight: float = Field(description="Below 0 it pushes away", examples=[3.7])
    events: int = Field(examples=[4])


class TasteSaid(BaseModel):
    """Everything the listener has said, as it is kept."""

    weights: dict[str, dict[str, float]] = Field(examples=[{"genres": {"jazz": 2.0}}])
    pins: dict[str, Any] = Field(examples=[{"genres": ["jazz"], "features": {"energy": 0.8}}])
    mutes: dict[str, list[str]] = Field(examples=[{"artists": ["Nickelback"]}])
    forgotten: list[dict[str, Any]] = Field(
        examples=[[{"genre": "metal", "until": "2026-01-31T18:30:00.250000Z"}]]
    )


class TasteRead(BaseModel):
    """A listener's taste: what it says, what it was drawn from, and what they said of it."""

    user_id: int = Field(examples=[1])
    has_evidence: bool = Field(
        description="Whether personal lists follow it; if not, what is trending stands in"
    )
    events: TasteEvents
    features: list[TasteFeature]
    genres: list[TasteGenre] = Field(description="The greatest shares first")
    artists: list[TasteName] = Field(description="The greatest shares first")
    tracks: list[TasteTrack] = Field(description="The weightiest first")
    hours: list[int] = Field(
        description="Events by hour of the day, UTC", examples=[[0] * 18 + [3, 5, 9, 4, 1, 0]]
    )
    edits: TasteSaid
    index_version: str = Field(description="<generation>.<delta>", examples=["12.3"])


assert tuple(FeatureName.__args__) == FEATURE_NAMES  # type: ignore[attr-defined]  # noqa: S101
