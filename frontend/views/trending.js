/** The tracks that all listeners play most. */

import { get } from "../api.js";
import { segmented, select } from "../components/controls.js";
import { liveList } from "../components/live-list.js";
import { empty, load } from "../components/states.js";
import { html, render } from "../html.js";
import { replaceQuery } from "../router.js";

const LIMIT = 25;
const WINDOWS = [
  ["day", "Day"],
  ["week", "Week"],
  ["month", "Month"],
  ["all", "All time"],
];
const SPANS = { day: "the last day", week: "the last week", month: "the last month", all: "all time" };

/** Why a list is not what was asked for; empty where it is. */
export function trendingNote({ window: used, requested_window: wanted, fallback }) {
  if (fallback === "popular") return "Nobody has played anything yet, so these are the catalogue's most popular tracks.";
  if (used === wanted) return "";
  return `There were too few plays in ${SPANS[wanted]}, so this list covers ${SPANS[used]}.`;
}

export function trending(page, { query, signal }) {
  const state = { window: query.window in SPANS ? query.window : "week", genre: query.genre ?? "" };
  const note = html`<p class="section-note" role="status"></p>`;
  const results = html`<div></div>`;
  const genres = html`<div></div>`;
  const refresh = liveList(results, {
    label: "Trending tracks",
    fetch: (s) => get("recommendations/trending/", { ...state, limit: LIMIT }, s),
    nothing: () => empty("Nothing is trending", "No track of this genre has been played yet."),
    shown: (found) => (note.textContent = trendingNote(found)),
    signal,
  });

  page.dataset.title = "Trending";
  render(
    page,
    html`<header class="page-header"><div>
      <p class="eyebrow">All listeners</p>
      <h1 class="page-heading" tabindex="-1">Trending</h1>
    </div></header>`,
    html`<div class="controls">
      ${segmented({ legend: "Window", options: WINDOWS, value: state.window, change: (window) => change({ window }) })}
      ${genres}
    </div>`,
    note,
    results,
  );

  load(genres, { fetch: (s) => get("genres/", {}, s), draw: drawGenres, signal });
  return refresh();

  function drawGenres({ items }) {
    const options = [["", "All genres"], ...items.map(({ name }) => [name, name])];
    render(genres, select({ label: "Genre", options, value: state.genre, change: (genre) => change({ genre }) }));
  }

  function change(next) {
    Object.assign(state, next);
    replaceQuery({ window: state.window === "week" ? null : state.window, genre: state.genre });
    return refresh();
  }
}
