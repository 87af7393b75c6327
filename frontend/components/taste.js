/** The entries of a taste, each with its controls. */

import { FEATURES } from "../features.js";
import { artists, title } from "../format.js";
import { html, svg } from "../html.js";
import { link } from "../router.js";

const WEIGHTS = [
  ["0", "ignored"],
  ["0.5", "less"],
  ["1", "as usual"],
  ["2", "more"],
  ["4", "most"],
];
const SINGULAR = { genres: "genre", artists: "artist" };

/** One feature: where the taste lies among all tracks, and how much it counts. */
export function soundEntry({ feature, edit }) {
  const shown = FEATURES.find(({ name }) => name === feature.name);
  const place = feature.percentile === null ? null : feature.percentile * 100;
  return html`<li class="taste-entry taste-sound">
    <div class="taste-name"><span>${shown.label}</span></div>
    <div class="taste-picture" role="img" aria-label=${inWords(feature)}>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="score-track" width="100" height="6" />
        ${place !== null && svg`<rect class=${`part part-${feature.name}`} x=${Math.min(place, 50)}
          width=${Math.max(0.8, Math.abs(place - 50))} height="6" />`}
        ${svg`<rect class="typical" x="49.8" width="0.4" height="6" />`}
      </svg>
    </div>
    <span class="taste-figure number">${feature.value === null ? "unknown" : shown.text(feature.value)}</span>
    <div class="taste-actions">
      ${weight(`How much ${shown.label} counts`, `features/${feature.name}`, feature.weight, (value) =>
        edit({ weights: { features: { [feature.name]: value } } }, counted(shown.label, value)),
      )}
    </div>
  </li>`;
}

/** One genre or artist: its share, pinned or muted, its weight, and forgetting it. */
export function nameEntry({ kind, item, edits, edit, forget }) {
  const { name } = item;
  const state = item.pinned ? "pinned" : item.muted ? "muted" : item.favourite ? "favourite" : "";
  const to = kind === "genres" ? link(["genres", name]) : link(["search"], { q: name });
  const switched = (list, label, on) => {
    const others = edits[list][kind].filter((each) => !isSame(each, name));
    const message = on ? `${name} is now ${label}.` : `${name} is no longer ${label}.`;
    return edit({ [list]: { [kind]: on ? [...others, name] : others } }, message);
  };
  return html`<li class=${item.muted ? "taste-entry is-muted" : "taste-entry"}>
    <div class="taste-name"><a href=${to}>${name}</a>${state && html`<span class="taste-state">${state}</span>`}</div>
    <div class="taste-picture">
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="score-track" width="100" height="6" />
        <rect class="part part-genre" width=${item.share * 100} height="6" />
      </svg>
    </div>
    <span class="taste-figure number">${Math.round(item.share * 100)} %</span>
    <div class="taste-actions">
      ${press("Pin", name, `pins/${kind}/${name}`, item.pinned, (on) => switched("pins", "pinned", on))}
      ${press("Mute", name, `mutes/${kind}/${name}`, item.muted, (on) => switched("mutes", "muted", on))}
      ${weight(`How much ${name} counts`, `${kind}/${name}`, item.weight, (value) =>
        edit({ weights: { [kind]: { [name]: value } } }, counted(name, value)),
      )}
      ${forgetting(name, `forget/${kind}/${name}`, () => forget({ [SINGULAR[kind]]: name }, name))}
    </div>
  </li>`;
}

/** A track that the taste is based on. */
export function trackEntry({ track, forget }) {
  const name = `“${title(track)}”`;
  return html`<li class="taste-entry taste-track">
    <div class="taste-name">
      <a href=${link(["tracks", String(track.id)])}>${title(track)}</a>
      <span class="taste-by">${artists(track.artist)}</span>
    </div>
    <span class="taste-figure number">${track.weight < 0 ? "−" : "+"}${Math.abs(track.weight).toFixed(1)}</span>
    <div class="taste-actions">
      ${forgetting(name, `forget/tracks/${track.id}`, () => forget({ track_id: track.id }, name))}
    </div>
  </li>`;
}

/** Twenty-four columns, as high as each hour is busy. */
export function hoursPicture(hours) {
  const most = Math.max(...hours, 1);
  const busiest = hours.indexOf(Math.max(...hours));
  return html`<figure class="hours">
    <svg viewBox="0 0 240 60" preserveAspectRatio="none" role="img"
      aria-label=${`Busiest from ${busiest} to ${busiest + 1} o'clock`}>
      ${hours.map((count, hour) => svg`<rect class="part part-sound" x=${hour * 10 + 1} width="8"
        y=${59 - (count / most) * 57} height=${1 + (count / most) * 57} />`)}
    </svg>
    <figcaption>${["0", "6", "12", "18", "24"].map((hour) => html`<span>${hour}</span>`)}</figcaption>
  </figure>`;
}

function weight(label, control, value, change) {
  const options = WEIGHTS.some(([option]) => Number(option) === value)
    ? WEIGHTS
    : [...WEIGHTS, [String(value), `× ${value}`]];
  return html`<label class="taste-weight">
    <span class="visually-hidden">${label}</span>
    <select data-control=${control} onchange=${(event) => change(Number(event.target.value))}>
      ${options.map(([option, text]) => html`<option value=${option} .selected=${Number(option) === value}>${text}</option>`)}
    </select>
  </label>`;
}

function press(label, name, control, pressed, change) {
  return html`<button class="chip chip-button" type="button" aria-pressed=${String(pressed)} data-control=${control}
    aria-label=${`${label} ${name}`} onclick=${() => change(!pressed)}>${label}</button>`;
}

function forgetting(name, control, act) {
  return html`<button class="chip chip-button" type="button" data-control=${control}
    aria-label=${`Forget ${name}`} onclick=${act}>Forget</button>`;
}

function inWords({ name, percentile }) {
  if (percentile === null) return `${name}: unknown`;
  return `Higher than ${Math.round(percentile * 100)} % of all tracks`;
}

function counted(name, value) {
  if (value === 0) return `${name} is now ignored.`;
  return `${name} now counts ${WEIGHTS.find(([option]) => Number(option) === value)[1]}.`;
}

function isSame(one, other) {
  return one.toLowerCase() === other.toLowerCase();
}
