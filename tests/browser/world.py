"""A small catalogue whose answers one sees by eye: three genres that sound nothing alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

PER_GENRE = 14
SOUNDS: dict[str, dict[str, float]] = {
    "ambient": {
        "tempo": 70,
        "energy": 0.1,
        "danceability": 0.15,
        "valence": 0.3,
        "acousticness": 0.9,
        "instrumentalness": 0.95,
        "loudness": -24,
        "speechiness": 0.03,
    },
    "techno": {
        "tempo": 132,
        "energy": 0.92,
        "danceability": 0.8,
        "valence": 0.4,
        "acousticness": 0.01,
        "instrumentalness": 0.8,
        "loudness": -6,
        "speechiness": 0.06,
    },
    "hip-hop": {
        "tempo": 92,
        "energy": 0.65,
        "danceability": 0.85,
        "valence": 0.7,
        "acousticness": 0.2,
        "instrumentalness": 0.0,
        "loudness": -8,
        "speechiness": 0.4,
    },
}
ACCENTED = "Déjà Été"
HOSTILE = '<img src=x onerror="document.title=1">'
HOSTILE_ARTIST = '"><script>document.title = 2</script>'
UNMEASURED = "Unmeasured Drone"
LONG = "Donaudampfschifffahrt" * 6


@dataclass(frozen=True, slots=True)
class World:
    """A running server with the small catalogue, and the numbers of what is in it."""

    url: str
    tracks: dict[str, int]
    """Id by title."""
    ambient_listener: int
    techno_listener: int

    def post(self, path: str, body: object) -> Any:
        """Write something through the API."""
        reply = httpx2.post(f"{self.url}{path}", json=body, timeout=120)
        reply.raise_for_status()
        return reply.json()

    def new_listener(self, name: str, *, likes: Sequence[str] = ()) -> int:
        """Add a listener who likes some titles and return its id."""
        listener = self.post("/users/", {"external_id": name, "username": name})["id"]
        if likes:
            self.post("/interactions/", [self._like(listener, title) for title in likes])
        return int(listener)

    def _like(self, listener: int, title: str) -> dict[str, object]:
        return {"user_id": listener, "track_id": self.tracks[title], "action": "like"}


def build(url: str) -> World:
    """Fill an empty server."""
    empty = World(url, {}, 0, 0)
    items = empty.post("/tracks/", [*_ordinary(), *_special()])["items"]
    tracks = {track["title"]: track["id"] for track in items}

    world = World(url, tracks, 0, 0)
    ambient = world.new_listener("Ada", likes=[f"Ambient {n}" for n in range(4)])
    techno = world.new_listener("Grace", likes=[f"Techno {n}" for n in range(4)])
    crowd = world.new_listener("The crowd")
    world.post("/interactions/", _plays(crowd, list(tracks.values())))
    return World(url, tracks, ambient, techno)


def _ordinary() -> list[dict[str, object]]:
    return [
        {
            "title": f"{genre.capitalize()} {n}",
            "artist": f"{genre.capitalize()} Artist {n}",
            "album": f"Album {n}",
            "genre": genre,
            "duration": 180 + n,
            "key": "F#",
            "popularity": 10 + n,
            **sound,
            "tempo": sound["tempo"] + n,
        }
        for genre, sound in SOUNDS.items()
        for n in range(PER_GENRE)
    ]


def _special() -> list[dict[str, object]]:
    ambient = SOUNDS["ambient"]
    return [
        {"title": ACCENTED, "artist": "Sigríður", "genre": "ambient", "duration": 205, **ambient},
        {"title": HOSTILE, "artist": HOSTILE_ARTIST, "album": HOSTILE, "genre": HOSTILE, **ambient},
        {"title": UNMEASURED, "artist": "Nobody", "genre": "ambient"}
        | {**ambient, "valence": None},
        {"title": LONG, "artist": LONG, "album": LONG, "genre": "ambient", **ambient},
    ]


def _plays(listener: int, tracks: list[int]) -> list[dict[str, object]]:
    """Thirty tracks were heard three days ago, the rest three weeks ago, none today."""
    now = datetime.now(UTC)
    return [
        {
            "user_id": listener,
            "track_id": track,
            "action": "play",
            "created_at": (now - timedelta(days=3 if n < 30 else 21)).isoformat(),
        }
        for n, track in enumerate(tracks)
    ]
