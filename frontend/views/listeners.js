/** All listeners: choose one, or look at what they did. */

import { get, Problem } from "../api.js";
import { pager } from "../components/controls.js";
import { listenerChoice, newListenerForm } from "../components/listener-menu.js";
import { empty, load, rowsPlaceholder } from "../components/states.js";
import { plural } from "../format.js";
import { html, render } from "../html.js";
import { listenerName, onListenerChange } from "../listener.js";
import { link } from "../router.js";
import { pageNumber } from "./search.js";

const LIMIT = 30;
const LARGEST_ID = 2 ** 53;

export function listeners(page, { query, signal }) {
  const at = pageNumber(query);
  const results = html`<div></div>`;
  const status = html`<p class="section-note" role="status"></p>`;
  let shown = { items: [], total: 0 };

  page.dataset.title = "Listeners";
  render(
    page,
    html`<header class="page-header"><div>
      <p class="eyebrow">Who is listening?</p>
      <h1 class="page-heading" tabindex="-1">Listeners</h1>
    </div></header>`,
    html`<div class="controls">
      <form class="find-listener" onsubmit=${find}>
        <input class="field" name="wanted" aria-label="Number or external ID" placeholder="Number or external ID"
          maxlength="255" autocomplete="off" value=${query.q ?? ""} />
        <button class="button" type="submit">Find</button>
      </form>
      ${newListenerForm()}
    </div>`,
    status,
    results,
  );

  onListenerChange(draw, signal);
  return load(results, {
    fetch: (s) => (query.q ? byId(query.q, s) : get("users/", { limit: LIMIT, offset: (at - 1) * LIMIT }, s)),
    draw: (found) => {
      shown = found;
      draw();
    },
    placeholder: rowsPlaceholder(),
    signal,
  });

  function draw() {
    status.textContent = plural(shown.total, "listener");
    const to = (n) => link(["listeners"], { page: n > 1 ? n : null });
    const all = html`<a class="button" href="#/listeners">Show all</a>`;
    render(
      results,
      shown.items.length
        ? html`<ul class="listener-grid">${shown.items.map(entry)}</ul>`
        : empty("No listener found", "Search by number or by the complete external ID. Names can't be searched.", all),
      pager({ total: shown.total, limit: LIMIT, page: at, to }),
    );
  }
}

function find(event) {
  event.preventDefault();
  const wanted = new FormData(event.target).get("wanted").trim();
  location.hash = link(["listeners"], { q: wanted });
}

/** The listener with this external id, and the one with this number. */
async function byId(text, signal) {
  const { items } = await get("users/", { external_id: text }, signal);
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  if (number > 0 && number < LARGEST_ID && !items.some(({ id }) => id === number)) {
    try {
      items.push(await get(`users/${number}`, {}, signal));
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 404) throw error;
    }
  }
  return { items, total: items.length };
}

function entry(user) {
  const history = link(["listener", String(user.id)]);
  return html`<li class="listener-entry">
    ${listenerChoice(user)}
    <a class="more-link" href=${history}>History<span class="visually-hidden"> of ${listenerName(user)}</span></a>
  </li>`;
}
