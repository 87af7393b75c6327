"""Pages stand still while they load, and fit the narrowest phones."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor

WIDTHS = (320, 390)
LARGEST_SHIFT = 0.05
PAGES = (
    "#/",
    "#/search?q=a",
    "#/for-you",
    "#/trending",
    "#/genres",
    "#/genres/techno",
    "#/listeners",
    "#/listener/1",
    "#/listener/1/taste",
    "#/tracks/1",
    "#/stats",
    "#/path?from=1&to=20",
    "#/session",
)
OBSERVE = """
  window.shifts = [];
  new PerformanceObserver(list => list.getEntries().forEach(entry => {
    if (entry.hadRecentInput) return;
    const nodes = entry.sources.map(({ node }) => node?.className || node?.nodeName);
    window.shifts.push([entry.value, nodes.join(" ")]);
  })).observe({ type: "layout-shift", buffered: true });
"""
STAGGER = """
  const send = window.fetch;
  let sent = 0;
  window.fetch = async (...request) => {
    sent += 1;
    await new Promise(done => setTimeout(done, sent * 90));
    return send(...request);
  };
"""
"""Replies come one after the other, as over a slow line."""

SETTLED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def _load(visitor: Visitor, path: str, width: int) -> Page:
    """Load a page anew, as from a bookmark."""
    visitor.page.set_viewport_size({"width": width, "height": 740})
    visitor.page.goto(f"{visitor.world.url}/livez")  # Else only the hash would change.
    visitor.page.goto(f"{visitor.world.url}/{path}", wait_until="load")
    expect(visitor.page.get_by_role("heading", level=1)).to_be_attached()
    visitor.settle()
    visitor.page.evaluate(SETTLED)
    return visitor.page


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("listens", [True, False], ids=["listener", "nobody"])
def test_no_page_jumps_while_it_loads(visitor: Visitor, width: int, listens: bool) -> None:
    if listens:
        visitor.listens_as(visitor.world.ambient_listener)
    visitor.page.add_init_script(OBSERVE + STAGGER)
    jumps = {}
    for path in PAGES:
        shifts = _load(visitor, path, width).evaluate("shifts")
        if sum(value for value, _ in shifts) >= LARGEST_SHIFT:
            jumps[path] = shifts
    assert jumps == {}


@pytest.mark.parametrize("listens", [True, False], ids=["listener", "nobody"])
def test_no_page_is_wider_than_a_small_phone(visitor: Visitor, listens: bool) -> None:
    if listens:
        visitor.listens_as(visitor.world.ambient_listener)
    widths = {
        path: _load(visitor, path, 320).evaluate("document.documentElement.scrollWidth")
        for path in PAGES
    }
    assert set(widths.values()) == {320}, widths
