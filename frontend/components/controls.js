/** Small controls that views share. */

import { html } from "../html.js";
import { icon } from "./icons.js";

let groups = 0;

/** A row of radio buttons that look like one switch; `options` are `[value, label]` pairs. */
export function segmented({ legend, options, value, change }) {
  groups += 1;
  const name = `choice-${groups}`;
  return html`<fieldset class="segmented">
    <legend>${legend}</legend>
    <div class="segments">
      ${options.map(([option, label]) => html`<label class="segment">
        <input type="radio" name=${name} value=${option} .checked=${option === value}
          onchange=${() => change(option)} />
        <span>${label}</span>
      </label>`)}
    </div>
  </fieldset>`;
}

/** A box to tick, drawn as a switch. */
export function toggle({ label, value, change }) {
  return html`<label class="toggle">
    <input type="checkbox" role="switch" .checked=${value}
      onchange=${(event) => change(event.target.checked)} />
    <span>${label}</span>
  </label>`;
}

/** A drop-down; `options` are `[value, label]` pairs. */
export function select({ label, options, value, change }) {
  return html`<label class="select">
    <span>${label}</span>
    <select onchange=${(event) => change(event.target.value)}>
      ${options.map(([option, text]) => html`<option value=${option} .selected=${option === value}>
        ${text}
      </option>`)}
    </select>
    ${icon("chevron")}
  </label>`;
}

/** Links to the page before and after; `to(page)` gives their addresses. */
export function pager({ total, limit, page, to }) {
  const last = Math.max(1, Math.ceil(total / limit));
  if (last === 1) return null;
  return html`<nav class="pager" aria-label="Pages">
    ${page > 1 ? html`<a class="button" href=${to(page - 1)} rel="prev">Previous</a>` : html`<span></span>`}
    <span class="pager-place">Page ${page} of ${last}</span>
    ${page < last ? html`<a class="button" href=${to(page + 1)} rel="next">Next</a>` : html`<span></span>`}
  </nav>`;
}
