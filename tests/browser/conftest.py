"""One server and one browser for all its tests, and pages that may not misbehave."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.world import World, build
from tests.support.provision import ProgramMissing, require_chromium
from tests.support.servers import PROMPT, segue_server

WAIT_MS = 120_000

QUIET_BROWSER = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
"""Chromium does nothing on its own while it is tested."""

STEP = """hash => new Promise(done => {
  addEventListener("hashchange", done, { once: true });
  location.hash = hash;
})"""

expect.set_options(timeout=WAIT_MS)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a browser: opens pages and says who is listening."""

    page: Page
    world: World

    def open(self, path: str = "#/") -> Page:
        """Go to a page of the web app and wait for its content."""
        if self.page.url.startswith(self.world.url):
            self.page.evaluate(STEP, path)
        else:
            self.page.goto(f"{self.world.url}/{path}", wait_until="commit")
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until nothing on the page is loading any more."""
        expect(self.page.get_by_role("heading", level=1)).to_be_attached()
        expect(self.page.locator("main [aria-busy]")).to_have_count(0)

    def listens_as(self, listener: int, name: str = "Ada") -> None:
        """Choose a listener before the next page is opened."""
        self.page.add_init_script(
            "localStorage['segue.listener'] ??="
            f" JSON.stringify({{ id: {listener}, name: {name!r} }})"
        )

    def titles(self, label: str) -> list[str]:
        """Return the titles of a track list in order."""
        rows = self.page.get_by_role("list", name=label, exact=True)
        return rows.locator(".row-title").all_inner_texts()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A real Chromium.

    Of this package's scope, since Playwright keeps an event loop running for as long as it lives,
    and tests of other packages start their own.
    """
    try:
        program = require_chromium()
    except ProgramMissing as missing:
        pytest.exit(str(missing), returncode=1)
    arguments = ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else []
    arguments += QUIET_BROWSER
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """An empty page; a script error that nobody caught fails the test."""
    context = browser.new_context()
    page = context.new_page()
    errors: list[Any] = []
    page.on("pageerror", lambda error: errors.append(error))  # Playwright marks its handlers.
    yield page
    context.close()
    assert not errors


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A real server with the small catalogue."""
    with segue_server(tmp_path_factory.mktemp("browser"), settings=PROMPT) as server:
        yield build(server.url)


@pytest.fixture
def visitor(browser_page: Page, world: World) -> Iterator[Visitor]:
    """A visitor at a desk; any complaint of the browser fails the test."""
    complaints: list[str] = []
    browser_page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type in LOUD else None,
    )
    browser_page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    browser_page.on(
        "request",
        lambda request: complaints.append(request.url) if world.url not in request.url else None,
    )
    browser_page.set_default_timeout(WAIT_MS)
    browser_page.set_viewport_size({"width": 1280, "height": 900})
    yield Visitor(browser_page, world)
    assert complaints == []


LOUD = {"error", "warning"}
