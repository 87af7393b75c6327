"""Finding music by typing."""

import re

from playwright.sync_api import Route, expect

from tests.browser.conftest import Visitor
from tests.browser.world import ACCENTED, HOSTILE, LONG

BOX = "Search the catalogue"


def test_search_as_you_type_finds_an_accented_title_from_plain_letters(visitor: Visitor) -> None:
    page = visitor.open()
    page.get_by_role("combobox", name=BOX).press_sequentially("deja et")
    found = page.get_by_role("option")
    expect(found).to_have_count(1)
    expect(found).to_contain_text(ACCENTED)
    found.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(ACCENTED)


def test_a_suggestion_is_chosen_with_the_arrow_keys(visitor: Visitor) -> None:
    page = visitor.open()
    page.keyboard.press("/")
    page.keyboard.type("techno 1")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    chosen = page.get_by_role("option", selected=True)
    title = chosen.locator(".option-title").inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_escape_closes_the_suggestions_and_keeps_the_words(visitor: Visitor) -> None:
    page = visitor.open()
    box = page.get_by_role("combobox", name=BOX)
    box.press_sequentially("techno")
    expect(page.get_by_role("listbox")).to_be_visible()
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("techno")
    expect(box).to_have_attribute("aria-expanded", "false")


def test_only_the_answer_to_the_last_words_is_shown(visitor: Visitor) -> None:
    page = visitor.open()
    held: list[Route] = []
    page.route(re.compile(r"search/\?q=ambient"), lambda route: held.append(route))
    box = page.get_by_role("combobox", name=BOX)
    with page.expect_request(re.compile(r"search/\?q=ambient")):
        box.fill("ambient")
    box.fill("techno 3")
    expect(page.get_by_role("option").first).to_contain_text("Techno 3")
    for route in held:
        route.abort()
    expect(page.get_by_role("option").first).to_contain_text("Techno 3")


def test_the_search_page_keeps_its_question_in_the_address(visitor: Visitor) -> None:
    page = visitor.open("#/search?q=ambient+1")
    assert "Ambient 1" in visitor.titles("Results")
    page.get_by_role("searchbox").fill("techno 5")
    expect(
        page.get_by_role("list", name="Results").get_by_role("link", name="Techno 5")
    ).to_be_visible()
    assert page.url.endswith("#/search?q=techno+5")
    page.reload()
    visitor.settle()
    assert visitor.titles("Results")[0] == "Techno 5"


def test_many_results_come_in_pages(visitor: Visitor) -> None:
    page = visitor.open("#/search?q=album")
    first = visitor.titles("Results")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    assert not set(first) & set(visitor.titles("Results"))


def test_nothing_found_says_so(visitor: Visitor) -> None:
    page = visitor.open("#/search?q=xylophonequartet")
    expect(page.get_by_text("Nothing found for “xylophonequartet”")).to_be_visible()


def test_hostile_and_very_long_titles_are_found_as_text(visitor: Visitor) -> None:
    visitor.open("#/search?q=onerror")
    assert visitor.titles("Results") == [HOSTILE]
    visitor.open("#/search?q=donaudampf")
    assert visitor.titles("Results") == [LONG]


def test_words_that_mean_something_to_an_address_are_only_words(visitor: Visitor) -> None:
    page = visitor.open()
    box = page.get_by_role("combobox", name=BOX)
    box.fill("#/tracks/1?x=%2F&y")
    box.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Search")
    expect(page.get_by_role("searchbox")).to_have_value("#/tracks/1?x=%2F&y")
