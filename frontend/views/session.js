/** A session: one track after another, each chosen by the reactions to the tracks before it. */

import { get, post, Problem } from "../api.js";
import { cover } from "../components/cover.js";
import { icon } from "../components/icons.js";
import { empty, load, rowsPlaceholder } from "../components/states.js";
import { toast } from "../components/toast.js";
import { genreChip, trackRow } from "../components/track-row.js";
import { ACTIONS, give } from "../feedback.js";
import { artists, duration, title } from "../format.js";
import { html, render } from "../html.js";
import { currentListener, onListenerChange } from "../listener.js";
import { link, replaceQuery } from "../router.js";

const REACTIONS = ["play", "like", "skip", "dislike"];
const LABELS = { play: "Heard it", like: "Like", skip: "Skip", dislike: "Dislike" };
const LISTENED = { play: 1, like: 1, skip: 0.1, dislike: 0.1 };

export function session(page, { query, signal }) {
  page.dataset.title = "Session";
  const now = html`<div></div>`;
  const before = html`<div></div>`;
  const state = { id: query.id ?? null, seed: query.track ?? null, heard: [], busy: false };
  render(
    page,
    html`<header class="page-header"><div>
      <p class="eyebrow">Endless</p>
      <h1 class="page-heading" tabindex="-1">Session</h1>
    </div></header>`,
    html`<p class="lead">Endless music. Each of your reactions changes what comes next.</p>`,
    now,
    before,
  );
  onListenerChange(() => begin(), signal);
  return state.id ? next() : begin();

  function begin() {
    Object.assign(state, { id: null, heard: [] });
    drawBefore();
    return next();
  }

  function next() {
    return load(now, {
      fetch: async (s) => {
        state.id ??= await started(state.seed);
        replaceQuery({ id: state.id, track: state.seed });
        try {
          return await get(`sessions/${encodeURIComponent(state.id)}/next`, { limit: 1, why: true }, s);
        } catch (error) {
          if (!(error instanceof Problem) || error.status !== 404) throw error;
          state.id = await started(state.seed); // The session has expired.
          replaceQuery({ id: state.id, track: state.seed });
          return get(`sessions/${state.id}/next`, { limit: 1, why: true }, s);
        }
      },
      draw: ({ items, recommendation_id }) => {
        if (items.length) drawNow({ ...items[0], list: recommendation_id });
        else render(now, empty("That was the last track", "There is no other track left in the catalogue."));
      },
      placeholder: now.hasChildNodes() ? null : rowsPlaceholder(2),
      signal,
    });
  }

  function drawNow(track) {
    const hadFocus = now.contains(document.activeElement) && document.activeElement.dataset.action;
    render(
      now,
      html`<article class="session-now" data-keys aria-label="Now">
        <a class="session-cover" href=${link(["tracks", String(track.id)])} tabindex="-1" aria-hidden="true">${cover(track)}</a>
        <div class="session-about">
          <p class="eyebrow">Now</p>
          <h2 class="session-title" aria-live="polite"><a href=${link(["tracks", String(track.id)])}>${title(track)}</a></h2>
          <p class="track-artist">${artists(track.artist)}</p>
          <p class="chips">${track.genre && genreChip(track.genre)}<span class="session-length number">${duration(track.duration)}</span></p>
          ${track.why && html`<p class="session-why">${track.why}</p>`}
          <div class="labelled-actions">
            ${REACTIONS.map((name) => html`<button class=${name === "play" ? "button button-strong" : "button"} type="button"
              data-action=${name} onclick=${() => act(name, track)}>${icon(actionOf(name).icon)}${LABELS[name]}</button>`)}
          </div>
        </div>
      </article>`,
    );
    if (hadFocus) now.querySelector(`[data-action="${hadFocus}"]`)?.focus({ preventScroll: true });
  }

  async function act(name, track) {
    if (state.busy) return;
    state.busy = true;
    const event = { track_id: track.id, action: name, listened: LISTENED[name] };
    try {
      await post(`sessions/${state.id}/events`, { events: [event] });
      if (currentListener()) await give(actionOf(name), track);
      state.heard.unshift({ track, name });
      drawBefore();
      await next();
    } catch (problem) {
      if (problem.name !== "Problem") throw problem;
      toast(`Not recorded: ${problem.message}`, { failed: true });
    } finally {
      state.busy = false;
    }
  }

  function drawBefore() {
    if (!state.heard.length) {
      render(before);
      return;
    }
    render(
      before,
      html`<section class="section" aria-labelledby="session-before">
        <header class="section-header">
          <h2 id="session-before">Earlier</h2>
          <button class="link more-link" type="button" onclick=${begin}>Start over</button>
        </header>
        <ol class="rows rows-plain" aria-label="Earlier">${state.heard.map(({ track, name }) => entry(track, name))}</ol>
      </section>`,
    );
  }
}

async function started(seed) {
  const listener = currentListener();
  const wanted = {
    ...(listener && { user_id: listener.id }),
    ...(seed && /^\d{1,15}$/.test(seed) && { seeds: { tracks: [Number(seed)] } }),
  };
  const { session_id } = await post("sessions/", wanted);
  return session_id;
}

function entry({ score, reasons, why, ...track }, name) {
  const note = html`<span class="row-event" data-event=${name}>${actionOf(name).done} · </span>`;
  return trackRow(track, { note });
}

function actionOf(name) {
  return ACTIONS.find((action) => action.name === name);
}
