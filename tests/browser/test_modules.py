"""The modules that are pure, in the browser they are written for."""

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser

from tests.browser.world import World

Run: TypeAlias = Callable[[str, str], Any]


@pytest.fixture(scope="module")
def run(browser: Browser, world: World) -> Iterator[Run]:
    """Evaluate an expression with a module's exports in scope as ``m``, all on one page."""
    page = browser.new_page()
    page.goto(f"{world.url}/#/genres", wait_until="commit")

    def evaluate(module: str, expression: str) -> Any:
        return page.evaluate(
            f"async () => {{ const m = await import('/static/{module}'); return {expression}; }}"
        )

    yield evaluate
    page.close()


@pytest.mark.parametrize(
    ("health", "stored", "state"),
    [
        ("{ index: { tracks: 3 } }", 0, "ready"),
        ("{ index: null }", 5, "building"),
        ("{ index: { tracks: 0 } }", 5, "building"),
        ("{ index: null }", 0, "empty"),
        ("{ index: { tracks: 0 } }", 0, "empty"),
    ],
)
def test_a_catalogue_is_ready_when_its_index_holds_a_track(
    run: Run, health: str, stored: int, state: str
) -> None:
    assert run("logic/catalogue.js", f"m.catalogueState({health}, {stored})") == state


@pytest.mark.parametrize(
    ("low", "high", "of", "telling"),
    [(0.3, 0.49, 90, True), (0.3, 0.5, 80, False), (0.0, 0.0, 0, False)],
)
def test_a_rate_says_something_if_its_interval_is_narrow(
    run: Run, low: float, high: float, of: int, telling: bool
) -> None:
    rate = f"{{ value: {low}, low: {low}, high: {high}, of: {of} }}"
    assert run("logic/outcomes.js", f"m.isTelling({rate})") is telling


def test_templates_nest_and_escape(run: Run) -> None:
    build = (
        "m.html`<ul class=${'a'}>${[1, ['<b>', null, false], m.html`<li>${'&amp;'}</li>`]}</ul>`"
    )
    assert run("html.js", f"{build}.outerHTML") == '<ul class="a">1&lt;b&gt;<li>&amp;amp;</li></ul>'


def test_attributes_are_values_and_never_markup(run: Run) -> None:
    hostile = "'\"><script>alert(1)</script>'"
    assert run("html.js", f"m.html`<a title=${{{hostile}}}>x</a>`.childElementCount") == 0
    assert run("html.js", f'm.html`<a title="a ${{{hostile}}} b">x</a>`.title').startswith('a ">')
    assert run("html.js", "m.html`<input disabled=${false} hidden=${true} />`.outerHTML") == (
        '<input hidden="">'
    )


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//elsewhere.example", "https://x.example"]
)
def test_links_lead_nowhere_else(run: Run, address: str) -> None:
    link = f"m.html`<a href=${{{address!r}}}>x</a>`"
    assert run("html.js", _error_of(link)) == "TypeError"


def test_a_template_that_is_not_well_formed_is_an_error(run: Run) -> None:
    assert run("html.js", _error_of("m.html`<p><b></p>`")) == "SyntaxError"


@pytest.mark.parametrize(
    "name", ["r&b", "50%", "a/b", "?x=1#y", "Ünïcode ☂", "<b>", "..", " spaced "]
)
def test_any_name_survives_the_address(run: Run, name: str) -> None:
    back = f"m.parse(m.link(['genres', {name!r}], {{ q: {name!r}, empty: '' }}))"
    assert run("router.js", back) == {"segments": ["genres", name], "query": {"q": name}}


def test_broken_escapes_in_an_address_are_read_as_they_are(run: Run) -> None:
    assert run("router.js", "m.parse('#/genres/%E0%A4%A')")["segments"] == ["genres", "%E0%A4%A"]


def test_parts_of_a_score_are_laid_end_to_end(run: Run) -> None:
    values = {"base": 0.5, "energy": -0.125, "genre": 0.25}
    parts = json.dumps([{"name": name, "value": value} for name, value in values.items()])
    ends = run("components/reasons.js", f"m.endToEnd({parts}).map((p) => [p.begin, p.end])")
    assert ends == [[0, 0.5], [0.5, 0.375], [0.375, 0.625]]
    groups = run("components/reasons.js", f"m.grouped({parts})")
    assert groups == [{"name": "sound", "value": 0.375}, {"name": "genre", "value": 0.25}]


def test_the_arrow_keys_go_around_the_suggestions_and_the_text(run: Run) -> None:
    steps = "[[-1, 'ArrowDown'], [2, 'ArrowDown'], [-1, 'ArrowUp'], [0, 'ArrowUp']]"
    moved = run("components/search-box.js", f"{steps}.map(([at, key]) => m.nextOption(at, key, 3))")
    assert moved == [0, -1, 2, -1]


def test_the_same_album_always_gets_the_same_cover(run: Run) -> None:
    album = "{ artist: 'Ada;Grace', album: 'Engines', title: %r }"
    one, two = album % "One", album % "Two"
    other = "{ artist: 'Ada', album: 'Notes', title: 'One' }"
    covers = run("components/cover.js", f"[{one}, {two}, {other}].map((t) => m.cover(t).innerHTML)")
    assert covers[0] == covers[1] != covers[2]


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (65, "1:05"), (3600, "1:00:00"), (3725, "1:02:05")]
)
def test_durations_read_like_a_clock(run: Run, seconds: int, shown: str) -> None:
    assert run("format.js", f"m.duration({seconds})") == shown


def _error_of(expression: str) -> str:
    return f"(() => {{ try {{ {expression} }} catch (e) {{ return e.name }} }})()"
