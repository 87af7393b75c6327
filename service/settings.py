"""Every setting of Segue, read once from the environment."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.paths import at_home

PAIR = "^((hybrid|audio):(hybrid|audio))?$"


class Settings(BaseSettings):
    """Settings come from environment variables; an empty variable counts as unset."""

    model_config = SettingsConfigDict(
        env_prefix="SEGUE_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str = Field(
        "127.0.0.1",
        validation_alias=AliasChoices("HOST"),
        description="Address to listen on. There are no accounts: keep it on loopback.",
    )
    port: int = Field(
        8000, validation_alias=AliasChoices("PORT"), ge=0, le=65535, description="Port to listen on"
    )
    data_dir: Annotated[Path, AfterValidator(at_home)] = Field(
        Path("data"), description="Folder of the embedded database and the snapshots"
    )
    database_url: str = Field(
        "", description="SQLAlchemy URL; empty means segue.db in the data directory"
    )
    workers: int = Field(1, ge=1, le=64, description="Serving processes")
    embedded_indexer: bool = Field(
        True, description="Whether `segue serve` runs an indexer; false where another one runs"
    )
    indexer_niceness: int = Field(
        19, ge=0, le=19, description="Niceness of the indexer: 19 leaves the processor to requests"
    )
    indexer_threads: int = Field(1, ge=1, le=64, description="Threads that a rebuild may use")
    drain_seconds: float = Field(
        0,
        ge=0,
        le=300,
        description="Seconds between `/readyz` saying 503 and the end of accepting, at a stop",
    )
    rebuild_interval_minutes: float = Field(
        10, gt=0, description="Minutes between scheduled rebuilds"
    )
    keep_generations: int = Field(3, ge=2, le=100, description="Generations kept on disk")
    change_poll_seconds: float = Field(
        0.3, gt=0, le=1, description="Seconds between looks at the change feed"
    )
    max_concurrent_requests: int = Field(
        1024,
        ge=1,
        description="Requests beside reads that a worker has in hand; the others get a 503",
    )
    max_round_seconds: float = Field(
        0.08, gt=0, le=10, description="A read whose turn would come later than this gets a 503"
    )
    interleave: str = Field(
        "",
        pattern=PAIR,
        description="Two rankers that share personal lists, to be compared: `hybrid:audio`",
    )
    cors_origins: str = Field(
        "", description="Comma-separated origins that browsers may call the API from"
    )

    @property
    def url(self) -> str:
        """URL of the database, the default one included."""
        return self.database_url or f"sqlite:///{self.data_dir / 'segue.db'}"

    @property
    def generations_dir(self) -> Path:
        """Folder of the published generations."""
        return self.data_dir / "generations"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process."""
    return Settings()
