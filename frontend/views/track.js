/** One track: its facts, its sound, and the tracks similar to it. */

import { get } from "../api.js";
import { segmented, toggle } from "../components/controls.js";
import { cover } from "../components/cover.js";
import { bars, rose } from "../components/features.js";
import { liveList } from "../components/live-list.js";
import { empty, load, rowsPlaceholder } from "../components/states.js";
import { genreChip, labelledActions } from "../components/track-row.js";
import { FEATURE_NAMES, medians } from "../features.js";
import { onFeedback } from "../feedback.js";
import { artists, duration, title } from "../format.js";
import { html, render } from "../html.js";
import { link, replaceQuery } from "../router.js";

const LIMIT = 20;
const SAMPLE = 100;
const BONUSES = [
  ["1", "Off"],
  ["1.02", "Light"],
  ["1.05", "Medium"],
  ["1.2", "Strong"],
];
const DEFAULT_BONUS = "1.2";
const VARIED = { diversity: 0.35, max_per_artist: 2 };

export function track(page, { params, query, signal }) {
  page.dataset.title = "Track";
  const heading = html`<h1 class="visually-hidden" tabindex="-1">Track</h1>`;
  const content = html`<div></div>`;
  render(page, heading, content);
  return load(content, {
    fetch: (s) => get(`tracks/${encodeURIComponent(params.id)}`, {}, s),
    draw: (found) => {
      document.title = `${title(found)} · ${artists(found.artist)} · Segue`;
      return mount(page, found, query, signal);
    },
    placeholder: rowsPlaceholder(6),
    signal,
  });
}

function mount(page, found, query, signal) {
  const sound = html`<div class="sound"></div>`;
  const similar = html`<div></div>`;
  const heading = html`<h1 class="track-title" tabindex="-1">${title(found)}</h1>`;
  const hadFocus = page.contains(document.activeElement);
  let actions = labelledActions(found);

  render(
    page,
    html`<article class="track-hero">
      <div class="track-cover">${cover(found)}</div>
      <div class="track-about">
        <p class="eyebrow">Track</p>
        ${heading}
        <p class="track-artist">${artistLinks(found.artist)}</p>
        <p class="chips">${found.genres.map(genreChip)}</p>
        ${facts(found)}
        ${actions}
        <p class="track-onward">
          <a class="more-link" href=${link(["session"], { track: found.id })}>Start a session</a>
          <a class="more-link" href=${link(["path"], { from: found.id })}>Path to another track</a>
        </p>
      </div>
    </article>`,
    html`<section class="section" aria-labelledby="sound-heading">
      <header class="section-header"><h2 id="sound-heading">How it sounds</h2></header>
      ${sound}
    </section>`,
    html`<section class="section" aria-labelledby="similar-heading">
      <header class="section-header"><h2 id="similar-heading">Similar tracks</h2></header>
      ${similar}
    </section>`,
  );
  if (hadFocus) heading.focus({ preventScroll: true });

  onFeedback(() => {
    const fresh = labelledActions(found);
    const { action } = document.activeElement.dataset;
    const wasHere = actions.contains(document.activeElement);
    actions.replaceWith(fresh);
    actions = fresh;
    if (wasHere) fresh.querySelector(`[data-action="${action}"]`).focus();
  }, signal);

  drawSound(sound, found, signal);
  return mountSimilar(similar, found, query, signal);
}

/** The picture stands at once; what is typical of the genre joins it when it is known. */
async function drawSound(target, found, signal) {
  const draw = (typical, note) =>
    render(
      target,
      html`<figure class="sound-picture">${rose(found, typical)}</figure>`,
      html`<div class="sound-numbers">${bars(found, typical)}<p class="section-note">${note}</p></div>`,
    );
  draw(medians([]), "");
  if (!found.genre) return;

  await load(target, {
    fetch: (s) => get("tracks/", { genre: found.genre, limit: SAMPLE }, s),
    draw: ({ items }) => draw(medians(items), soundNote(found, items.length)),
    signal,
  });
}

function soundNote(found, sample) {
  const unknown = FEATURE_NAMES.some((name) => found[name] === null);
  const typical = `The thin marks show the median of ${sample} ${found.genre} tracks.`;
  return unknown ? `${typical} Estimated features are unknown for this track and filled in with those medians.` : typical;
}

function mountSimilar(target, found, query, signal) {
  const isKnown = BONUSES.some(([value]) => value === query.bonus);
  const state = { bonus: isKnown ? query.bonus : DEFAULT_BONUS, varied: query.varied === "yes" };
  const results = html`<div></div>`;
  const change = (next) => {
    Object.assign(state, next);
    replaceQuery({
      bonus: state.bonus === DEFAULT_BONUS ? null : state.bonus,
      varied: state.varied ? "yes" : null,
    });
    return refresh();
  };
  const refresh = liveList(results, {
    label: "Similar tracks",
    fetch: (s) => get("recommendations/similar-tracks/", wanted(found, state), s),
    nothing: () => empty("Nothing to compare with", "This is the only track of the catalogue."),
    signal,
  });

  render(
    target,
    html`<div class="controls">
      ${found.genre &&
      segmented({
        legend: `Prefer ${found.genre}`,
        options: BONUSES,
        value: state.bonus,
        change: (bonus) => change({ bonus }),
      })}
      ${toggle({ label: "More variety", value: state.varied, change: (varied) => change({ varied }) })}
    </div>`,
    results,
  );
  return refresh();
}

function wanted(found, { bonus, varied }) {
  return { track_id: found.id, limit: LIMIT, genre_bonus: bonus, why: true, ...(varied && VARIED) };
}

function artistLinks(joined) {
  const names = (joined ?? "").split(";").map((name) => name.trim()).filter(Boolean);
  if (!names.length) return artists(joined);
  return names.map((name, i) => [i > 0 && ", ", html`<a href=${link(["search"], { q: name })}>${name}</a>`]);
}

function facts(found) {
  const rows = [
    ["Album", found.album],
    ["Length", duration(found.duration)],
    ["Key", found.key],
    ["Released", found.release_date],
    ["Popularity", found.popularity === null ? null : `${Math.round(found.popularity)} of 100`],
  ].filter(([, value]) => value);
  return html`<dl class="facts">
    ${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}
