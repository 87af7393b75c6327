/** One track in a list: what it is, why it is there, and what one can do with it. */

import { ACTIONS, actionsOn, follow, give } from "../feedback.js";
import { artists, duration, title } from "../format.js";
import { html } from "../html.js";
import { link } from "../router.js";
import { cover } from "./cover.js";
import { icon } from "./icons.js";
import { breakdown, inWords, scoreBar } from "./reasons.js";

const FOREMOST = new Set(["play", "like"]);

/** A list item; `highest` is the highest score of the list, `sorted` whether scores fall along it (else they are not shown), `note` stands before the artist, in place of the album. */
export function trackRow(track, { highest = 1, sorted = true, open = false, note = null } = {}) {
  const id = `more-${track.id}-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const page = link(["tracks", String(track.id)]);
  const details = html`<div class="row-details" id=${id} .hidden=${!open}>${insides(track)}</div>`;
  const togglers = [];
  const toggle = () => {
    details.hidden = !details.hidden;
    row.classList.toggle("is-open", !details.hidden);
    for (const button of togglers) button.setAttribute("aria-expanded", String(!details.hidden));
  };
  const toggler = (name, label, content) => {
    const button = html`<button class=${name} type="button" aria-label=${label} aria-expanded=${String(open)}
      aria-controls=${id} onclick=${toggle}>${content}</button>`;
    togglers.push(button);
    return button;
  };

  const row = html`<li class=${open ? "row is-open" : "row"} data-track=${track.id}>
    <a class="row-cover" href=${page} tabindex="-1" aria-hidden="true" onclick=${() => follow(track)}>${cover(track)}</a>
    <div class="row-text">
      <a class="row-title" href=${page} onclick=${() => follow(track)}>${title(track)}</a>
      <span class="row-artist">${note}${artists(track.artist)}${!note && track.album && ` · ${track.album}`}</span>
      ${track.why && html`<span class="row-why">${track.why}</span>`}
    </div>
    <div class="row-genre">${track.genre && genreChip(track.genre)}</div>
    <span class="row-duration number">${duration(track.duration)}</span>
    ${track.reasons && toggler("row-score", `Why “${title(track)}”?${sorted ? ` Score ${track.score.toFixed(3)}` : ""}`, [
      scoreBar(track, highest),
      sorted && html`<span class="number">${track.score.toFixed(track.score < 10 ? 3 : 1)}</span>`,
      icon("chevron"),
    ])}
    <div class="row-actions">
      ${ACTIONS.map((action) => actionButton(action, track))}
      ${toggler("icon-button row-more", `More about “${title(track)}”`, icon("more"))}
    </div>
    ${details}
  </li>`;
  return row;
}

/** The five actions as buttons with words. */
export function labelledActions(track) {
  return html`<div class="labelled-actions">
    ${ACTIONS.map((action) => html`<button class="button" type="button" data-action=${action.name}
      data-given=${actionsOn(track).has(action.name)} onclick=${() => give(action, track)}>
      ${icon(action.icon)}${actionsOn(track).has(action.name) ? action.done : action.label}
    </button>`)}
  </div>`;
}

/** A genre as a link to its page. */
export function genreChip(name) {
  return html`<a class="chip" href=${link(["genres", name])}>${name}</a>`;
}

function insides(track) {
  return [
    track.reasons && html`<div class="why">
      <p class="why-words">${track.why ?? inWords(track)}</p>
      ${breakdown(track)}
    </div>`,
    labelledActions(track),
  ];
}

function actionButton(action, track) {
  const isGiven = actionsOn(track).has(action.name);
  const label = `${isGiven ? action.done : action.label} “${title(track)}”`;
  const kind = FOREMOST.has(action.name) ? "icon-button" : "icon-button secondary";
  return html`<button class=${kind} type="button" aria-label=${label} title=${action.label}
    data-action=${action.name} data-given=${isGiven} onclick=${() => give(action, track)}>
    ${icon(action.icon)}
  </button>`;
}
