"""Explanations of tracks, a listener's taste, list performance."""

import json
import re
from itertools import count
from typing import Any, NamedTuple, TypeAlias

import httpx2
import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Visitor

PHONE = {"width": 360, "height": 740}
Rate: TypeAlias = dict[str, float | int | None]


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

    expect(page.get_by_text("Based on 3 interactions")).to_be_visible()
    for heading in ("Sound", "Genres", "Artists", "Based on", "Time of day"):
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
    expect(page.get_by_role("status").filter(has_text="Tempo is now ignored.")).to_be_visible()
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

    expect(page.get_by_text("No taste yet")).to_be_visible()


def test_list_performance_is_shown(visitor: Visitor) -> None:
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
    expect(card).to_contain_text(re.compile(r"\d lists?, \d+ tracks?"))


WIDE: Rate = {"value": 0.5, "low": 0.2, "high": 0.8, "of": 6}
NARROW: Rate = {"value": 0.25, "low": 0.21, "high": 0.29, "of": 400}
UNCOUNTED: Rate = {"value": None, "low": 0.0, "high": 1.0, "of": 0}
IGNORED: Rate = {"value": 0.0, "low": 0.0, "high": 0.01, "of": 400}


def outcomes(scenario: str, acceptance: Rate, others: Rate) -> dict[str, object]:
    """Return the outcomes of one kind of list as ``/stats/lists/`` does."""
    rates = dict.fromkeys(("skips", "completion", "repeats"), others)
    counts = {"lists": 20, "items": 400, "coverage": {"tracks": 40, "value": 0.1}}
    return {"scenario": scenario, "acceptance": acceptance, **rates, **counts}


def test_a_rate_is_shown_only_where_it_says_something(visitor: Visitor) -> None:
    scenarios = [
        outcomes("similar", NARROW, WIDE),
        outcomes("path", WIDE, WIDE),
        outcomes("trending", IGNORED, UNCOUNTED),
    ]
    contest = {"first": "hybrid", "second": "audio", "first_wins": 3, "second_wins": 3, "ties": 1}
    reply = {
        "days": 30,
        "scenarios": scenarios,
        "contests": [{**contest, "share": WIDE, "chance": 0.5}],
        "by_day": [{"day": f"2026-05-0{day}", "scenarios": scenarios} for day in (1, 2)],
    }
    visitor.page.route("**/stats/lists/", lambda route: route.fulfill(json=reply))
    page = visitor.open("#/stats")

    similar = page.get_by_role("region", name="Similar tracks")
    expect(similar).to_contain_text("Accepted")
    expect(similar).not_to_contain_text("Skipped")
    expect(similar).to_contain_text("The other rates need more reactions.")
    for name, sentence in (
        ("Paths", "There are too few reactions for a rate yet."),
        ("Trending", "No listener has reacted to these lists yet."),
    ):
        expect(page.get_by_role("region", name=name)).to_contain_text(sentence)
        expect(page.get_by_role("region", name=name)).not_to_contain_text("Accepted")
    verdict = page.get_by_text("There are too few decided lists to name a winner yet.")
    expect(verdict).to_be_visible()
    assert page.locator("td").filter(has_text="%").all_inner_texts() == ["25 %", "25 %"]


@pytest.mark.parametrize("path", ["#/stats", "#/for-you", "taste"])
def test_a_phone_shows_all_of_it(visitor: Visitor, ada: Taster, path: str) -> None:
    visitor.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page = visitor.open(f"#/listener/{ada.id}/taste" if path == "taste" else path)

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
