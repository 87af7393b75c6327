"""What Segue thinks: sentences beside tracks, a listener's taste, how lists do."""

import json
import re
from itertools import count
from typing import Any, NamedTuple

import httpx2
import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Visitor

PHONE = {"width": 360, "height": 740}


_numbers = count(1)


class Taster(NamedTuple):
    """A listener with three likes."""

    id: int
    name: str

    @property
    def list(self) -> str:
        """Label of the personal list."""
        return f"For {self.name}"


@pytest.fixture
def ada(visitor: Visitor) -> Taster:
    """Somebody new who likes three tracks, and who is listening."""
    name = f"Taster {next(_numbers)}"
    likes = ["Ambient 0", "Ambient 1", "Techno 0"]
    listener = Taster(visitor.world.new_listener(name, likes=likes), name)
    visitor.listens_as(listener.id, name)
    return listener


def sent_by(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(request.post_data or "")
    return body


def taste(visitor: Visitor, listener: int) -> Page:
    return visitor.open(f"#/listener/{listener}/taste")


def test_each_pick_says_why_in_a_sentence(visitor: Visitor, ada: Taster) -> None:
    page = visitor.open("#/for-you")
    rows = page.get_by_role("list", name=ada.list).get_by_role("listitem")
    sentences = rows.locator(".row-why").all_inner_texts()

    assert len(sentences) == rows.count() > 0
    assert all(sentence[:1].isupper() for sentence in sentences)


def test_a_similar_track_is_compared_with_the_seed(visitor: Visitor) -> None:
    page = visitor.open(f"#/tracks/{visitor.world.tracks['Techno 3']}")

    expect(page.locator(".row-why").first).to_contain_text("“Techno 3”")


def test_what_is_done_with_a_pick_names_the_list(visitor: Visitor, ada: Taster) -> None:
    page = visitor.open("#/for-you")
    first = visitor.titles(ada.list)[0]
    with page.expect_request("**/interactions/") as sent:
        page.get_by_role("button", name=f"Like “{first}”", exact=True).click()

    assert re.match(r"p-\d+\.\d+-[0-9a-f]+$", sent_by(sent.value)["recommendation_id"])


def test_what_is_done_on_the_page_of_a_pick_names_the_list_too(visitor: Visitor) -> None:
    visitor.listens_as(visitor.world.ambient_listener, "Ada")
    page = visitor.open("#/trending")
    page.get_by_role("list", name="Trending tracks").locator(".row-title").first.click()
    visitor.settle()
    with page.expect_request("**/interactions/") as sent:
        page.locator(".track-hero").get_by_role("button", name="Play", exact=True).click()

    assert sent_by(sent.value)["recommendation_id"].startswith("t-")


def test_what_is_done_elsewhere_names_no_list(visitor: Visitor, ada: Taster) -> None:
    page = visitor.open(f"#/tracks/{visitor.world.tracks['Techno 9']}")
    with page.expect_request("**/interactions/") as sent:
        page.locator(".track-hero").get_by_role("button", name="Like", exact=True).click()

    assert "recommendation_id" not in sent_by(sent.value)


def test_a_taste_is_shown_with_what_it_was_drawn_from(visitor: Visitor, ada: Taster) -> None:
    page = taste(visitor, ada.id)

    expect(page.get_by_text("Drawn from 3 interactions")).to_be_visible()
    for heading in ("Sound", "Genres", "Artists", "Drawn from", "Time of day"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Ambient 1")).not_to_have_count(0)


def test_a_muted_genre_never_comes(visitor: Visitor, ada: Taster) -> None:
    page = taste(visitor, ada.id)
    mute = page.get_by_role("button", exact=True, name="Mute techno")
    mute.focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", exact=True, name="Mute techno", pressed=True)).to_be_focused()
    reply = httpx2.get(f"{visitor.world.url}/recommendations/personalized/?user_id={ada.id}").json()
    assert {item["genre"] for item in reply["items"]}.isdisjoint({"techno"})

    page.get_by_role("button", exact=True, name="Mute techno", pressed=True).click()
    expect(
        page.get_by_role("button", exact=True, name="Mute techno", pressed=False)
    ).to_be_visible()


def test_a_weight_is_kept(visitor: Visitor, ada: Taster) -> None:
    page = taste(visitor, ada.id)
    page.get_by_role("combobox", name="How much Tempo counts").select_option("ignored")
    expect(page.get_by_role("status").filter(has_text="Tempo is ignored now.")).to_be_visible()
    page.reload()
    visitor.settle()

    expect(page.get_by_role("combobox", name="How much Tempo counts")).to_have_value("0")


def test_a_part_is_forgotten_and_then_everything(visitor: Visitor, ada: Taster) -> None:
    page = taste(visitor, ada.id)
    page.get_by_role("button", name="Forget “Techno 0”").click()
    expect(page.get_by_text("1 interaction forgotten")).to_be_visible()

    page.get_by_role("button", name="Forget everything").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Forget everything").click()
    page.get_by_role("dialog").get_by_role("button", name="Forget", exact=True).click()

    expect(page.get_by_text("3 interactions forgotten")).to_be_visible()


def test_a_listener_without_history_has_no_taste_yet(visitor: Visitor) -> None:
    page = taste(visitor, visitor.world.new_listener("Blank"))

    expect(page.get_by_text("Nothing known yet")).to_be_visible()


def test_how_lists_do_is_told(visitor: Visitor) -> None:
    visitor.open("#/trending")
    page = visitor.open("#/stats")

    def told() -> bool:
        return bool(httpx2.get(f"{visitor.world.url}/stats/lists/").json()["scenarios"])

    for _ in range(600):
        if told():
            break
        page.wait_for_timeout(100)
    page.reload()
    visitor.settle()
    card = page.get_by_role("region", name="Trending")
    expect(card).to_contain_text("Accepted")
    expect(card).to_contain_text("lists")


@pytest.mark.parametrize("path", ["#/stats", "#/for-you", "taste"])
def test_a_phone_shows_all_of_it(visitor: Visitor, ada: Taster, path: str) -> None:
    visitor.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page = visitor.open(f"#/listener/{ada.id}/taste" if path == "taste" else path)

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
