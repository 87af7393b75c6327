"""``segue demo``: a catalogue that sounds like music and listeners who behave like people."""

import os
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from index.actions import ACTION_NAMES
from index.features import FEATURE_NAMES, FEATURES
from service.cli import main
from service.commands.environment import THREADS
from service.database import Database
from service.demo import Demo, load_demo
from service.demo.catalogue import DemoCatalogue, generate_catalogue
from service.demo.genres import NEIGHBOURS, read_table
from service.demo.names import usernames
from service.demo.words import ARTISTS, TITLES
from service.importing import Progress
from service.models import Interaction, Rebuild, Track, User
from service.settings import Settings
from tests.service.files import tracks, users, written

TRACKS, LISTENERS = 22_000, 1_200
NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo() -> Demo:
    """The demo as it is shipped."""
    return Demo(now=NOW, progress=Progress(), tracks=TRACKS, listeners=LISTENERS, seed=1)


@pytest.fixture(scope="module")
def catalogue(demo: Demo) -> DemoCatalogue:
    """Its tracks."""
    return demo.catalogue


def small() -> Demo:
    return Demo(now=NOW, progress=Progress(), tracks=900, listeners=25, seed=1)


def test_the_table_names_known_styles_and_neighbours() -> None:
    genres = read_table()
    names = {genre.name for genre in genres}

    assert {genre.style for genre in genres} == set(ARTISTS) == set(TITLES)
    assert set(NEIGHBOURS) == names
    assert {near for all_near in NEIGHBOURS.values() for near in all_near} <= names


