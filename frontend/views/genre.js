/** The tracks of one genre, in an order of one's choice. */

import { get } from "../api.js";
import { pager, select } from "../components/controls.js";
import { empty, load, rowsPlaceholder } from "../components/states.js";
import { trackList } from "../components/track-list.js";
import { onFeedback } from "../feedback.js";
import { plural } from "../format.js";
import { html, render } from "../html.js";
import { link } from "../router.js";
import { pageNumber } from "./search.js";

const LIMIT = 25;
const SORTS = [
  ["-popularity", "Most popular"],
  ["title", "Title"],
  ["artist", "Artist"],
  ["-energy", "Most energetic"],
  ["-danceability", "Most danceable"],
  ["-valence", "Happiest"],
  ["tempo", "Slowest"],
  ["-tempo", "Fastest"],
  ["-created_at", "Recently added"],
];

export function genre(page, { params: { name }, query, signal }) {
  const sort = SORTS.some(([value]) => value === query.sort) ? query.sort : SORTS[0][0];
  const at = pageNumber(query);
  const status = html`<p class="section-note" role="status"></p>`;
  const results = html`<div></div>`;
  const list = trackList({ label: `${name} tracks` });
  const to = (next) => link(["genres", name], { sort, ...next });
  let items = [];

  page.dataset.title = name;
  render(
    page,
    html`<header class="page-header"><div>
      <p class="eyebrow"><a href="#/genres">Genres</a></p>
      <h1 class="page-heading" tabindex="-1">${name}</h1>
    </div></header>`,
    html`<div class="controls">
      ${select({ label: "Sort by", options: SORTS, value: sort, change: (next) => (location.hash = to({ sort: next })) })}
      <a class="more-link" href=${link(["trending"], { genre: name })}>Trending in ${name}</a>
    </div>`,
    status,
    results,
  );

  onFeedback(() => list.update(items), signal);
  return load(results, {
    fetch: (s) => get("tracks/", { genre: name, sort, limit: LIMIT, offset: (at - 1) * LIMIT }, s),
    draw: (found) => {
      items = found.items;
      status.textContent = plural(found.total, "track");
      list.update(items);
      const nothing = () => empty("Nothing here", "There are no tracks of this genre on this page.");
      const pages = pager({ total: found.total, limit: LIMIT, page: at, to: (n) => to({ page: n > 1 ? n : null }) });
      render(results, items.length ? [list.element, pages] : nothing());
    },
    placeholder: rowsPlaceholder(10),
    signal,
  });
}
