/** The search page: results are whole rows, and the address holds the query. */

import { get } from "../api.js";
import { icon } from "../components/icons.js";
import { pager } from "../components/controls.js";
import { LONGEST, typed } from "../components/search-box.js";
import { empty, load, rowsPlaceholder } from "../components/states.js";
import { stepRow, trackList } from "../components/track-list.js";
import { onFeedback } from "../feedback.js";
import { plural } from "../format.js";
import { html, render } from "../html.js";
import { link, replaceQuery } from "../router.js";

const LIMIT = 25;

export function search(page, { query, signal }) {
  const results = html`<div></div>`;
  const status = html`<p class="section-note" role="status" aria-live="polite"></p>`;
  const list = trackList({ label: "Results" });
  const start = pageNumber(query);
  let items = [];

  const input = html`<input class="search-input" type="search" aria-label="Search the catalogue" autofocus
    placeholder="Title, artist, album or genre" .value=${query.q ?? ""} maxlength=${LONGEST}
    autocomplete="off" spellcheck="false" enterkeyhint="search" data-search onkeydown=${intoResults} />`;

  page.dataset.title = "Search";
  render(
    page,
    html`<h1 class="page-heading" tabindex="-1">Search</h1>`,
    html`<search class="search search-large">${icon("search")}${input}<kbd class="search-key" aria-hidden="true">/</kbd></search>`,
    status,
    results,
  );

  typed(input, (q, ended) => find(q, 1, AbortSignal.any([signal, ended])), signal);
  onFeedback(() => list.update(items), signal);
  return find(input.value.trim(), start, signal, rowsPlaceholder());

  function find(q, at, ended, placeholder = null) {
    replaceQuery({ q, page: at > 1 ? at : null });
    if (!q) {
      status.textContent = "";
      render(results, empty("Search the catalogue", "Accents and capitals don't matter, and the beginning of a word is enough."));
      return null;
    }
    return load(results, {
      fetch: (s) => get("tracks/search/", { q, limit: LIMIT, offset: (at - 1) * LIMIT }, s),
      draw: (found) => draw(found, q, at),
      placeholder,
      signal: ended,
    });
  }

  function draw(found, q, at) {
    items = found.items;
    status.textContent = plural(found.total, "track");
    if (!items.length) {
      render(results, empty(`Nothing found for “${q}”`, "Try fewer words, or only the beginning of one."));
      return;
    }
    list.update(items);
    const to = (number) => link(["search"], { q, page: number > 1 ? number : null });
    render(results, list.element, pager({ total: found.total, limit: LIMIT, page: at, to }));
  }
}

/** The number of the page in an address, 1 where there is none. */
export function pageNumber({ page }) {
  const number = Number(page);
  return Number.isInteger(number) && number > 1 ? number : 1;
}

function intoResults(event) {
  if (event.key === "ArrowDown" && stepRow(null, 0)) event.preventDefault();
}
