/** Line icons on a 24 px grid, drawn for Segue. */

import { html } from "../html.js";

const PATHS = {
  play: "M8 5.5v13l10.5-6.5z",
  heart: "M12 19.5s-7.5-4.4-7.5-9.9A4.1 4.1 0 0 1 12 7.2a4.1 4.1 0 0 1 7.5 2.4c0 5.5-7.5 9.9-7.5 9.9z",
  skip: "M6 6v12l9-6zM18 6v12",
  plus: "M4 7h10M4 12h10M4 17h6M17 13v7M13.5 16.5h7",
  down: "M12 5v14M6 13l6 6 6-6",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20",
  home: "M4 11.5 12 5l8 6.5M6.5 10v9h11v-9",
  you: "M12 4.5l2.2 5.3 5.8.4-4.4 3.7 1.4 5.6-5-3-5 3 1.4-5.6L4 10.2l5.8-.4z",
  trending: "M4 17l5.5-6 4 3.5L20 7M15 7h5v5",
  genres: "M5 5h6v6H5zM13 5h6v6h-6zM5 13h6v6H5zM13 13h6v6h-6z",
  person: "M12 12a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.6zM5 20c.6-3.6 3.4-5.4 7-5.4s6.400 1.800 7 5.400",
  close: "M6 6l12 12M18 6 6 18",
  chevron: "M7 10l5 5 5-5",
  keyboard: "M3.500 7h17v10h-17zM7 10.500h.01M10.300 10.500h.01M13.600 10.500h.01M17 10.500h.01M8 14h8",
};

/** An icon; it says nothing to a screen reader, its button does. */
export function icon(name) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d=${PATHS[name]} />
  </svg>`;
}
