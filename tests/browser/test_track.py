"""The page of one track."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.world import HOSTILE, HOSTILE_ARTIST, UNMEASURED

FEATURES = 8
SIMILAR = "Similar tracks"


def test_a_track_page_draws_all_its_features_with_units(visitor: Visitor) -> None:
    page = visitor.open(f"#/tracks/{visitor.world.tracks['Techno 0']}")
    picture = page.get_by_role("img", name=re.compile("Audio features"))
    expect(picture).to_have_accessible_name(re.compile("Tempo 132 BPM.*Loudness -6.0 dB"))
    expect(picture.locator("path.part")).to_have_count(FEATURES)
    expect(page.locator(".bar-row")).to_have_count(FEATURES)
    expect(page.get_by_text("3:00", exact=True)).to_be_visible()
    expect(page.get_by_text("F#", exact=True)).to_be_visible()


def test_what_is_typical_of_the_genre_is_marked(visitor: Visitor) -> None:
    page = visitor.open(f"#/tracks/{visitor.world.tracks['Techno 0']}")
    expect(page.get_by_text("The thin marks show the median of 14 techno tracks.")).to_be_visible()
    expect(page.locator(".typical-arc")).to_have_count(FEATURES)


def test_an_unknown_feature_is_marked_as_estimated(visitor: Visitor) -> None:
    page = visitor.open(f"#/tracks/{visitor.world.tracks[UNMEASURED]}")
    mood = page.locator(".bar-row", has_text="Mood")
    expect(mood).to_contain_text("estimated")
    expect(mood).to_contain_text("~ 30 %")
    expect(page.locator(".bars .estimated")).to_have_count(1)


def test_similar_tracks_are_those_that_sound_alike(visitor: Visitor) -> None:
    visitor.open(f"#/tracks/{visitor.world.tracks['Techno 0']}")
    titles = visitor.titles(SIMILAR)
    assert all(title.startswith("Techno") for title in titles[:13])
    assert "Techno 0" not in titles


def test_the_reasons_that_are_shown_sum_to_the_score(visitor: Visitor) -> None:
    page = visitor.open(f"#/tracks/{visitor.world.tracks['Ambient 3']}")
    page.get_by_role("button", name=re.compile("^Why “")).first.click()
    parts = page.locator(".breakdown").first
    expect(parts).to_be_visible()
    values = [_number(text) for text in parts.locator("tbody .number").all_inner_texts()]
    score = _number(parts.locator("tfoot .number").inner_text())
    assert abs(sum(values) - score) < 0.001 * len(values)


def test_the_genre_bonus_changes_the_scores_and_the_address(visitor: Visitor) -> None:
    page = visitor.open(f"#/tracks/{visitor.world.tracks['Techno 0']}")
    before = page.locator(".row-score").first.inner_text()
    page.get_by_role("radio", name="Off").check(force=True)
    expect(page.locator(".row-score").first).not_to_have_text(before)
    assert page.url.endswith("?bonus=1")
    page.reload()
    visitor.settle()
    expect(page.get_by_role("radio", name="Off")).to_be_checked()


def test_more_variety_asks_for_it(visitor: Visitor) -> None:
    page = visitor.open(f"#/tracks/{visitor.world.tracks['Techno 0']}")
    with page.expect_response(re.compile("similar-tracks.*diversity=.*max_per_artist=2")) as reply:
        page.get_by_role("switch", name="More variety").check()
    assert reply.value.ok
    expect(page).to_have_url(re.compile(r"\?varied=yes$"))


def test_hostile_names_stay_text(visitor: Visitor) -> None:
    page = visitor.open(f"#/tracks/{visitor.world.tracks[HOSTILE]}")
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    expect(page.get_by_role("link", name=HOSTILE_ARTIST)).to_be_visible()
    assert page.locator("main img, main script").count() == 0
    assert page.title().startswith(HOSTILE)


def test_a_track_without_features_genre_and_album_has_a_page(visitor: Visitor) -> None:
    world = visitor.world
    bare = world.post("/tracks/", {"title": "Bare", "artist": "Nobody"})["id"]
    page = visitor.open(f"#/tracks/{bare}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bare")
    expect(page.locator(".bars").get_by_text("unknown")).to_have_count(FEATURES)
    expect(page.get_by_role("list", name=SIMILAR)).to_be_visible()


def _number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))
