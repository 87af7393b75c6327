/** The start: one question, and what is going on. */

import { get } from "../api.js";
import { listenerChoice, newListenerForm } from "../components/listener-menu.js";
import { listed, liveList } from "../components/live-list.js";
import { searchBox } from "../components/search-box.js";
import { shelf } from "../components/shelf.js";
import { cardsPlaceholder, empty, load } from "../components/states.js";
import { statsStrip } from "../components/stats.js";
import { html, render } from "../html.js";
import { currentListener, onListenerChange, untilListenerChange } from "../listener.js";
import { trendingNote } from "./trending.js";

const SHELF = 12;
const FOR_YOU = 6;
const CHOICES = 8;

export function home(page, { signal }) {
  const trending = html`<div></div>`;
  const trendingWindow = html`<p class="section-note"></p>`;
  const personal = html`<section class="section" aria-labelledby="for-you-heading"></section>`;
  const stats = html`<div class="stats-place"></div>`;

  render(
    page,
    html`<section class="hero">
      <h1 class="hero-heading" tabindex="-1">What should play <em>next?</em></h1>
      <p class="hero-text">Music based on what you play and like, with a reason for every pick.</p>
      ${searchBox({ placeholder: "Search for a title, artist, album or genre", large: true, signal })}
      ${stats}
    </section>`,
    html`<section class="section" aria-labelledby="trending-heading">
      <header class="section-header">
        <h2 id="trending-heading">Trending this week</h2>
        <a class="more-link" href="#/trending">See all<span class="visually-hidden"> of Trending</span></a>
      </header>
      ${trendingWindow}${trending}
    </section>`,
    personal,
  );

  const drawPersonal = () => mountPersonal(personal, signal);
  onListenerChange(drawPersonal, signal);

  return Promise.all([
    load(trending, {
      fetch: (s) => get("recommendations/trending/", { window: "week", limit: SHELF }, s),
      draw: (found) => {
        trendingWindow.textContent = trendingNote(found);
        render(trending, found.items.length ? shelf(listed(found)) : emptyCatalogue());
      },
      placeholder: cardsPlaceholder(),
      signal,
    }),
    drawPersonal(),
    load(stats, { fetch: (s) => get("stats/", {}, s), draw: (s) => render(stats, statsStrip(s)), signal }),
  ]);
}

function mountPersonal(section, signal) {
  const listener = currentListener();
  const content = html`<div></div>`;
  render(
    section,
    html`<header class="section-header">
      <h2 id="for-you-heading">${listener ? `For ${listener.name}` : "Made for you"}</h2>
      ${listener && html`<a class="more-link" href="#/for-you">See all<span class="visually-hidden"> for you</span></a>`}
    </header>`,
    content,
  );
  return listener ? mountList(content, listener, signal) : drawChoices(content, signal);
}

function mountList(target, { id, name }, signal) {
  const refresh = liveList(target, {
    label: `For ${name}`,
    fetch: (s) => get("recommendations/personalized/", { user_id: id, limit: FOR_YOU, why: true }, s),
    nothing: emptyCatalogue,
    rows: FOR_YOU,
    signal: untilListenerChange(signal),
  });
  return refresh();
}

function drawChoices(target, signal) {
  return load(target, {
    fetch: (s) => get("users/", { limit: CHOICES }, s),
    draw: ({ items }) =>
      render(
        target,
        html`<p class="section-note">Listen as somebody else, or create your own listener.</p>`,
        html`<div class="choices">${items.map(listenerChoice)}</div>`,
        newListenerForm(),
      ),
    signal,
  });
}

function emptyCatalogue() {
  return empty("Nothing here yet", "Nothing in the catalogue can be recommended at the moment.");
}
