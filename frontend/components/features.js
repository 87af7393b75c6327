/** The sound of a track as a picture: eight petals, and the same eight as bars with numbers. */

import { FEATURES, share } from "../features.js";
import { html, svg } from "../html.js";
import { estimated } from "./reasons.js";

const CENTRE = 170;
const INNER = 26;
const OUTER = 118;
const GAP = 0.035;

/** Petals as long as each value; a thin arc marks what is typical of the genre. */
export function rose(track, typical) {
  const turn = (2 * Math.PI) / FEATURES.length;
  return html`<svg class="rose" viewBox="-34 14 408 312" role="img" aria-label=${inWords(track)}>
    ${[0.25, 0.5, 0.75, 1].map((part) => svg`<circle class="rose-ring" cx=${CENTRE} cy=${CENTRE} r=${radius(part)} />`)}
    ${FEATURES.map((feature, i) => petal(feature, track, typical, i * turn, turn))}
  </svg>`;
}

/** The values with their units, and a tick where the genre's middle is. */
export function bars(track, typical) {
  return html`<dl class="bars">
    ${FEATURES.map((feature) => {
      const value = track[feature.name];
      const middle = typical[feature.name];
      const shown = value ?? middle;
      return html`<div class="bar-row">
        <dt>${feature.label}${value === null && estimated()}</dt>
        <dd class="bar-picture" aria-hidden="true">
          <svg viewBox="0 0 100 8" preserveAspectRatio="none">
            <rect class="score-track" width="100" height="8" />
            ${shown !== null && svg`<rect class=${`part part-${feature.name}${value === null ? " part-unknown" : ""}`}
              width=${Math.max(1, share(feature, shown) * 100)} height="8" />`}
            ${middle !== null && svg`<rect class="typical" x=${share(feature, middle) * 99.4} width="0.6" height="8" />`}
          </svg>
        </dd>
        <dd class="number">${value === null ? unknown(feature, middle) : feature.text(value)}</dd>
      </div>`;
    })}
  </dl>`;
}

function petal(feature, track, typical, angle, turn) {
  const value = track[feature.name];
  const middle = typical[feature.name];
  const shown = value ?? middle;
  const [x, y] = polar(OUTER + 22, angle);
  const kind = value === null ? " part-unknown" : "";
  return svg`<g>
    ${shown !== null && svg`<path class=${`part part-${feature.name}${kind}`}
      d=${sector(radius(share(feature, shown)), angle - turn / 2 + GAP, angle + turn / 2 - GAP)} />`}
    ${middle !== null && svg`<path class="typical-arc"
      d=${arc(radius(share(feature, middle)), angle - turn / 2 + GAP, angle + turn / 2 - GAP)} />`}
    <text class="rose-label" x=${x} y=${y + 4} text-anchor=${anchor(x)}>${feature.label}</text>
  </g>`;
}

function unknown(feature, middle) {
  return middle === null ? "unknown" : `~ ${feature.text(middle)}`;
}

function inWords(track) {
  const values = FEATURES.map(({ name, label, text }) => `${label} ${track[name] === null ? "unknown" : text(track[name])}`);
  return `Audio features: ${values.join(", ")}`;
}

function radius(part) {
  return INNER + part * (OUTER - INNER);
}

/** Angle 0 is at the top, clockwise. */
function polar(distance, angle) {
  return [CENTRE + distance * Math.sin(angle), CENTRE - distance * Math.cos(angle)];
}

function arc(distance, from, to) {
  return `M${polar(distance, from)}A${distance} ${distance} 0 0 1 ${polar(distance, to)}`;
}

function sector(distance, from, to) {
  const end = Math.max(distance, INNER + 2);
  return `${arc(end, from, to)}L${polar(INNER, to)}A${INNER} ${INNER} 0 0 0 ${polar(INNER, from)}Z`;
}

function anchor(x) {
  if (Math.abs(x - CENTRE) < 20) return "middle";
  return x < CENTRE ? "end" : "start";
}
