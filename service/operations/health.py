"""Whether the process lives, whether it can answer, and how it is. None of it asks the database."""

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from service.database import State
from service.errors import Unavailable
from service.http import problems
from service.indexing import IndexReader
from service.operations.stopping import is_stopping

router = APIRouter(tags=["operations"])


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """A verified generation is loaded."""

    status: Literal["ready"] = "ready"
    index_version: Annotated[str, Field(description="Generation and changes since")]

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "ready", "index_version": "12.3"}]}
    )


class IndexHealth(BaseModel):
    """The index that this worker serves."""

    generation: Annotated[int, Field(description="Number of the generation", examples=[12])]
    version: Annotated[str, Field(description="Generation and changes since", examples=["12.3"])]
    age_seconds: Annotated[float, Field(description="Since the generation was built")]
    tracks: Annotated[int, Field(description="Tracks that can be recommended", examples=[114000])]


class IndexerHealth(BaseModel):
    """The process that rebuilds, as the database knows it; nulls while that is away."""

    alive: Annotated[bool | None, Field(description="Whether an indexer leads")] = None
    queued: Annotated[int | None, Field(description="Rebuilds waiting")] = None
    running: Annotated[int | None, Field(description="Rebuilds under way")] = None
    last_error: Annotated[
        str | None, Field(description="Why the newest rebuild failed, if it did")
    ] = None


class Health(BaseModel):
    """How Segue is."""

    status: Annotated[
        Literal["ok", "degraded", "starting"],
        Field(description="`degraded`: recommendations are answered, something else is not right"),
    ]
    database: Annotated[Literal["up", "away"], Field(description="As last tried")]
    breaker: Annotated[
        State, Field(description="`open`: the database does not answer, and is not asked")
    ]
    index: IndexHealth | None
    indexer: IndexerHealth
    last_error: Annotated[
        str | None,
        Field(description="What keeps the index from being current, or stops writes"),
    ] = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ok",
                    "database": "up",
                    "breaker": "closed",
                    "index": {
                        "generation": 12,
                        "version": "12.3",
                        "age_seconds": 95.2,
                        "tracks": 114000,
                    },
                    "indexer": {"alive": True, "queued": 0, "running": 0, "last_error": None},
                    "last_error": None,
                }
            ]
        }
    )


@router.get("/livez", summary="Is the process alive?", operation_id="livez")
async def livez() -> Alive:
    """Answers as long as the process does, whatever else is wrong."""
    return Alive()


@router.get(
    "/readyz",
    responses=problems(503),
    summary="Can it answer recommendations?",
    operation_id="readyz",
)
async def readyz(request: Request) -> Ready:
    """Ready once a verified generation is loaded; a database that is away does not change that."""
    live = request.app.state.reader.live
    if is_stopping.is_set():
        raise Unavailable("This server is about to stop.")
    if live is None:
        raise Unavailable("The first index is still being built.")
    return Ready(index_version=live.version)


@router.get("/health", summary="How is it?", operation_id="health")
async def health(request: Request) -> Health:
    """Details for people: database, index, indexer, last errors."""
    return describe(request.app.state.reader, request.app.state.database.refusal)


def describe(reader: IndexReader, refusal: str | None = None) -> Health:
    """Return the health that a reader knows of; ``refusal`` is why no write succeeds."""
    live, condition = reader.live, reader.condition
    indexer = IndexerHealth()
    if condition is not None:
        indexer = IndexerHealth(
            alive=condition.indexer_alive,
            queued=condition.queued,
            running=condition.running,
            last_error=condition.last_error,
        )
    index = None
    if live is not None:
        index = IndexHealth(
            generation=live.snapshot.generation,
            version=live.version,
            age_seconds=max(0.0, time.time() - live.snapshot.built_at),
            tracks=live.track_count,
        )

    last_error = reader.last_error or refusal
    well = indexer.alive and indexer.last_error is None and last_error is None
    return Health(
        status="starting" if index is None else "ok" if well else "degraded",
        database="up" if condition else "away",
        breaker=reader.breaker.state,
        index=index,
        indexer=indexer,
        last_error=last_error,
    )
