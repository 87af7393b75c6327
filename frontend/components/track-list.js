/** A list of tracks that moves to its new order instead of jumping there. */

import { html } from "../html.js";
import { trackRow } from "./track-row.js";

const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const MOVE = { duration: 420, easing: "cubic-bezier(.2, .8, .2, 1)" };
const APPEAR = { duration: 500, easing: "ease-out" };

/** Return the element and `update(items)`, which keeps what is open and where the focus is. */
export function trackList({ label, note = () => null }) {
  const element = html`<ol class="rows" aria-label=${label} onkeydown=${moveByArrow}></ol>`;

  const update = (items) => {
    const before = places(element);
    const open = new Set(rows(element).filter((r) => r.classList.contains("is-open")).map(trackId));
    const focus = focusOf(element);
    const sorted = items.every(({ score }, at) => !at || (items[at - 1].score ?? 0) >= (score ?? 0));
    const highest = Math.max(...items.map(({ score }) => score ?? 0), 1e-9);

    element.replaceChildren(
      ...items.map((item) =>
        trackRow(item, { highest, sorted, open: open.has(String(item.id)), note: note(item) }),
      ),
    );
    restoreFocus(element, focus);
    if (before.size && !CALM.matches) animate(element, before);
  };

  return { element, update };
}

/** Move the focus to the title of the row that is `step` rows on, if there is one. */
export function stepRow(from, step) {
  const all = [...document.querySelectorAll(".row")];
  const here = from?.closest?.(".row");
  const target = here ? all[all.indexOf(here) + step] : all[0];
  if (!target) return false;
  target.querySelector(".row-title").focus();
  target.scrollIntoView({ block: "nearest" });
  return true;
}

function moveByArrow(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && stepRow(event.target, step)) event.preventDefault();
}

function rows(element) {
  return [...element.children];
}

function trackId(row) {
  return row.dataset.track;
}

function places(element) {
  return new Map(rows(element).map((row) => [trackId(row), row.getBoundingClientRect().top]));
}

/** Which row holds the focus, and on what: so that it is found again in the next list. */
function focusOf(element) {
  const row = document.activeElement?.closest(".row");
  if (!row || row.parentElement !== element) return null;
  const { action } = document.activeElement.dataset;
  return { index: rows(element).indexOf(row), id: trackId(row), action };
}

/** The focus stays with its track; if that is gone, it goes to what took its place. */
function restoreFocus(element, focus) {
  if (!focus) return;
  const same = rows(element).find((row) => trackId(row) === focus.id);
  const row = same ?? rows(element)[Math.min(focus.index, element.children.length - 1)];
  const button = focus.action && row?.querySelector(`.row-actions [data-action="${focus.action}"]`);
  (button || row?.querySelector(".row-title"))?.focus({ preventScroll: true });
}

function animate(element, before) {
  for (const row of rows(element)) {
    const from = before.get(trackId(row));
    if (from === undefined) {
      row.classList.add("is-new");
      row.animate([{ opacity: 0 }, { opacity: 1 }], APPEAR);
      continue;
    }
    const distance = from - row.getBoundingClientRect().top;
    if (!distance) continue;
    row.animate([{ transform: `translateY(${distance}px)` }, { transform: "none" }], MOVE);
  }
}
