/** The catalogue in figures. */

import { ago, count } from "../format.js";
import { html } from "../html.js";

export function statsStrip({ tracks, users, interactions, index }) {
  const figures = [
    [count(tracks), "tracks"],
    [count(users), "listeners"],
    [count(interactions.total), "interactions"],
  ];
  const isBuilt = index?.version && index.age_seconds !== null;
  return html`<dl class="stats">
    ${figures.map(([figure, label]) => html`<div><dt>${label}</dt><dd class="number">${figure}</dd></div>`)}
    ${isBuilt && html`<div>
      <dt>index ${index.version}</dt><dd>built ${ago(index.age_seconds)}</dd>
    </div>`}
  </dl>`;
}
