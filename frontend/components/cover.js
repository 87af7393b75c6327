/** Covers for music that comes without pictures: the same album always gets the same one. */

import { html, svg } from "../html.js";

/** Ground, two main colours, one accent; chosen to sit well beside each other in a list. */
const PALETTES = [
  ["#1d2b3a", "#e8734a", "#f3c677", "#f6efe2"],
  ["#2b2140", "#e0607e", "#8ec6c5", "#fbe8d3"],
  ["#123c3a", "#f2a65a", "#58a4a0", "#f4ead5"],
  ["#3a1f2b", "#f08a6b", "#c94f5f", "#f8dcc4"],
  ["#e9dfcb", "#d1543a", "#23484f", "#eaa93e"],
  ["#cfd9d2", "#2f5d62", "#e3735e", "#f7f3e8"],
  ["#20304f", "#7fa7d9", "#f1b5a0", "#f7f1e5"],
  ["#402f1d", "#d99b3f", "#7f9f6b", "#f3e6cc"],
  ["#f0d9c6", "#3d3a5c", "#d9705f", "#8fb4a6"],
  ["#15252b", "#4fb0ae", "#e9e2d0", "#ee7f57"],
];

/** A square picture; the artist chooses the colours, the album the drawing. */
export function cover(track) {
  const artist = (track.artist ?? "").split(";")[0];
  const random = numbers(hash(`${artist}\n${track.album ?? track.title}`));
  const palette = PALETTES[hash(artist) % PALETTES.length];
  const drawing = DRAWINGS[Math.floor(random() * DRAWINGS.length)];
  return html`<svg class="cover" viewBox="0 0 60 60" aria-hidden="true" focusable="false">
    <rect width="60" height="60" fill=${palette[0]} />
    ${drawing(random, palette)}
  </svg>`;
}

/** A round picture for a listener. */
export function avatar({ id, name }) {
  const random = numbers(hash(`${id}\n${name}`));
  const [ground, main, second] = PALETTES[Math.floor(random() * PALETTES.length)];
  const turn = Math.floor(random() * 360);
  return html`<svg class="avatar" viewBox="0 0 40 40" aria-hidden="true" focusable="false">
    <circle cx="20" cy="20" r="20" fill=${ground} />
    <g transform=${`rotate(${turn} 20 20)`}>
      <path d="M0 20a20 20 0 0 1 40 0z" fill=${main} />
      <circle cx="20" cy="20" r=${6 + random() * 5} fill=${second} />
    </g>
  </svg>`;
}

const DRAWINGS = [rings, waves, crossing, tiles, dunes, strings, sun, steps];

function rings(random, [, main, second, light]) {
  const [x, y] = [12 + random() * 36, 12 + random() * 36];
  return [40, 31, 22, 13, 5].map(
    (radius, i) => svg`<circle cx=${x} cy=${y} r=${radius} fill=${[main, second, light, main, light][i]}
      fill-opacity=${[0.5, 0.65, 0.25, 1, 1][i]} />`,
  );
}

function waves(random, [, main, second, light]) {
  const lift = 4 + random() * 9;
  return [14, 24, 34, 44, 54].map((y, i) => {
    const bend = i % 2 ? lift : -lift;
    return svg`<path d=${`M-4 ${y}C12 ${y + bend} 24 ${y + bend} 32 ${y}S52 ${y - bend} 66 ${y}`} fill="none"
      stroke=${[main, light, second, main, second][i]} stroke-width=${2.5 + random() * 4} />`;
  });
}

function crossing(random, [, main, second, light]) {
  const radius = 15 + random() * 6;
  const shift = 7 + random() * 6;
  return svg`<g transform=${`rotate(${Math.floor(random() * 4) * 45} 30 30)`}>
    <circle cx=${30 - shift} cy="30" r=${radius} fill=${main} />
    <circle cx=${30 + shift} cy="30" r=${radius} fill=${second} fill-opacity="0.86" />
    <path d="M-20 30H80" stroke=${light} stroke-width="1.5" />
  </g>`;
}

function tiles(random, [, main, second, light]) {
  const shapes = ["M0 0h20v20z", "M0 20a20 20 0 0 1 20-20v20z", "M0 0a10 10 0 0 0 20 0z", "M0 0h20v20H0z"];
  return Array.from({ length: 9 }, (_, i) => {
    const [shape, colour] = [pick(random, shapes), pick(random, [main, second, light, "none"])];
    const place = `translate(${(i % 3) * 20} ${Math.floor(i / 3) * 20})`;
    const turn = `rotate(${Math.floor(random() * 4) * 90} 10 10)`;
    return svg`<path d=${shape} fill=${colour} transform=${`${place} ${turn}`} />`;
  });
}

function dunes(random, [, main, second, light]) {
  const [a, b] = [24 + random() * 10, 38 + random() * 8];
  return [
    svg`<circle cx=${14 + random() * 32} cy=${12 + random() * 8} r=${4 + random() * 5} fill=${light} />`,
    svg`<path d=${`M0 ${a}c14-12 24 8 36 0s18-4 24-6V60H0z`} fill=${main} />`,
    svg`<path d=${`M0 ${b}c16 8 26-10 40-4s14 6 20 2V60H0z`} fill=${second} />`,
  ];
}

function strings(random, [, main, second, light]) {
  return Array.from({ length: 13 }, (_, i) => {
    const length = 8 + random() * 40;
    return svg`<path d=${`M${6 + i * 4} ${30 - length / 2}v${length}`} stroke=${[main, second, light][i % 3]}
      stroke-width="2.2" stroke-linecap="round" />`;
  });
}

function sun(random, [, main, second, light]) {
  const rays = 10 + Math.floor(random() * 8);
  const rim = 13 + random() * 5;
  return [
    ...Array.from({ length: rays }, (_, i) => {
      const turn = `rotate(${(i * 360) / rays} 30 30)`;
      return svg`<path d="M28 30 30-16l2 46z" fill=${i % 2 ? second : main} transform=${turn} />`;
    }),
    svg`<circle cx="30" cy="30" r=${rim} fill=${light} />`,
    svg`<circle cx="30" cy="30" r=${rim * 0.55} fill=${main} />`,
  ];
}

function steps(random, [, main, second, light]) {
  return svg`<g transform=${`rotate(${Math.floor(random() * 4) * 90} 30 30)`}>
    ${[52, 40, 28, 16].map(
      (size, i) => svg`<path d=${`M0 60V${60 - size}A${size} ${size} 0 0 1 ${size} 60z`}
        fill=${[main, second, light, main][i]} />`,
    )}
  </g>`;
}

function pick(random, choices) {
  return choices[Math.floor(random() * choices.length)];
}

/** FNV-1a over UTF-16 units, with a final mix so that similar names differ in every bit. */
export function hash(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
}

/** An endless row of numbers in [0, 1) from a seed (xorshift). */
function numbers(seed) {
  let state = seed || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
