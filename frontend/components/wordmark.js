/** The name, drawn: one track fades out while the next one fades in. */

import { html } from "../html.js";

/** The mark: two crossing fades. */
export function mark() {
  return html`<svg class="mark" viewBox="0 0 36 28" aria-hidden="true" focusable="false">
    <path class="mark-out" d="M3 5c12 0 18 18 30 18" />
    <path class="mark-in" d="M3 23c12 0 18-18 30-18" />
  </svg>`;
}

/** The mark and the word "segue" in one line weight. */
export function wordmark() {
  return html`<svg class="wordmark" viewBox="0 0 132 36" role="img" aria-label="Segue">
    <path class="mark-out" d="M3 8c12 0 18 18 30 18" />
    <path class="mark-in" d="M3 26c12 0 18-18 30-18" />
    <g class="wordmark-letters">
      <path d="M57.500 12.400c-1.200-1.900-6.900-2.500-7.100 1.200-.2 4.200 7.600 2.200 7.400 6.800-.2 3.800-6.300 3.600-8 .9" />
      <path d="M63 17h11.500a5.800 5.900 0 1 0-1.700 4.300" />
      <path d="M91 11.200V25.500c0 6.400-9.300 6.800-11 2.400M91 17a5.700 5.900 0 1 0-11.400 0 5.700 5.900 0 0 0 11.400 0z" />
      <path d="M97 11.200v6.600c0 6.600 9.500 6.800 9.500 0v-6.600M106.500 17.800v5.100" />
      <path d="M112.500 17H124a5.800 5.900 0 1 0-1.700 4.300" />
    </g>
  </svg>`;
}
