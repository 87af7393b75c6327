/** Tracks as covers side by side. */

import { follow } from "../feedback.js";
import { artists, title } from "../format.js";
import { html } from "../html.js";
import { link } from "../router.js";
import { cover } from "./cover.js";

/** One row of covers that scrolls sideways where it does not fit. */
export function shelf(tracks) {
  return html`<ul class="shelf">${tracks.map(card)}</ul>`;
}

function card(track) {
  return html`<li class="card">
    <a href=${link(["tracks", String(track.id)])} onclick=${() => follow(track)}>
      ${cover(track)}
      <span class="card-title">${title(track)}</span>
      <span class="card-artist">${artists(track.artist)}</span>
    </a>
  </li>`;
}
