"""Endless sessions, and a path from one track to another."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.world import World

PHONE = {"width": 360, "height": 740}


def now_playing(page: Page) -> str:
    return page.locator(".session-title").inner_text()


def test_a_session_goes_on_with_each_action(visitor: Visitor) -> None:
    visitor.listens_as(visitor.world.new_listener("Endless", likes=["Ambient 0"]), "Endless")
    page = visitor.open("#/session")
    came = [now_playing(page)]
    for action in ("Heard it", "Skip", "Like"):
        page.locator(".session-now").get_by_role("button", name=action, exact=True).click()
        expect(page.locator(".session-title")).not_to_have_text(came[-1])
        came.append(now_playing(page))

    assert len(set(came)) == 4
    assert visitor.titles("Earlier") == came[2::-1]
    expect(page.get_by_role("list", name="Earlier")).to_contain_text("Skipped")


def test_a_session_is_kept_over_a_reload_and_starts_over(visitor: Visitor) -> None:
    page = visitor.open("#/session")
    expect(page).to_have_url(re.compile(r"#/session\?id=[\w-]+"))
    first, address = now_playing(page), page.url
    page.reload()
    visitor.settle()

    assert page.url == address
    assert now_playing(page) != first  # it goes on where it was


def test_a_session_that_is_forgotten_begins_anew(browser_page: Page, world: World) -> None:
    # Without the visitor, whom the browser's note of the 404 would startle.
    browser_page.goto(f"{world.url}/#/session?id=AAAAAAAAAAAAAAAAAAAAAA", wait_until="commit")

    expect(browser_page.locator(".session-title")).to_be_visible()
    expect(browser_page).not_to_have_url(re.compile("AAAA"))


def test_a_session_follows_keys(visitor: Visitor) -> None:
    page = visitor.open("#/session")
    first = now_playing(page)
    page.locator("body").press("s")

    expect(page.locator(".session-title")).not_to_have_text(first)
    assert visitor.titles("Earlier") == [first]


def test_a_session_begins_from_a_track(visitor: Visitor) -> None:
    page = visitor.open(f"#/tracks/{visitor.world.tracks['Techno 2']}")
    page.get_by_role("link", name="Start a session").click()
    visitor.settle()

    expect(page.locator(".session-title")).to_contain_text("Techno")


def test_a_path_leads_from_one_track_to_the_other(visitor: Visitor) -> None:
    page = visitor.open("#/path")
    expect(page.get_by_text("Choose two tracks")).to_be_visible()
    for side, title in (("From", "Ambient 3"), ("To", "Techno 4")):
        page.get_by_role("searchbox", name=side, exact=True).fill(title)
        page.get_by_role("list", name=f"{side}: suggestions").get_by_role(
            "button", name=title
        ).first.click()

    expect(page.get_by_role("list", name="Path", exact=True)).to_be_visible()
    titles = visitor.titles("Path")
    assert (titles[0], titles[-1]) == ("Ambient 3", "Techno 4")
    assert len(titles) == 10
    expect(page.get_by_text("the largest is")).to_be_visible()

    page.get_by_role("combobox", name="Tracks between").select_option("4")
    steps = page.get_by_role("list", name="Path", exact=True).get_by_role("listitem")
    expect(steps).to_have_count(6)
    address = page.url
    page.reload()
    visitor.settle()
    assert page.url == address
    assert len(visitor.titles("Path")) == 6


def test_a_chosen_track_is_changed_by_keyboard(visitor: Visitor) -> None:
    ends = f"from={visitor.world.tracks['Ambient 1']}&to={visitor.world.tracks['Techno 1']}"
    page = visitor.open(f"#/path?{ends}")
    page.get_by_role("button", name="Change “Ambient 1”").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("searchbox", name="From", exact=True)).to_be_focused()
    expect(page.get_by_text("Choose two tracks")).to_be_visible()


def test_both_fit_a_phone(visitor: Visitor) -> None:
    ends = f"from={visitor.world.tracks['Ambient 1']}&to={visitor.world.tracks['Techno 1']}"
    visitor.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for path in ("#/session", f"#/path?{ends}"):
        page = visitor.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
