/** Shortcuts: they help, nothing needs them, and single keys can be switched off (WCAG 2.1.4). */

import { html } from "../html.js";
import { toggle } from "./controls.js";
import { stepRow } from "./track-list.js";

const STORAGE_KEY = "segue.single-keys";
const ACTION_KEYS = { p: "play", l: "like", s: "skip", a: "playlist_add", d: "dislike" };
const HELP = [
  [["/"], "Search"],
  [["j", "k"], "Next and previous track in a list"],
  [["↓", "↑"], "The same, also in search results"],
  [["Enter"], "Open the track"],
  [["p", "l", "s"], "Play, like, skip the focused track"],
  [["a", "d"], "Add it to a playlist, dislike it"],
  [["Esc"], "Close what is open"],
  [["?"], "This list"],
];

const dialog = html`<dialog class="help" aria-labelledby="help-heading">
  <h2 id="help-heading">Keyboard</h2>
  <dl>${HELP.map(([keys, text]) => html`<div>
    <dt>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${text}</dd>
  </div>`)}</dl>
  ${toggle({ label: "Single-key shortcuts", value: singleKeys(), change: setSingleKeys })}
  <form method="dialog"><button class="button">Close</button></form>
</dialog>`;

/** The list of shortcuts, closed; it opens by `?` or by the given button. */
export function keyboardHelp() {
  return dialog;
}

/** Show the list of shortcuts. */
export function showHelp() {
  if (!dialog.open) dialog.showModal();
}

/** Listen for shortcuts from now on. */
export function listenForKeys() {
  document.addEventListener("keydown", (event) => {
    const modified = event.ctrlKey || event.metaKey || event.altKey;
    if (modified || event.isComposing || !singleKeys() || dialog.open || isTyping(event.target)) return;
    if (act(event)) event.preventDefault();
  });
}

function act({ key, target }) {
  if (key === "/") return focusSearch();
  if (key === "?") return showHelp() ?? true;
  if (key === "j") return stepRow(target, 1);
  if (key === "k") return stepRow(target, -1);
  const place = target.closest?.(".row") ?? document.querySelector("[data-keys]");
  const button = place?.querySelector(`[data-action="${ACTION_KEYS[key]}"]`);
  button?.click();
  return Boolean(button);
}

function focusSearch() {
  const boxes = [...document.querySelectorAll("[data-search]")];
  const box = boxes.find((input) => input.checkVisibility());
  if (box) box.select();
  else location.hash = "#/search";
  box?.focus();
  return true;
}

function isTyping(target) {
  return target.matches?.("input:not([type=radio], [type=checkbox]), textarea, select");
}

function singleKeys() {
  return localStorage.getItem(STORAGE_KEY) !== "off";
}

function setSingleKeys(on) {
  localStorage.setItem(STORAGE_KEY, on ? "on" : "off");
}
