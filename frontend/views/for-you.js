/** The current listener's list. */

import { get } from "../api.js";
import { toggle } from "../components/controls.js";
import { avatar } from "../components/cover.js";
import { listenerChoice, newListenerForm } from "../components/listener-menu.js";
import { liveList } from "../components/live-list.js";
import { empty, load } from "../components/states.js";
import { html, render } from "../html.js";
import { currentListener, onListenerChange, untilListenerChange } from "../listener.js";
import { link, replaceQuery } from "../router.js";

const LIMIT = 20;
const CHOICES = 12;
const FALLBACKS = {
  trending: "Segue doesn't know this listener's taste yet, so these are the trending tracks. A like or two will change that.",
  popular: "Nobody has played anything yet, so these are the catalogue's most popular tracks.",
};

export function forYou(page, { query, signal }) {
  page.dataset.title = "For you";
  const state = { heard: query.heard === "yes" };
  const draw = () => (currentListener() ? mountList(page, state, signal) : mountChoice(page, signal));
  onListenerChange(draw, signal);
  return draw();
}

function mountList(page, state, signal) {
  const listener = currentListener();
  const note = html`<p class="section-note" role="status"></p>`;
  const results = html`<div></div>`;
  const refresh = liveList(results, {
    label: `For ${listener.name}`,
    fetch: (s) => get("recommendations/personalized/", wanted(listener, state), s),
    nothing: () => empty("Nothing left", "This listener has heard everything in the catalogue."),
    shown: ({ fallback }) => (note.textContent = FALLBACKS[fallback] ?? ""),
    signal: untilListenerChange(signal),
  });

  render(
    page,
    html`<header class="page-header">
      ${avatar(listener)}
      <div>
        <p class="eyebrow">For you</p>
        <h1 class="page-heading" tabindex="-1">${listener.name}</h1>
      </div>
    </header>`,
    html`<div class="controls">
      <p class="controls-text">Like, play or skip a track, and the list adapts.</p>
      ${toggle({ label: "Include tracks heard before", value: state.heard, change: showHeard })}
      <span class="controls-links">
        <a class="more-link" href="#/session">Start a session</a>
        <a class="more-link" href=${link(["listener", String(listener.id), "taste"])}>Taste</a>
        <a class="more-link" href=${link(["listener", String(listener.id)])}>History</a>
      </span>
    </div>`,
    note,
    results,
  );
  return refresh();

  function showHeard(heard) {
    state.heard = heard;
    replaceQuery({ heard: heard ? "yes" : null });
    return refresh();
  }
}

function wanted({ id }, { heard }) {
  return { user_id: id, limit: LIMIT, exclude_heard: !heard, why: true };
}

function mountChoice(page, signal) {
  const choices = html`<div class="choices"></div>`;
  render(
    page,
    html`<header class="page-header"><div>
      <p class="eyebrow">For you</p>
      <h1 class="page-heading" tabindex="-1">Who is listening?</h1>
    </div></header>`,
    html`<p class="lead">Recommendations are based on what a listener has played and liked. Choose a listener, or create your own.</p>`,
    newListenerForm(),
    choices,
    html`<p><a class="more-link" href="#/listeners">All listeners</a></p>`,
  );
  return load(choices, {
    fetch: (s) => get("users/", { limit: CHOICES }, s),
    draw: ({ items }) => render(choices, items.map(listenerChoice)),
    signal,
  });
}
