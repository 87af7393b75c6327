"""Each sentence says what the greatest parts of a score say, and nothing else."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.features import FEATURE_NAMES
from index.ranking import Candidate, Heard, Target, sentence
from index.ranking.explanation import TRAITS, first_artist, joined, quoted

LISTENER = Target.listener()
CLAIR = Heard("Clair de Lune", liked=True)
GYMNOPEDIE = Heard("Gymnopédie No. 1", liked=True)
PLAYED = Heard("So What", liked=False)
KNOWN = {"energy": False, "acousticness": True, "tempo": True}
PARTS = (
    *("base", "genre", "popularity", "listeners", "freshness", "co-listening", "artist"),
    *("related artists", "album", "trend", "novelty", *FEATURE_NAMES),
)


def why(parts: Mapping[str, float], target: Target = LISTENER, *because: Heard) -> str:
    candidate = Candidate("Miles Davis;Bill Evans", "Kind of Blue", "jazz", KNOWN, because)
    return sentence(parts, candidate, target)


def test_the_tracks_that_brought_it_are_named() -> None:
    parts = {"co-listening": 0.4, "energy": 0.1}

    assert why(parts, LISTENER, CLAIR) == "Because you liked “Clair de Lune”"
    assert why(parts, LISTENER, CLAIR, GYMNOPEDIE) == (
        "Because you liked “Clair de Lune” and “Gymnopédie No. 1”"
    )
    assert why(parts, LISTENER, CLAIR, GYMNOPEDIE, PLAYED) == (
        "Because you played “Clair de Lune”, “Gymnopédie No. 1” and “So What”"
    )
    assert why(parts) == "Often played together with what you play"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"base": 0.5, "artist": 0.3}, "More by Miles Davis"),
        ({"energy": 0.2, "acousticness": 0.15}, "Sounds as calm and acoustic as what you play"),
        ({"energy": 0.2, "acousticness": 0.05}, "Sounds as calm as what you play"),
        ({"loudness": 0.2}, "Sounds like what you play"),
        ({"freshness": 0.1, "popularity": 0.08}, "New and popular"),
        (
            {"freshness": 0.1, "popularity": 0.09, "genre": 0.08},
            "New and popular in jazz",
        ),
        ({"popularity": 0.1, "genre": 0.06}, "Popular in jazz"),
        ({"genre": 0.2, "energy": 0.05}, "In jazz, which you play a lot"),
        (
            {"artist": 0.3, "freshness": 0.2},
            "More by Miles Davis, and it is new",
        ),
        ({"popularity": 0.1, "album": 0.1}, "Popular, and it is from an album you play"),
        ({"related artists": 0.2}, "By an artist close to those you play"),
        ({"trend": 3.0}, "Played a lot lately"),
        ({"base": 0.4}, "The nearest to what you play of what is left"),
        ({"base": 0.4, "energy": -0.1}, "The nearest to what you play of what is left"),
    ],
)
def test_the_greatest_parts_make_the_sentence(parts: Mapping[str, float], expected: str) -> None:
    assert why(parts) == expected


def test_a_list_of_similar_tracks_names_the_seed() -> None:
    seed = Target.track("Take Five")

    assert why({"base": 0.5, "energy": 0.2}, seed) == "Sounds as calm as “Take Five”"
    assert why({"genre": 0.2, "energy": 0.15}, seed) == (
        "In jazz, like “Take Five”, and it sounds as calm as “Take Five”"
    )


def test_a_window_is_named() -> None:
    assert why({"trend": 1.0}, Target("", window="week")) == "Played a lot this week"
    assert why({"trend": 1.0}, Target("", window="all")) == "Played a lot lately"


def test_a_feature_that_is_not_known_of_the_track_is_not_named() -> None:
    unknown = Candidate("A", None, None, {})

    assert sentence({"energy": 0.3}, unknown, LISTENER) == "Sounds like what you play"
    assert sentence({"popularity": 0.3, "genre": 0.2}, unknown, LISTENER) == "Popular"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("So What", "“So What”"),
        ('"Heroes"', "“\u2018Heroes\u2019”"),
        ("“Heroes”", "“\u2018Heroes\u2019”"),
        ('Blue Monday (12" "Extended" Mix)', "“Blue Monday (12\u2019 \u2018Extended\u2019 Mix)”"),
        (" trimmed ", "“trimmed”"),
        ("Don't Stop", "“Don't Stop”"),
    ],
)
def test_titles_are_quoted(title: str, expected: str) -> None:
    assert quoted(title) == expected


def test_names_are_joined_as_people_do() -> None:
    assert [joined(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_the_first_artist_is_named() -> None:
    assert first_artist("Claude Debussy;Alice Sara Ott") == "Claude Debussy"


def test_every_feature_has_words_for_both_sides() -> None:
    assert set(TRAITS) >= set(FEATURE_NAMES)


@given(st.dictionaries(st.sampled_from(PARTS), st.floats(-1, 1), max_size=8), st.booleans())
def test_no_sentence_says_what_no_part_says(parts: dict[str, float], named: bool) -> None:
    text = why(parts, LISTENER, *([CLAIR] if named else []))

    def backed(*names: str) -> bool:
        return sum(parts.get(name, 0.0) for name in names) > 0

    assert text[:1].isupper()
    assert ("Miles Davis" not in text) or backed("artist")
    assert ("Clair" not in text) or backed("co-listening")
    assert ("opular" not in text) or backed("popularity", "listeners")
    assert ("jazz" not in text) or backed("genre")
    assert ("new" not in text.lower()) or backed("freshness")
    assert ("calm" not in text) or backed("energy")
    assert ("acoustic" not in text) or backed("acousticness")
    assert text.count("“") == text.count("”")


@given(st.dictionaries(st.sampled_from(PARTS[1:]), st.floats(0.001, 1), min_size=1, max_size=8))
def test_a_reason_that_outweighs_all_others_leads(parts: dict[str, float]) -> None:
    assert why({**parts, "artist": 100.0}).startswith("More by Miles Davis")
    assert why({**parts, "album": 100.0}) == "From an album you play"
