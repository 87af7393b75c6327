"""The first minutes: an empty catalogue, then the first tracks."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.world import build
from tests.support.servers import PROMPT, SegueServer, segue_server


@pytest.fixture(scope="module")
def empty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SegueServer]:
    """A real server without a single track."""
    folder: Path = tmp_path_factory.mktemp("first-run")
    with segue_server(folder, settings=PROMPT) as server:
        yield server


def _complaints(page: Page) -> list[str]:
    texts: list[str] = []
    page.on("console", lambda message: texts.append(message.text))
    return texts


def test_an_empty_catalogue_says_what_to_do_and_opens_when_it_is_filled(
    browser_page: Page, empty_server: SegueServer
) -> None:
    complaints = _complaints(browser_page)
    for path in ("#/", "#/trending"):
        browser_page.goto(f"{empty_server.url}/{path}", wait_until="commit")
        browser_page.reload()
        heading = browser_page.get_by_role("heading", level=1)
        expect(heading).to_have_text("The catalogue is empty")
        for command in ("segue demo", "segue import tracks tracks.csv", "segue rebuild"):
            expect(browser_page.get_by_text(command, exact=True)).to_be_visible()
        expect(browser_page.get_by_text("Service Unavailable")).to_have_count(0)

    build(empty_server.url)
    expect(heading).to_have_text("Trending", timeout=120_000)
    assert complaints == []
    assert httpx2.get(f"{empty_server.url}/readyz", timeout=60).is_success


def test_while_the_first_index_is_built_the_page_says_so(
    browser_page: Page, empty_server: SegueServer
) -> None:
    starting = {"status": "starting", "index": None}
    browser_page.route("**/health", lambda route: route.fulfill(json=starting))
    browser_page.route("**/tracks/?limit=1", lambda route: route.fulfill(json={"total": 5}))
    browser_page.goto(f"{empty_server.url}/", wait_until="commit")

    heading = browser_page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Building the first index")
    browser_page.unroute_all()
    expect(heading).to_contain_text("What should play", timeout=120_000)
