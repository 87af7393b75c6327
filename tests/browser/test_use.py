"""Every page by keyboard, on a phone, without a complaint of the browser."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.world import HOSTILE, LONG

TEXTS = ("--text", "--muted", "--faint", "--accent")
OUTLINES = ("--line-strong", "--accent")
GROUNDS = ("--bg", "--surface", "--raised")
PAGES = [
    "#/",
    "#/search?q=a",
    "#/for-you",
    "#/trending",
    "#/genres",
    "#/genres/techno",
    "#/listeners",
    "#/listener/1",
    "#/tracks/1",
    "#/no/such/page",
]


def test_no_page_scrolls_sideways_on_a_phone(visitor: Visitor) -> None:
    visitor.listens_as(visitor.world.ambient_listener)
    visitor.page.set_viewport_size({"width": 360, "height": 740})
    for path in PAGES:
        page = visitor.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        assert page.get_by_role("heading", level=1).count() == 1, path


def test_unusual_names_do_not_widen_a_page(visitor: Visitor) -> None:
    for title in (HOSTILE, LONG):
        page = visitor.open(f"#/tracks/{visitor.world.tracks[title]}")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        for width in (360, 768):
            page.set_viewport_size({"width": width, "height": 740})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, title


def test_hostile_names_stay_text_on_every_page(visitor: Visitor) -> None:
    world = visitor.world
    listener = world.new_listener(HOSTILE, likes=[HOSTILE])
    visitor.listens_as(listener, HOSTILE)
    genre = "#/genres/%3Cimg%20src%3Dx%20onerror%3D%22document.title%3D1%22%3E"
    for path in [*PAGES, f"#/listener/{listener}", genre]:
        page = visitor.open(path)
        assert page.locator("img").count() == 0
        assert page.title() not in {"1", "2"}
    assert visitor.titles(f"{HOSTILE} tracks") == [HOSTILE]


def test_a_phone_reaches_every_action_and_reason(visitor: Visitor) -> None:
    visitor.listens_as(visitor.world.new_listener("Phoner", likes=["Ambient 5"]), "Phoner")
    visitor.page.set_viewport_size({"width": 360, "height": 740})
    page = visitor.open("#/for-you")
    first = visitor.titles("For Phoner")[0]
    page.get_by_role("button", name=f"More about “{first}”", exact=True).click()
    row = page.locator(".row").first
    expect(row.locator(".breakdown")).to_be_visible()
    row.get_by_role("button", name="Skip", exact=True).click()
    rows = page.get_by_role("list", name="For Phoner")
    expect(rows.get_by_role("link", name=first, exact=True)).to_have_count(0)


def test_everything_from_search_to_a_like_works_by_keyboard_alone(visitor: Visitor) -> None:
    visitor.listens_as(visitor.world.new_listener("Typist", likes=["Techno 0"]), "Typist")
    page = visitor.open()
    page.keyboard.press("/")
    page.keyboard.type("techno 4")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Similar tracks")).to_be_visible()

    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    first = page.locator(".row-title").first
    expect(first).to_be_focused()
    title = first.inner_text()
    page.keyboard.press("l")
    expect(page.get_by_role("status").filter(has_text=f"Liked “{title}”")).to_be_visible()
    expect(page.get_by_role("button", name=f"Liked “{title}”", exact=True)).to_be_attached()
    assert page.evaluate("document.activeElement.closest('.row') !== null")


def test_focus_stays_in_the_list_when_its_track_leaves(visitor: Visitor) -> None:
    visitor.listens_as(visitor.world.new_listener("Focused", likes=["Techno 0"]), "Focused")
    page = visitor.open("#/for-you")
    first = visitor.titles("For Focused")[0]
    button = page.get_by_role("button", name=f"Skip “{first}”", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_count(0)
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("data-action", "skip")


def test_single_key_shortcuts_can_be_switched_off(visitor: Visitor) -> None:
    page = visitor.open()
    page.keyboard.press("?")
    page.get_by_role("switch", name="Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert not page.get_by_role("combobox").evaluate("box => box === document.activeElement")


def test_the_skip_link_comes_first_and_leads_to_the_content(visitor: Visitor) -> None:
    page = visitor.open("#/trending")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_going_back_returns_to_the_same_place(visitor: Visitor) -> None:
    visitor.page.emulate_media(reduced_motion="reduce")
    page = visitor.open("#/trending?window=all")
    last = page.locator(".row-title").last
    title = last.inner_text()
    last.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    assert before > 0

    last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trending")
    expect(page.get_by_role("radio", name="All time")).to_be_checked()
    expect(page.locator(".row-title").last).to_be_in_viewport()
    assert abs(page.evaluate("scrollY") - before) < 5
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_a_new_page_is_announced_by_its_heading_and_title(visitor: Visitor) -> None:
    page = visitor.open()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Trending").click()
    heading = page.get_by_role("heading", level=1, name="Trending")
    expect(heading).to_be_focused()
    expect(page).to_have_title("Trending · Segue")
    here = page.get_by_role("navigation", name="Main").get_by_role("link", name="Trending")
    expect(here).to_have_attribute("aria-current", "page")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_text_stands_out_from_every_ground(visitor: Visitor, scheme: Any) -> None:
    visitor.page.emulate_media(color_scheme=scheme)
    page = visitor.open("#/genres")
    names = [*TEXTS, *OUTLINES, *GROUNDS]
    colours = page.evaluate(
        "names => names.map(n => getComputedStyle(document.documentElement).getPropertyValue(n))",
        names,
    )
    bright = {name: _luminance(colour) for name, colour in zip(names, colours, strict=True)}
    for ground in GROUNDS:
        for wanted, kind in ((4.5, TEXTS), (3.0, OUTLINES)):
            for name in kind:
                contrast = _contrast(bright[name], bright[ground])
                assert contrast >= wanted, f"{name} on {ground}: {contrast:.2f}"


def test_a_failure_is_said_and_can_be_tried_again(visitor: Visitor) -> None:
    problem = {
        "title": "Starting",
        "status": 503,
        "detail": "The first index is still being built.",
    }
    broken = re.compile("/recommendations/trending/")
    page = visitor.page
    page.add_init_script(_failing_once("recommendations/trending", problem))
    visitor.open("#/trending")
    expect(page.get_by_role("alert")).to_contain_text(str(problem["detail"]))
    with page.expect_response(broken):
        page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("list", name="Trending tracks")).to_be_visible()


def _luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2)."""
    channels = [int(colour.strip()[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def _failing_once(path: str, problem: dict[str, object]) -> str:
    """Answer the first request of a path with a problem, where the browser's console can't see."""
    return f"""
      const real = window.fetch;
      let failed = false;
      window.fetch = (url, ...rest) => {{
        if (failed || !String(url).includes({path!r})) return real(url, ...rest);
        failed = true;
        const init = {{ status: 503, headers: {{ "content-type": "application/problem+json" }} }};
        return Promise.resolve(new Response(JSON.stringify({problem!r}), init));
      }};
    """
