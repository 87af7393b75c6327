/** Notices in place of content: while it loads, when there is none, when it failed. */

import { html, render } from "../html.js";
import { mark } from "./wordmark.js";

/**
 * Fetch and draw, with a placeholder while waiting and a way to try again after a failure.
 * Nothing is drawn once the page was left.
 */
export async function load(target, { fetch, draw, placeholder = null, signal }) {
  if (placeholder) render(target, placeholder);
  target.setAttribute("aria-busy", "true");
  try {
    const content = await fetch(signal);
    if (!signal.aborted) draw(content);
  } catch (error) {
    if (signal.aborted || error.name === "AbortError") return;
    if (error.name !== "Problem") throw error;
    const again = () => load(target, { fetch, draw, placeholder, signal });
    render(target, failure(error, again));
  } finally {
    if (!signal.aborted) target.removeAttribute("aria-busy");
  }
}

/** Grey rows in the shape of a track list. */
export function rowsPlaceholder(rows = 8) {
  return html`<div class="skeleton-rows" role="status">
    <span class="visually-hidden">Loading</span>
    ${Array.from({ length: rows }, () => html`<div class="skeleton-row" aria-hidden="true">
      <span class="bone bone-cover"></span>
      <span class="bone bone-title"></span>
      <span class="bone bone-text"></span>
    </div>`)}
  </div>`;
}

/** Grey cards in the shape of a shelf. */
export function cardsPlaceholder(cards = 6) {
  return html`<div class="shelf" role="status">
    <span class="visually-hidden">Loading</span>
    ${Array.from({ length: cards }, () => html`<div class="card" aria-hidden="true">
      <span class="bone bone-square"></span>
      <span class="bone bone-title"></span>
      <span class="bone bone-text"></span>
    </div>`)}
  </div>`;
}

/** A notice in place of missing content, with what to do about it. */
export function empty(heading, text, ...actions) {
  return html`<div class="notice">
    ${mark()}
    <p class="notice-heading">${heading}</p>
    <p>${text}</p>
    ${actions.length > 0 && html`<div class="notice-actions">${actions}</div>`}
  </div>`;
}

function failure(problem, again) {
  const gone = problem.status === 404;
  const heading = gone ? "Not found" : problem.status === 503 ? "Not available at the moment" : problem.title;
  const text = gone ? "It may have been removed from the catalogue." : problem.detail;
  const retry = html`<button class="button" type="button" onclick=${again}>Try again</button>`;
  const leave = html`<a class="button" href="#/">Go to the home page</a>`;
  return html`<div role="alert">${empty(heading, text, gone ? leave : retry)}</div>`;
}
