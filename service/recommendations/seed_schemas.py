"""What ``POST /recommendations/`` takes: seeds, targets, conditions and knobs."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from index.features import FEATURE_NAMES, FEATURES
from index.ranking import SEEDS_POLICY, Knobs, ListPolicy, Seeds
from service.http import MAX_ID, Body, BodyId, Limit
from service.recommendations.filter_parameters import LongSelection
from service.recommendations.parameters import (
    MAX_SEEDS,
    CollapseVersions,
    Diversity,
    Explained,
    GenreBonus,
    MaxPerAlbum,
    MaxPerArtist,
)
from service.tracks import Artist, Genre

_FEATURES = {feature.name: feature for feature in FEATURES}
_DEFAULT = Knobs()
Knob = Annotated[float, Field(ge=0, le=1)]


def _target(name: str) -> Any:
    feature = _FEATURES[name]
    unit = f", in {feature.unit}" if feature.unit else ""
    return Field(
        None,
        ge=feature.minimum,
        le=feature.maximum,
        description=f"The closer to this {name}{unit}, the better",
    )


class SeedsBody(Body):
    """Tracks, artists and genres."""

    tracks: list[BodyId] = Field(
        default_factory=list, max_length=MAX_SEEDS, description="Ids", examples=[[1, 2]]
    )
    artists: list[Artist] = Field(
        default_factory=list,
        max_length=MAX_SEEDS,
        description="Names, compared without case; an artist is the mean of their tracks",
        examples=[["Miles Davis"]],
    )
    genres: list[Genre] = Field(
        default_factory=list,
        max_length=MAX_SEEDS,
        description="Names, compared without case; a genre is the mean of its tracks",
        examples=[["jazz"]],
    )

    def __len__(self) -> int:
        return len(self.tracks) + len(self.artists) + len(self.genres)

    def seeds(self) -> Seeds:
        """Return the seeds as the index takes them."""
        return Seeds(tuple(self.tracks), tuple(self.artists), tuple(self.genres))


class FeatureTargets(Body):
    """What every feature should be near to."""

    target_tempo: float | None = _target("tempo")
    target_energy: float | None = _target("energy")
    target_danceability: float | None = _target("danceability")
    target_valence: float | None = _target("valence")
    target_acousticness: float | None = _target("acousticness")
    target_instrumentalness: float | None = _target("instrumentalness")
    target_loudness: float | None = _target("loudness")
    target_speechiness: float | None = _target("speechiness")

    def targets(self) -> dict[str, float]:
        """Return the targets that were given, by feature."""
        values = {name: getattr(self, f"target_{name}") for name in FEATURE_NAMES}
        return {name: value for name, value in values.items() if value is not None}


class BlendKnobs(FeatureTargets):
    """How much each part of a score counts, and how the list is ordered."""

    popularity: Knob = Field(
        _DEFAULT.popularity, description="How much being known counts", examples=[0.2]
    )
    novelty: Knob = Field(
        _DEFAULT.novelty, description="How much being little known counts", examples=[0.0]
    )
    diversity: Diversity = SEEDS_POLICY.diversity
    max_per_artist: MaxPerArtist | None = SEEDS_POLICY.max_per_artist
    max_per_album: MaxPerAlbum | None = SEEDS_POLICY.max_per_album
    collapse_versions: CollapseVersions = SEEDS_POLICY.collapse_versions
    genre_bonus: GenreBonus = _DEFAULT.genre_bonus
    seed: Annotated[int, Field(ge=0, le=MAX_ID)] | None = Field(
        None,
        description="Which draw of chance it is: the same seed on the same `index_version` gives "
        "the same list. Null leaves nothing to chance",
        examples=[42],
    )
    randomness: Knob = Field(
        0.2, description="How much chance counts, if there is a `seed`", examples=[0.2]
    )

    def knobs(self) -> Knobs:
        """Return the knobs as the index takes them."""
        return Knobs(
            popularity=self.popularity,
            novelty=self.novelty,
            randomness=0.0 if self.seed is None else self.randomness,
            seed=self.seed or 0,
            genre_bonus=self.genre_bonus,
            targets=self.targets(),
        )

    def policy(self) -> ListPolicy:
        """Return how the list is ordered."""
        return ListPolicy(
            self.diversity, self.max_per_artist, self.max_per_album, self.collapse_versions
        )


class BlendBody(LongSelection, Explained, BlendKnobs, strict=True):
    """A wish: every field may be left out."""

    limit: Limit = 20
    seeds: SeedsBody = Field(default_factory=SeedsBody, description="What the list is to be like")
    negative_seeds: SeedsBody = Field(
        default_factory=SeedsBody,
        description="What it is not to be like. These tracks, tracks of these artists and of these "
        "genres never come, and what sounds like them comes later",
    )

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        if len(self.seeds) + len(self.negative_seeds) > MAX_SEEDS:
            raise ValueError(f"At most {MAX_SEEDS} seeds are allowed, all kinds together")
        return self
