/** Short messages at the edge of the screen, read out by screen readers. */

import { html } from "../html.js";
import { icon } from "./icons.js";

const SHOWN_MS = 5000;
const region = html`<div class="toasts" role="status" aria-live="polite"></div>`;
let timer;

/** The place that messages appear in; it stands in the page from the start. */
export function toastRegion() {
  return region;
}

/** Show a message in place of the one before; it stays while the pointer or focus is on it. */
export function toast(message, { failed = false } = {}) {
  const close = () => region.replaceChildren();
  const note = html`<div class=${failed ? "toast toast-failed" : "toast"}>
    <p>${message}</p>
    <button class="icon-button" type="button" aria-label="Close message" onclick=${close}>
      ${icon("close")}
    </button>
  </div>`;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => (note.matches(":hover, :focus-within") ? wait() : close()), SHOWN_MS);
  };
  region.replaceChildren(note);
  wait();
}
