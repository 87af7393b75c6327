"""Listeners, what they do, and the lists that follow."""

import re

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor

HISTORY = "History"


def test_switching_the_listener_changes_for_you(visitor: Visitor) -> None:
    world = visitor.world
    visitor.listens_as(world.ambient_listener, "Ada")
    page = visitor.open("#/for-you")
    assert visitor.titles("For Ada")[0].startswith("Ambient")

    page.get_by_role("button", name="Listener: Ada").click()
    page.get_by_role("button", name="Grace").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Grace")
    expect(page.get_by_role("list", name="For Grace")).to_be_visible()
    assert visitor.titles("For Grace")[0].startswith("Techno")


def test_the_listener_is_remembered(visitor: Visitor) -> None:
    page = visitor.open("#/for-you")
    page.get_by_role("main").get_by_role("button", name="Ada").click()
    expect(page.get_by_role("list", name="For Ada")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Listener: Ada")).to_be_visible()


def test_a_like_changes_the_next_list(visitor: Visitor) -> None:
    visitor.listens_as(visitor.world.new_listener("Liker", likes=["Ambient 0"]), "Liker")
    page = visitor.open("#/for-you")
    before = visitor.titles("For Liker")
    page.get_by_role("button", name=f"Like “{before[0]}”", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Liked")).to_contain_text("refreshed")
    expect(
        page.get_by_role("list", name="For Liker").get_by_role("link", name=before[0])
    ).to_have_count(0)
    assert visitor.titles("For Liker") != before


@pytest.mark.parametrize("action", ["Play", "Skip", "Add to playlist", "Dislike"])
def test_every_action_leaves_the_track_out_of_the_next_list(visitor: Visitor, action: str) -> None:
    name = f"Does {action}"
    visitor.listens_as(visitor.world.new_listener(name, likes=["Techno 0", "Techno 1"]), name)
    page = visitor.open("#/for-you")
    first = visitor.titles(f"For {name}")[0]
    page.get_by_role("button", name=f"{action} “{first}”", exact=True).click()
    rows = page.get_by_role("list", name=f"For {name}")
    expect(rows.get_by_role("link", name=first, exact=True)).to_have_count(0)
    assert visitor.titles(f"For {name}")


def test_a_play_says_that_there_is_no_audio_and_counts_the_whole_track(visitor: Visitor) -> None:
    world = visitor.world
    listener = world.new_listener("Player")
    visitor.listens_as(listener, "Player")
    page = visitor.open(f"#/tracks/{world.tracks['Techno 5']}")
    page.locator(".track-hero").get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="there is no audio")).to_be_visible()
    expect(page.locator(".track-hero").get_by_role("button", name="Played")).to_be_visible()
    assert [(e["action"], e["listen_duration"]) for e in _events(world.url, listener)] == [
        ("play", 185)
    ]


def test_an_action_whose_reply_is_lost_counts_once(visitor: Visitor) -> None:
    world = visitor.world
    listener = world.new_listener("Unlucky")
    visitor.listens_as(listener, "Unlucky")
    page = visitor.open(f"#/tracks/{world.tracks['Techno 6']}")
    _lose_first_reply(page)
    page.locator(".track-hero").get_by_role("button", name="Like", exact=True).click()
    expect(page.locator(".track-hero").get_by_role("button", name="Liked")).to_be_visible()
    assert len(_events(world.url, listener)) == 1


def test_without_a_listener_an_action_asks_for_one(visitor: Visitor) -> None:
    page = visitor.open("#/trending")
    page.get_by_role("button", name=re.compile("^Like “")).first.click()
    expect(page.get_by_role("dialog", name="Listener")).to_be_visible()


