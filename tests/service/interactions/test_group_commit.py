"""Interactions in groups: one transaction for many, and to each its own answer."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from index.generations import GenerationStore
from index.live import History
from service.database import Database, Writer, record_change
from service.errors import Conflict, NotFound, Unavailable
from service.indexing import IndexReader, run_rebuild
from service.interactions import Committer
from service.interactions.own import as_changes
from service.interactions.record import InteractionRequest, NewEvents, StoredInteractions, store
from service.interactions.schemas import InteractionCreate
from service.models import Change, Interaction, Track, User
from service.settings import Settings
from service.users.crud import delete_user

MISSING = 987_654


@pytest.fixture
def reader(database: Database, settings: Settings) -> IndexReader:
    """A reader, not started, of three tracks and two listeners that have the ids 1, 2, ..."""
    with database.writing() as session:
        for number in range(3):
            session.add(Track(title=f"Song {number}", artist="a", energy=0.5, duration=100))
        session.add_all([User(username="one"), User(username="two")])
    generations = GenerationStore(settings.generations_dir)
    run_rebuild(database, generations, settings)
    reader = IndexReader(database, generations, settings)
    reader.refresh()
    reader.catch_up()
    return reader


@pytest.fixture
def writer(database: Database, reader: IndexReader) -> Writer:
    return Writer(database, reader)


@pytest.fixture
def committer(writer: Writer, reader: IndexReader) -> Iterator[Committer]:
    committer = Committer(writer, reader)
    committer.start()
    yield committer
    committer.stop()


def posting(*, user: int = 1, track: int = 1, **fields: Any) -> InteractionRequest:
    wanted = {"user_id": user, "track_id": track, "action": "play", **fields}
    return InteractionRequest([InteractionCreate.model_validate(wanted)], listed=False)


def history(reader: IndexReader, user: int = 1) -> History:
    assert reader.live is not None
    found = reader.live.history(user)
    assert found is not None
    return found


def written(writer: Writer, *postings: InteractionRequest) -> NewEvents:
    """Commit, and leave the index as it is."""
    _, new = writer.commit(store, postings, lambda _entries: None)
    return new


def count(database: Database, model: type[Interaction] | type[Change]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_what_is_wrong_with_one_does_not_touch_the_others(
    committer: Committer, database: Database, reader: IndexReader
) -> None:
    async def post_together() -> list[Any]:
        postings = [
            posting(event_id="a"),
            posting(user=MISSING),
            posting(track=MISSING, event_id="b"),
            posting(event_id="b"),
            posting(event_id="a"),
            posting(event_id="a", rating=5),
            posting(user=2, listen_duration=25),
        ]
        together = (committer.in_group(each) for each in postings)
        return await asyncio.gather(*together, return_exceptions=True)

    outcomes = asyncio.run(post_together())

    kinds = [
        StoredInteractions,
        NotFound,
        NotFound,
        StoredInteractions,
        StoredInteractions,
        Conflict,
        StoredInteractions,
    ]
    assert [type(each) for each in outcomes] == kinds
    assert [each.any_new for each in outcomes if isinstance(each, StoredInteractions)] == [
        True, True, False, True,
    ]  # fmt: skip
    assert outcomes[0].items == outcomes[4].items
    assert count(database, Interaction) == 3
    assert len(history(reader).rows) == 2
    assert history(reader, 2).listened.tolist() == [0.25]


def test_a_group_is_one_transaction(writer: Writer, database: Database) -> None:
    new = written(writer, *(posting(track=1 + i % 3) for i in range(50)))

    assert [event.track_id for event in new.events[:4]] == [1, 2, 3, 1]
    with database.reading() as session:
        for event in new.events:
            stored = session.get(Interaction, event.id)
            assert stored is not None
            assert stored.track_id == event.track_id
    assert count(database, Change) == len(new.entries) == 1


def test_a_bug_in_one_posting_is_the_bug_of_that_one(
    committer: Committer, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = committer._commit

    def fragile(postings: Any) -> Any:
        if any(each.interactions[0].rating == 1 for each in postings):
            raise ZeroDivisionError
        return original(postings)

    monkeypatch.setattr(committer, "_commit", fragile)
    outcomes = committer._outcomes([posting(), posting(rating=1), posting(rating=2)])
    assert [type(each) for each in outcomes] == [
        StoredInteractions,
        ZeroDivisionError,
        StoredInteractions,
    ]


def test_what_could_not_be_shown_is_stored_once_and_read(
    committer: Committer,
    reader: IndexReader,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(reader, "apply_own", broken)
    outcomes = committer._outcomes([posting(), posting(user=2)])
    assert [type(each) for each in outcomes] == [StoredInteractions, StoredInteractions]
    assert "could not be shown" in caplog.text
    assert count(database, Interaction) == 2

    reader.catch_up()
    assert len(history(reader).rows) == 1


def test_who_has_waited_too_long_is_told_so(
    committer: Committer, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    monkeypatch.setattr("service.interactions.group_commit.WRITE_SECONDS", -1.0)
    with pytest.raises(Unavailable):
        asyncio.run(committer.in_group(posting()))
    assert count(database, Interaction) == 0


def test_an_own_change_is_shown_without_reading_and_read_never(
    writer: Writer, reader: IndexReader
) -> None:
    at = datetime(2024, 5, 6, 7, 8, 9, 123456)
    new = written(writer, posting(listen_duration=50, rating=4, created_at=at.isoformat()))
    reader.apply_own(new.entries, as_changes(new))
    shown = history(reader)

    reader.catch_up()
    assert len(history(reader).rows) == 1
    assert reader.live is not None
    assert reader.live.version == "1.1"
    read_back = _read_anew(reader)
    for column in ("rows", "actions", "ratings", "listened"):
        assert getattr(shown, column).tolist() == getattr(read_back, column).tolist()
    assert abs(shown.at[0] - read_back.at[0]) < 0.001


def _read_anew(reader: IndexReader) -> History:
    other = IndexReader(reader._database, reader._store, Settings(data_dir=reader._data_dir))
    other.refresh()
    return history(other)


def test_a_change_that_was_read_already_is_not_applied_again(
    writer: Writer, reader: IndexReader
) -> None:
    new = written(writer, posting())
    reader.catch_up()
    reader.apply_own(new.entries, as_changes(new))
    assert len(history(reader).rows) == 1


def test_others_changes_before_an_own_one_are_not_lost(
    writer: Writer, reader: IndexReader, database: Database
) -> None:
    other = written(writer, posting(user=2))
    new = written(writer, posting())
    reader.apply_own(new.entries, as_changes(new))
    assert (len(history(reader).rows), len(history(reader, 2).rows)) == (1, 0)

    reader.catch_up()
    assert (len(history(reader).rows), len(history(reader, 2).rows)) == (1, 1)
    assert max(other.entries) < min(new.entries)


def test_a_claimed_entry_waits_for_its_owner(writer: Writer, reader: IndexReader) -> None:
    with reader.claiming() as claim:
        _, new = writer.commit(store, [posting()], claim)
        reader.catch_up()
        assert len(history(reader).rows) == 0
        reader.apply_own(new.entries, as_changes(new))
        assert len(history(reader).rows) == 1
    reader.catch_up()
    assert len(history(reader).rows) == 1


def test_a_claim_that_is_given_up_is_read(writer: Writer, reader: IndexReader) -> None:
    with reader.claiming() as claim:
        writer.commit(store, [posting(), posting(user=2)], claim)
        written(writer, posting(user=2))
        reader.catch_up()
        assert (len(history(reader).rows), len(history(reader, 2).rows)) == (0, 1)
    reader.catch_up()
    assert (len(history(reader).rows), len(history(reader, 2).rows)) == (1, 2)


def test_events_of_somebody_deleted_meanwhile_are_not_added(
    writer: Writer, reader: IndexReader
) -> None:
    new = written(writer, posting())
    writer.commit(delete_user, 1)
    with reader.claiming() as claim:
        claim(new.entries)
        reader.catch_up()
    reader.apply_own(new.entries, as_changes(new))

    assert reader.live is not None
    assert not reader.live.has_user(1)
    assert reader.live.trends(3, 0.0).values.sum() == 0


def test_a_reader_that_lags_far_behind_reads_in_order(
    writer: Writer, reader: IndexReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.indexing.follower.NEAR", 1)

    def touch(session: Session) -> None:
        record_change(session, "user", [2])

    for _ in range(3):
        writer.commit(touch)
    new = written(writer, posting())
    reader.apply_own(new.entries, as_changes(new))
    assert reader.live is not None
    assert reader.live.version == "1.4"
