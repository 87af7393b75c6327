/** The interactions of one listener, newest first. */

import { get, Problem } from "../api.js";
import { pager, segmented } from "../components/controls.js";
import { avatar } from "../components/cover.js";
import { empty, load, rowsPlaceholder } from "../components/states.js";
import { trackRow } from "../components/track-row.js";
import { ACTIONS, onFeedback } from "../feedback.js";
import { plural, since } from "../format.js";
import { html, render } from "../html.js";
import { chooseListener, currentListener, listenerName, onListenerChange } from "../listener.js";
import { link } from "../router.js";
import { pageNumber } from "./search.js";

const LIMIT = 20;
const FILTERS = [["", "All"], ...ACTIONS.map(({ name, done }) => [name, done])];

export function listener(page, { params, query, signal }) {
  page.dataset.title = "Listener";
  const content = html`<div></div>`;
  render(page, html`<h1 class="visually-hidden" tabindex="-1">Listener</h1>`, content);
  return load(content, {
    fetch: (s) => get(`users/${encodeURIComponent(params.id)}`, {}, s),
    draw: (user) => mount(page, user, query, signal),
    placeholder: rowsPlaceholder(),
    signal,
  });
}

function mount(page, user, query, signal) {
  const name = listenerName(user);
  const action = FILTERS.some(([value]) => value === query.action) ? query.action : "";
  const at = pageNumber(query);
  const to = (next) => link(["listener", String(user.id)], { action, ...next });
  const chooser = html`<div></div>`;
  const status = html`<p class="section-note" role="status"></p>`;
  const results = html`<div></div>`;
  const heading = html`<h1 class="page-heading" tabindex="-1">${name}</h1>`;
  const hadFocus = page.contains(document.activeElement);

  document.title = `${name} · Segue`;
  render(
    page,
    html`<header class="page-header">
      ${avatar({ id: user.id, name })}
      <div><p class="eyebrow">Listener ${user.id}${user.external_id && ` · ${user.external_id}`}</p>${heading}</div>
      <div class="header-actions">
        <a class="more-link" href=${link(["listener", String(user.id), "taste"])}>Taste</a>
        ${chooser}
      </div>
    </header>`,
    html`<div class="controls">${segmented({
      legend: "Show",
      options: FILTERS,
      value: action,
      change: (next) => (location.hash = to({ action: next })),
    })}</div>`,
    status,
    results,
  );
  if (hadFocus) heading.focus({ preventScroll: true });

  const drawChooser = () => render(chooser, choice(user));
  onListenerChange(drawChooser, signal);
  drawChooser();
  onFeedback(() => currentListener()?.id === user.id && refresh(), signal);
  return refresh(rowsPlaceholder());

  function refresh(placeholder = null) {
    const wanted = { action, limit: LIMIT, offset: (at - 1) * LIMIT };
    return load(results, {
      fetch: async (s) => {
        const found = await get(`interactions/user/${user.id}`, wanted, s);
        return { ...found, tracks: await tracksOf(found.items, s) };
      },
      draw: show,
      placeholder,
      signal,
    });
  }

  function show({ items, total, tracks }) {
    status.textContent = plural(total, "interaction");
    const rows = items.filter((event) => tracks.has(event.track_id));
    render(
      results,
      rows.length
        ? html`<ol class="rows rows-plain" aria-label="History">${rows.map((event) => entry(event, tracks))}</ol>`
        : empty("Nothing yet", action ? "No interaction of this kind was recorded." : `${name} has no interactions yet.`),
      pager({ total, limit: LIMIT, page: at, to: (n) => to({ page: n > 1 ? n : null }) }),
    );
  }
}

function choice(user) {
  if (currentListener()?.id === user.id) {
    return html`<a class="button" href="#/for-you">Open their list</a>`;
  }
  return html`<button class="button button-strong" type="button" onclick=${() => chooseListener(user)}>
    Listen as ${listenerName(user)}
  </button>`;
}

function entry(event, tracks) {
  const { done } = ACTIONS.find(({ name }) => name === event.action) ?? { done: event.action };
  const note = html`<span class="row-event" data-event=${event.action}>${done} ${since(event.created_at)} · </span>`;
  return trackRow(tracks.get(event.track_id), { note });
}

/** The tracks of some interactions by id; one that was removed meanwhile is left out. */
async function tracksOf(events, signal) {
  const ids = [...new Set(events.map(({ track_id }) => track_id))];
  const found = await Promise.all(ids.map((id) => get(`tracks/${id}`, {}, signal).catch(ifRemoved)));
  return new Map(found.filter(Boolean).map((track) => [track.id, track]));
}

function ifRemoved(error) {
  if (error instanceof Problem && error.status === 404) return null;
  throw error;
}