def test_a_newcomer_gets_what_is_trending_and_is_told_so(visitor: Visitor) -> None:
    page = visitor.open("#/for-you")
    page.get_by_role("main").get_by_role("textbox", name="Name of the new listener").fill("Neo")
    page.get_by_role("main").get_by_role("button", name="Create listener").click()
    expect(page.get_by_role("list", name="For Neo")).to_be_visible()
    expect(page.get_by_text("Segue doesn't know this listener's taste yet")).to_be_visible()

    first = visitor.titles("For Neo")[0]
    page.get_by_role("button", name=f"Like “{first}”", exact=True).click()
    expect(page.get_by_text("Segue doesn't know this listener's taste yet")).to_have_count(0)


def test_the_home_page_shows_a_list_that_follows(visitor: Visitor) -> None:
    visitor.listens_as(visitor.world.new_listener("Homer", likes=["Techno 2"]), "Homer")
    page = visitor.open()
    first = visitor.titles("For Homer")[0]
    page.get_by_role("button", name=f"Skip “{first}”", exact=True).click()
    rows = page.get_by_role("list", name="For Homer")
    expect(rows.get_by_role("link", name=first, exact=True)).to_have_count(0)


def test_the_trending_window_switches_and_says_when_it_is_widened(visitor: Visitor) -> None:
    page = visitor.open("#/trending")
    assert page.get_by_text("There were too few plays").count() == 0
    page.get_by_role("radio", name="Day").check(force=True)
    note = "There were too few plays in the last day, so this list covers the last week."
    expect(page.get_by_text(note)).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?window=day$"))
    page.get_by_role("radio", name="Month").check(force=True)
    expect(page.get_by_text("There were too few plays")).to_have_count(0)


def test_trending_can_be_narrowed_to_a_genre(visitor: Visitor) -> None:
    page = visitor.open("#/trending")
    page.get_by_role("combobox", name="Genre").select_option("techno")
    expect(
        page.get_by_role("list", name="Trending tracks").get_by_role(
            "link", name="Ambient 1", exact=True
        )
    ).to_have_count(0)
    titles = visitor.titles("Trending tracks")
    assert titles
    assert all(title.startswith("Techno") for title in titles)


def test_a_genre_is_browsed_in_the_chosen_order(visitor: Visitor) -> None:
    page = visitor.open("#/genres")
    page.get_by_role("link", name=re.compile("^techno")).click()
    expect(page.get_by_role("list", name="techno tracks")).to_be_visible()
    assert visitor.titles("techno tracks")[0] == "Techno 13"
    page.get_by_role("combobox", name="Sort by").select_option("Slowest")
    expect(page.get_by_role("list", name="techno tracks").locator(".row-title").first).to_have_text(
        "Techno 0"
    )


def test_the_history_is_filtered_by_action(visitor: Visitor) -> None:
    world = visitor.world
    listener = world.new_listener("Historian", likes=["Techno 0", "Techno 1"])
    world.post(
        "/interactions/",
        {"user_id": listener, "track_id": world.tracks["Ambient 9"], "action": "skip"},
    )
    page = visitor.open(f"#/listener/{listener}")
    assert visitor.titles(HISTORY)[0] == "Ambient 9"
    assert len(visitor.titles(HISTORY)) == 3
    page.get_by_role("radio", name="Liked", exact=True).check(force=True)
    expect(page.get_by_text("2 interactions")).to_be_visible()
    assert sorted(visitor.titles(HISTORY)) == ["Techno 0", "Techno 1"]


def test_a_listener_is_found_by_external_id(visitor: Visitor) -> None:
    page = visitor.open("#/listeners")
    page.get_by_role("textbox", name="Number or external ID").fill("Grace")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("1 listener", exact=True)).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Grace").click()
    expect(page.get_by_role("button", name="Listener: Grace")).to_be_visible()


def _events(url: str, listener: int) -> list[dict[str, object]]:
    items: list[dict[str, object]] = httpx2.get(f"{url}/interactions/user/{listener}").json()[
        "items"
    ]
    return items


def _lose_first_reply(page: Page) -> None:
    """Let the first write arrive and its reply get lost, as a proxy that gives up would."""
    page.route(
        "**/interactions/",
        lambda route: (
            route.fetch(),
            route.fulfill(status=200, content_type="application/json", body="{"),
        ),
        times=1,
    )
