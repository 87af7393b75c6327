"""Search over one generation, over what changed since, and over both."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.live import Delta, LiveIndex, apply
from index.search import (
    SearchIndex,
    WordCollector,
    Words,
    document,
    matching_documents,
    parse,
    popularity_order,
    write_search,
)
from index.text import words
from tests.index.catalogues import T, built, catalogue, changes, unchanged

TRACKS = [
    T(1, "Halo", "Beyoncé", "I Am... Sasha Fierce", "pop", popularity=80),
    T(2, "Crazy in Love", "Beyoncé;JAY-Z", "Dangerously in Love", "r&b", popularity=90),
    T(3, "Love", "Lana Del Rey", "Lust for Life", "pop", popularity=70),
    T(4, "Love Story", "Taylor Swift", "Fearless", "country", popularity=85),
    T(5, "Story of My Life", "One Direction", "Midnight Memories", "pop", popularity=60),
    T(6, "Thunderstruck", "AC/DC", "The Razors Edge", "hard-rock", popularity=75),
    T(7, "Don't Stop Me Now", "Queen", "Jazz", "rock", popularity=88),
    T(8, "Killer Queen", "5 Seconds of Summer", None, "rock", popularity=20),
    T(9, "Tokyo Flash 東京フラッシュ", "Vaundy", "strobo", "j-pop", popularity=65),
    T(10, "Hoppípolla", "Sigur Rós", "Takk...", "post-rock", popularity=50),
    T(11, "???", "!!!", None, None),
    T(12, "Lovely Day", "Bill Withers", "Menagerie", "soul", popularity=78),
    T(13, "サクラ", "Ketsumeishi", None, "j-pop", popularity=10),
    T(14, "Café del Mar", "Energy 52", None, "trance", popularity=40),
    T(15, "In Love With a Girl", "Gavin DeGraw", None, None, popularity=30),
]


@pytest.fixture(scope="module", params=["snapshot", "delta", "half of each"])
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LiveIndex:
    """All of `TRACKS`, wherever they are kept."""
    previous = {"snapshot": TRACKS, "delta": [], "half of each": TRACKS[::2]}[request.param]
    recent = [track for track in TRACKS if track not in previous]
    snapshot = built(tmp_path_factory.mktemp("generation"), catalogue(previous))
    return LiveIndex(snapshot, apply(snapshot, Delta.empty(snapshot), changes(tracks=recent)))


def found(live: LiveIndex, text: str, *, limit: int = 100, offset: int = 0) -> list[int]:
    result = live.search(text, limit=limit, offset=offset)
    return list(live.take(result.rows).track_ids.tolist())


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("beyonc", [2, 1]),
        ("BEYONCÉ", [2, 1]),
        ("beyonce halo", [1]),
        ("halo beyonce", [1]),
        ("sigur ros", [10]),
        ("hoppipolla", [10]),
        ("jay z", [2]),
        ("jayz", [2]),
        ("ac/dc", [6]),
        ("acdc", [6]),
        ("ac dc", [6]),
        ("dont stop", [7]),
        ("don't stop", [7]),
        ("don\u2019t stop", [7]),
        ("fierce", [1]),
        ("country", [4]),
        ("hard-rock", [6]),
        ("post", [10]),
        ("東京", [9]),
        ("京", [9]),
        ("京東", []),
        ("フラッシュ", [9]),
        ("ﾌﾗｯｼｭ", [9]),
        ("サク", [13]),
        ("cafe", [14]),
        ("ove", []),
        ("loveless", []),
    ],
)
def test_what_a_query_finds(live: LiveIndex, text: str, ids: list[int]) -> None:
    assert found(live, text) == ids


def test_exact_title_then_title_start_then_within_title_then_elsewhere(live: LiveIndex) -> None:
    assert found(live, "love") == [3, 4, 12, 2, 15]


def test_a_title_comes_before_an_artist(live: LiveIndex) -> None:
    assert found(live, "queen") == [8, 7]


def test_the_end_of_a_text_and_its_joined_spelling_are_no_phrase(tmp_path: Path) -> None:
    live = unchanged(built(tmp_path, catalogue([T(1, "東京")])))

    assert found(live, "東京") == [1]
    assert found(live, "京東") == []


def test_an_artist_comes_before_words_in_different_places(tmp_path: Path) -> None:
    tracks = [
        T(1, "Prince", "Queen Charlotte", popularity=99),
        T(2, "Kiss", "Prince Queen", popularity=1),
        T(3, "Kiss", "Somebody;Prince Queen", popularity=2),
        T(4, "Kiss", "Prince Queens", popularity=50),
    ]
    assert found(unchanged(built(tmp_path, catalogue(tracks))), "prince queen") == [3, 2, 4, 1]


def test_equal_matches_come_by_popularity_then_by_track_id(tmp_path: Path) -> None:
    tracks = [
        T(9, "Home", popularity=50),
        T(3, "Home", popularity=50),
        T(5, "Home", popularity=70),
        T(1, "Home"),
    ]
    assert found(unchanged(built(tmp_path, catalogue(tracks))), "home") == [5, 3, 9, 1]


@pytest.mark.parametrize(
    "text", ["", " ", "?!", '"', "'", "* OR NOT", "🎵", "\0", "\ud800", "-", "^"]
)
def test_nothing_to_search_for_finds_nothing(live: LiveIndex, text: str) -> None:
    result = live.search(text, limit=10)
    if parse(text) is None:
        assert (result.rows.tolist(), result.total) == ([], 0)


@pytest.mark.parametrize(
    "text",
    [
        '"love"',
        "love*",
        "title:love",
        "love AND",
        "(love",
        "love^2",
        "NEAR(love",
        "{love}",
        "-love",
    ],
)
def test_operators_are_only_text(live: LiveIndex, text: str) -> None:
    assert set(found(live, text)) <= {2, 3, 4, 12, 15}


@given(st.text(max_size=200))
def test_any_input_is_safe(live: LiveIndex, text: str) -> None:
    result = live.search(text, limit=3)
    assert len(result.rows) == min(result.total, 3)


@given(st.text(alphabet='"*^(){}:+-ANDORTEloveé/ ', max_size=40))
def test_any_syntax_is_safe(live: LiveIndex, text: str) -> None:
    result = live.search(text, limit=100)
    assert len(result.rows) == result.total


def test_pages_follow_on_each_other_and_the_total_is_exact(live: LiveIndex) -> None:
    whole = found(live, "l")
    pages = [found(live, "l", limit=2, offset=offset) for offset in range(0, len(whole) + 2, 2)]

    assert [id_ for page in pages for id_ in page] == whole
    assert live.search("l", limit=1, offset=4).total == len(whole)
    assert live.search("l", limit=1, offset=10**9).rows.tolist() == []


def test_changed_and_deleted_tracks_are_found_as_they_are_now(tmp_path: Path) -> None:
    snapshot = built(tmp_path, catalogue(TRACKS))
    delta = apply(
        snapshot,
        Delta.empty(snapshot),
        changes(tracks=[T(3, "Hate", "Lana Del Rey", popularity=70)], removed_tracks=[4]),
    )
    live = LiveIndex(snapshot, delta)

    assert found(live, "love") == [12, 2, 15]
    assert live.search("love", limit=1).total == 3
    assert found(live, "hate") == [3]
    assert found(live, "taylor swift") == []


def test_many_threads_search_one_generation(tmp_path: Path) -> None:
    live = unchanged(built(tmp_path, catalogue(TRACKS)))
    queries = ["love", "beyonc", "queen", "l", "rock"] * 40
    expected = [found(live, text) for text in queries]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda text: found(live, text), queries)) == expected


def test_a_search_that_is_given_up_leaves_its_connection_usable(tmp_path: Path) -> None:
    search = built(tmp_path, catalogue(TRACKS)).search
    query = parse("l")
    assert query is not None
    for _ in range(20):
        matches = search.matches(query)
        next(matches)
        matches.close()

    assert search.count(query) == len(list(search.matches(query)))


VOCABULARY = st.sampled_from(
    [
        "a",
        "ab",
        "abc",
        "b",
        "é",
        "e",
        "AC/DC",
        "ac",
        "dc",
        "acdc",
        "東京",
        "京",
        "ab東",
        "x-",
        "&",
        "'t",
    ]
)
TEXTS = st.lists(VOCABULARY, max_size=4).map(" ".join)
NAMES = st.lists(TEXTS, min_size=1, max_size=3).map(";".join)
DOCUMENTS = st.lists(st.tuples(TEXTS, NAMES, TEXTS, TEXTS), max_size=6)


@given(DOCUMENTS, TEXTS)
@example([("", "", "", "")], "a")
@example([("?", "", "", "")], "a")
def test_the_file_and_the_definition_agree(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str, str, str]], text: str
) -> None:
    query = parse(text)
    if query is None:
        return
    documents = [document(*columns) for columns in texts]
    path = tmp_path_factory.mktemp("search") / "search.bin"
    order = np.arange(len(documents), dtype=np.int32)
    write_search(collected(texts), order, path)
    search = SearchIndex(path, order)

    rows = matching_documents(query, documents)
    expected = sorted((documents[row].match_class(query), row) for row in rows)
    assert list(search.matches(query)) == expected
    assert search.count(query) == len(expected)


def collected(texts: list[tuple[str, str, str, str]]) -> Words:
    collector = WordCollector()
    for columns in texts:
        collector.add(collector.number(*([text] for text in columns)), 0, 1)
    return collector.words()


@given(st.text(max_size=60))
def test_words_are_the_same_run_by_run(text: str) -> None:
    assert words(text) == [word for run in text.split(" ") for word in words(run)]


def test_popularity_order_breaks_ties_by_track_id() -> None:
    order = popularity_order(np.array([0.5, 0.9, 0.5]), np.array([7, 8, 2]))

    assert order.tolist() == [1, 2, 0]


def test_a_query_of_many_words_is_answered(live: LiveIndex) -> None:
    text = " ".join(chr(ord("a") + i % 26) + str(i) for i in range(66))[:200]

    assert found(live, text) == []
