/** A field that a track is chosen by: type, then take one of the suggestions. */

import { get } from "../api.js";
import { artists, title } from "../format.js";
import { html, render } from "../html.js";
import { cover } from "./cover.js";
import { LONGEST, typed } from "./search-box.js";

const SHOWN = 6;
let pickers = 0;

/** Return the element; `chosen(track)` is called with the track, or null when it is taken back. */
export function trackPicker({ label, track = null, chosen, signal }) {
  pickers += 1;
  const id = `picker-${pickers}`;
  const content = html`<div></div>`;
  const element = html`<div class="picker">
    <p class="picker-label" id=${id}>${label}</p>
    ${content}
  </div>`;
  if (track) show(track);
  else ask();
  return element;

  function show(found) {
    render(
      content,
      html`<div class="picked">
        ${cover(found)}
        <span class="picked-text"><b>${title(found)}</b><span>${artists(found.artist)}</span></span>
        <button class="chip chip-button" type="button" aria-label=${`Change “${title(found)}”`} onclick=${takeBack}>Change</button>
      </div>`,
    );
  }

  function takeBack() {
    chosen(null);
    ask().focus();
  }

  function ask() {
    const results = html`<ul class="picker-results" aria-label=${`${label}: suggestions`}></ul>`;
    const input = html`<input class="field" type="search" aria-labelledby=${id} placeholder="Title or artist"
      maxlength=${LONGEST} autocomplete="off" spellcheck="false" />`;
    typed(input, (q, ended) => suggest(results, q, ended), signal);
    render(content, input, results);
    return input;
  }

  async function suggest(results, q, ended) {
    if (!q) {
      results.replaceChildren();
      return;
    }
    try {
      const { items } = await get("tracks/search/", { q, limit: SHOWN }, ended);
      if (!ended.aborted) render(results, items.length ? items.map(option) : html`<li class="option-note">Nothing found</li>`);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.name !== "Problem") throw error;
      render(results, html`<li class="option-note" role="alert">${error.message}</li>`);
    }
  }

  function option(found) {
    const take = () => {
      show(found);
      content.querySelector("button").focus();
      chosen(found);
    };
    return html`<li><button class="picker-option" type="button" onclick=${take}>
      ${cover(found)}<span class="picked-text"><b>${title(found)}</b><span>${artists(found.artist)}</span></span>
    </button></li>`;
  }
}
