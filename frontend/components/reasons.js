/** The parts of a score, drawn so that they visibly add up to it. */

import { FEATURES, FEATURE_NAMES } from "../features.js";
import { signed } from "../format.js";
import { html, svg } from "../html.js";

const LABELS = {
  base: "Starting point",
  genre: "Genre bonus",
  trend: "Trending",
  popularity: "Popularity",
  freshness: "New release",
  "co-listening": "Often played together",
  artist: "An artist you play",
  "related artists": "Related artists",
  album: "An album you play",
  listeners: "Listeners",
  novelty: "Off the beaten track",
  chance: "Random variation",
  ...Object.fromEntries(FEATURES.map(({ name, label }) => [name, label])),
};
const KNOWN = new Set(Object.keys(LABELS));
const NOTABLE = 0.004;

/** The parts in groups: everything about the sound is one. */
export function grouped(reasons) {
  const sums = new Map();
  for (const { name, value } of reasons) {
    const group = name === "base" || FEATURE_NAMES.includes(name) ? "sound" : name;
    sums.set(group, (sums.get(group) ?? 0) + value);
  }
  return [...sums].map(([name, value]) => ({ name, value }));
}

/** Each part with where it begins and ends when they are laid end to end. */
export function endToEnd(parts) {
  let end = 0;
  return parts.map((part) => {
    const begin = end;
    end += part.value;
    return { ...part, begin, end };
  });
}

/** A few words: the strongest reasons beside the starting point. */
export function inWords({ reasons }) {
  const strong = (among) =>
    reasons.filter(({ name, value }) => among(name) && value > NOTABLE).sort((a, b) => b.value - a.value);
  const sound = strong((name) => FEATURE_NAMES.includes(name)).slice(0, 2).map(({ name }) => label(name));
  const others = strong((name) => name !== "base" && !FEATURE_NAMES.includes(name));
  const words = sound.length ? [`Close in ${sound.join(" and ").toLowerCase()}`] : [];
  for (const { name } of others.slice(0, 2)) words.push(WORDS[name] ?? label(name).toLowerCase());
  return capitalised(words.join(", "));
}

const WORDS = {
  genre: "a favourite genre",
  trend: "trending",
  popularity: "popular",
  freshness: "a new release",
};

/** The score as one thin bar of its groups, on a scale shared by a whole list. */
export function scoreBar({ reasons }, highest) {
  const parts = endToEnd(grouped(reasons));
  return html`<svg class="score-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
    <rect class="score-track" width="100" height="6" />
    ${parts.map((part) => bar(part, highest))}
  </svg>`;
}

/** All parts as steps from zero to the score, with their numbers. */
export function breakdown(item) {
  const parts = endToEnd(item.reasons);
  const highest = Math.max(...parts.map(({ begin, end }) => Math.max(begin, end)), 1e-9);
  return html`<table class="breakdown">
    <caption class="visually-hidden">The parts of the score, which sum to it</caption>
    <tbody>
      ${parts.map((part) => html`<tr>
        <th scope="row">${label(part.name)}${item.imputed.includes(part.name) && estimated()}</th>
        <td class="breakdown-picture">
          <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
            <rect class="score-track" width="100" height="6" />${bar(part, highest)}
          </svg>
        </td>
        <td class="number">${signed(part.value)}</td>
      </tr>`)}
    </tbody>
    <tfoot>
      <tr><th scope="row">Score</th><td></td><td class="number">${item.score.toFixed(3)}</td></tr>
    </tfoot>
  </table>`;
}

/** The mark of a feature that nobody measured. */
export function estimated() {
  return html`<span class="estimated" title="Unknown for this track; estimated from its genre">estimated</span>`;
}

function bar({ name, value, begin, end }, highest) {
  const left = (Math.max(0, Math.min(begin, end)) / highest) * 100;
  const width = Math.max(0.6, (Math.abs(value) / highest) * 100);
  const kind = KNOWN.has(name) || name === "sound" ? name.replaceAll(" ", "-") : "other";
  return svg`<rect class=${`part part-${kind}${value < 0 ? " part-less" : ""}`}
    x=${left} width=${width} height="6" />`;
}

function label(name) {
  return LABELS[name] ?? capitalised(name.replaceAll("_", " "));
}

function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