def test_the_catalogue_is_as_large_and_as_skewed_as_real_ones(catalogue: DemoCatalogue) -> None:
    sizes = Counter(row["genre"] for row in catalogue.rows).most_common()

    assert len(catalogue.rows) == TRACKS >= 20_000
    assert len(sizes) >= 40
    assert 0.15 <= sizes[0][1] / TRACKS <= 0.20
    assert sum(count for _genre, count in sizes[len(sizes) // 2 :]) < 0.25 * TRACKS


def test_features_follow_the_table(catalogue: DemoCatalogue) -> None:
    for code, genre in enumerate(catalogue.genres):
        own = catalogue.features[catalogue.genre == code]
        if len(own) < 400:
            continue  # Too few artists for a mean that is near the table's.
        assert np.all(np.abs(own.mean(axis=0) - genre.means) < 0.4 * genre.spreads)
        assert np.allclose(own.std(axis=0), genre.spreads, rtol=0.35, atol=0.02)


def test_features_are_within_their_ranges(catalogue: DemoCatalogue) -> None:
    for column, feature in enumerate(FEATURES):
        values = catalogue.features[:, column]
        assert values.min() >= feature.minimum + (1 if feature.exclusive_minimum else 0)
        assert values.max() <= feature.maximum


def test_loud_tracks_are_energetic_and_not_acoustic(catalogue: DemoCatalogue) -> None:
    pop = catalogue.features[catalogue.genre == 0]
    together = np.corrcoef(pop.T)
    energy, loudness = FEATURE_NAMES.index("energy"), FEATURE_NAMES.index("loudness")
    acousticness = FEATURE_NAMES.index("acousticness")

    assert together[energy, loudness] > 0.5
    assert together[energy, acousticness] < -0.3


def test_tracks_of_one_artist_resemble_one_another(catalogue: DemoCatalogue) -> None:
    pop = np.flatnonzero(catalogue.genre == 0)
    sound = catalogue.features[pop] / catalogue.features[pop].std(axis=0)
    artist = catalogue.artist[pop]
    same = artist[1:] == artist[:-1]
    apart = np.linalg.norm(sound[1:] - sound[:-1], axis=1)[same].mean()
    order = np.random.default_rng(0).permutation(len(pop))
    strangers = np.linalg.norm(sound - sound[order], axis=1).mean()

    assert apart < 0.8 * strangers


def test_popularity_has_a_long_tail(catalogue: DemoCatalogue) -> None:
    assert np.median(catalogue.popularity) < 15
    assert 0.02 < (catalogue.popularity > 80).mean() < 0.10


def test_some_features_are_missing(catalogue: DemoCatalogue) -> None:
    missing = [sum(row[name] is None for name in FEATURE_NAMES) for row in catalogue.rows]

    assert 0.02 < np.mean(np.array(missing) > 0) < 0.05
    assert 0 < sum(count == len(FEATURE_NAMES) for count in missing) < 0.01 * len(missing)


def test_names_are_filled_in_and_unique_within_an_artist(catalogue: DemoCatalogue) -> None:
    texts = [f"{row['title']}{row['artist']}{row['album']}" for row in catalogue.rows]
    songs = {
        (code, row["title"]) for code, row in zip(catalogue.artist, catalogue.rows, strict=True)
    }

    assert not any(letter in text for text in texts for letter in "[]|")
    assert len(songs) == len(catalogue.rows)
    assert len({row["external_id"] for row in catalogue.rows}) == len(catalogue.rows)


def test_one_seed_gives_one_demo_and_another_another() -> None:
    def made(seed: int, now: datetime) -> list[tuple[object, ...]]:
        rows = generate_catalogue(tracks=300, seed=seed, now=now).rows
        return [(row["title"], row["artist"], row["energy"], row["popularity"]) for row in rows]

    assert made(1, NOW) == made(1, NOW + timedelta(days=3))
    assert made(1, NOW) != made(2, NOW)
    assert usernames(random.Random(1), 50) == usernames(random.Random(1), 50)
    first, second = small(), small()
    assert first.user_rows() == second.user_rows()
    assert np.array_equal(first.events.seconds_ago, second.events.seconds_ago)


def test_listeners_have_a_year_of_all_actions(demo: Demo) -> None:
    events = demo.events
    actions = Counter(ACTION_NAMES[code] for code in events.action.tolist())
    days = events.seconds_ago / 86_400

    assert len(demo.listeners) == LISTENERS >= 1_000
    assert len(set(events.listener.tolist())) == LISTENERS
    assert set(actions) == set(ACTION_NAMES)
    assert actions["play"] > 5 * actions["like"] > 5 * actions["dislike"]
    assert 300 < days.max() < 366
    assert events.seconds_ago.min() > 0
    assert (days < 60).mean() > 2 * ((days > 180) & (days < 240)).mean()


def test_listeners_keep_to_a_few_genres(demo: Demo) -> None:
    likes = np.zeros((len(demo.listeners), len(demo.catalogue.genres)), np.bool_)
    for who, listener in enumerate(demo.listeners):
        likes[who, listener.genres] = True
    heard = demo.catalogue.genre[demo.events.track]

    assert likes[demo.events.listener, heard].mean() > 0.8
    assert {len(listener.genres) for listener in demo.listeners} <= {2, 3, 4}


def test_nobody_listens_longer_than_the_track_lasts(demo: Demo) -> None:
    events = demo.events
    length = demo.catalogue.seconds[events.track]
    skips = events.action == ACTION_NAMES.index("skip")

    assert np.all(events.listened <= length)
    assert np.all(events.listened[skips] < 0.5 * length[skips])
    assert np.all(events.listened[skips] >= 0)


def test_songs_of_the_day_stand_out(demo: Demo) -> None:
    lately = demo.events.track[demo.events.seconds_ago < 86_400]
    counts = Counter(lately.tolist()).most_common(20)

    assert counts[0][1] > 30
    assert counts[0][1] > 2 * counts[19][1]


def test_nobody_does_anything_before_joining(demo: Demo) -> None:
    joined = np.array([listener.joined_days_ago + 2 for listener in demo.listeners])

    assert np.all(demo.events.seconds_ago / 86_400 <= joined[demo.events.listener])


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in THREADS:
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("NUMBA_CACHE_DIR", os.environ.get("NUMBA_CACHE_DIR") or str(tmp_path))


def segue(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_demo_is_written_as_it_was_invented(database: Database) -> None:
    demo = small()

    assert load_demo(database, demo, Progress())
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Track)) == 900
        assert session.scalar(select(func.count()).select_from(Interaction)) == len(
            demo.events.track
        )
        newest = session.scalar(select(func.max(Interaction.created_at)))
        assert session.scalars(select(Rebuild.reason)).all() == ["demo"]
        last = session.scalars(select(Interaction).order_by(Interaction.id.desc())).first()
    assert newest is not None
    assert newest <= NOW.replace(tzinfo=None)
    assert last is not None
    track = {one.id: one for one in tracks(database)}[last.track_id]
    assert track.external_id == demo.catalogue.rows[int(demo.events.track[-1])]["external_id"]
    assert all(str(user.email).endswith("@example.org") for user in users(database))


def test_a_demo_goes_into_an_empty_database_only(database: Database) -> None:
    with database.writing() as session:
        session.add(User(username="here first"))

    assert not load_demo(database, small(), Progress())
    assert tracks(database) == []


def test_the_command_leaves_a_database_with_rows_alone(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    segue("import", "tracks", written(tmp_path, "title,artist\nT,X\n"))
    refused, skipped = segue("demo"), segue("demo", "--if-empty")

    assert (refused.exit_code, skipped.exit_code) == (1, 0)
    assert "goes into an empty one only" in refused.stderr
    assert "no demo is needed" in skipped.stdout
    assert len(tracks(database)) == 1


def test_the_command_fills_the_default_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.settings import get_settings

    monkeypatch.setenv("SEGUE_DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    result = segue("demo", "--tracks", "1500", "--listeners", "20")
    get_settings.cache_clear()

    assert result.exit_code == 0
    assert "Invented 1,500 tracks, 20 listeners and " in result.stdout
    assert len(users(Database(f"sqlite:///{tmp_path / 'data' / 'segue.db'}"))) == 20
