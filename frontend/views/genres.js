/** All genres, as doors into the catalogue. */

import { get } from "../api.js";
import { cover } from "../components/cover.js";
import { cardsPlaceholder, empty, load } from "../components/states.js";
import { plural } from "../format.js";
import { html, render } from "../html.js";
import { link } from "../router.js";

export function genres(page, { signal }) {
  const results = html`<div></div>`;
  page.dataset.title = "Genres";
  render(
    page,
    html`<header class="page-header"><div>
      <p class="eyebrow">Catalogue</p>
      <h1 class="page-heading" tabindex="-1">Genres</h1>
    </div></header>`,
    results,
  );
  return load(results, {
    fetch: (s) => get("genres/", {}, s),
    draw: ({ items }) =>
      render(
        results,
        items.length
          ? html`<ul class="genre-grid">${items.map(door)}</ul>`
          : empty("No genres yet", "Genres appear here once the catalogue has tracks that name one."),
      ),
    placeholder: cardsPlaceholder(),
    signal,
  });
}

function door({ name, count }) {
  return html`<li class="genre-door">
    <a href=${link(["genres", name])}>
      ${cover({ artist: name, album: name })}
      <span class="genre-name">${name}</span>
      <span class="genre-count">${plural(count, "track")}</span>
    </a>
  </li>`;
}
