/** A listener's taste: see it, edit it, forget it. */

import { get, patch, remove } from "../api.js";
import { avatar } from "../components/cover.js";
import { confirmation } from "../components/confirmation.js";
import { empty, load, rowsPlaceholder } from "../components/states.js";
import { hoursPicture, nameEntry, soundEntry, trackEntry } from "../components/taste.js";
import { toast } from "../components/toast.js";
import { plural, since } from "../format.js";
import { html, render } from "../html.js";
import { listenerName } from "../listener.js";
import { link } from "../router.js";

export function taste(page, { params, signal }) {
  page.dataset.title = "Taste";
  const id = encodeURIComponent(params.id);
  const content = html`<div></div>`;
  render(page, html`<h1 class="visually-hidden" tabindex="-1">Taste</h1>`, content);
  return load(content, {
    fetch: async (s) => {
      const [user, found] = await Promise.all([get(`users/${id}`, {}, s), get(`users/${id}/taste`, {}, s)]);
      return { user, found };
    },
    draw: ({ user, found }) => mount(page, user, found),
    placeholder: rowsPlaceholder(),
    signal,
  });
}

function mount(page, user, found) {
  const name = listenerName(user);
  const path = `users/${user.id}/taste`;
  const heading = html`<h1 class="page-heading" tabindex="-1">${name}</h1>`;
  const hadFocus = page.contains(document.activeElement);
  const sections = html`<div></div>`;
  const forgetAll = confirmation({
    label: "Forget everything",
    question: `Forget ${name}'s taste?`,
    text: "Recommendations start over. The history stays, and tracks that were heard are not recommended again, but they no longer count towards the taste.",
    confirm: "Forget",
    act: () => change(() => remove(path), "Taste forgotten. Recommendations start over."),
  });

  document.title = `Taste of ${name} · Segue`;
  render(
    page,
    html`<header class="page-header">
      ${avatar({ id: user.id, name })}
      <div><p class="eyebrow">Taste</p>${heading}</div>
      <div class="header-actions">
        <a class="more-link" href=${link(["listener", String(user.id)])}>History</a>
        ${forgetAll}
      </div>
    </header>`,
    sections,
  );
  if (hadFocus) heading.focus({ preventScroll: true });
  draw(found);

  function draw(summary) {
    const focus = focusWithin(sections);
    render(sections, ...parts(summary, edit, forget));
    focus?.();
  }

  async function change(request, message) {
    try {
      draw(await request());
    } catch (problem) {
      if (problem.name !== "Problem") throw problem;
      toast(`Not changed: ${problem.message}`, { failed: true });
      return;
    }
    toast(message);
  }

  function edit(wanted, message) {
    return change(() => patch(path, wanted), message);
  }

  function forget(what, label) {
    return change(() => remove(path, what), `Interactions with ${label} no longer count.`);
  }
}

function parts(summary, edit, forget) {
  const { events, features, genres, artists, tracks, hours, edits } = summary;
  if (!events.total && !edits.pins.genres.length && !edits.pins.artists.length) {
    return [empty("No taste yet", "A taste is learned from what a listener plays, likes and skips.")];
  }
  const entry = (kind) => (item) => nameEntry({ kind, item, edits, edit, forget });
  return [
    html`<p class="lead">${evidence(summary)}</p>`,
    section("sound", "Sound", "How this taste compares with all tracks, from lowest to highest.", [
      html`<ul class="taste-list">${features.map((feature) => soundEntry({ feature, edit }))}</ul>`,
    ]),
    genres.length > 0 &&
      section("genres", "Genres", "Pinned genres always count. Muted genres are never recommended.", [
        html`<ul class="taste-list">${genres.map(entry("genres"))}</ul>`,
      ]),
    artists.length > 0 &&
      section("artists", "Artists", "Each artist's share of this taste.", [
        html`<ul class="taste-list">${artists.map(entry("artists"))}</ul>`,
      ]),
    tracks.length > 0 &&
      section("tracks", "Based on", "The tracks that count most. Those below zero count against similar music.", [
        html`<ol class="taste-list">${tracks.map((track) => trackEntry({ track, forget }))}</ol>`,
      ]),
    events.total > 0 &&
      section("hours", "Time of day", "When this listener is active, in UTC.", [hoursPicture(hours)]),
  ];
}

function section(id, heading, note, content) {
  return html`<section class="section" aria-labelledby=${`taste-${id}`}>
    <header class="section-header"><h2 id=${`taste-${id}`}>${heading}</h2></header>
    <p class="section-note">${note}</p>
    ${content}
  </section>`;
}

function evidence({ has_evidence, events }) {
  if (!events.total) return "There are no interactions yet, only pins.";
  const span = `Based on ${plural(events.total, "interaction")}, the latest ${since(events.last_at)}.`;
  const gone = events.forgotten ? ` ${plural(events.forgotten, "interaction")} forgotten.` : "";
  const idle = has_evidence ? "" : " None of them shows a preference, so lists show what is trending.";
  return span + gone + idle;
}

/** Find again, after a redraw, the control that had the focus. */
function focusWithin(target) {
  const focused = document.activeElement;
  if (!target.contains(focused) || !focused.dataset.control) return null;
  const { control } = focused.dataset;
  return () => {
    const again = [...target.querySelectorAll("[data-control]")].find((each) => each.dataset.control === control);
    again?.focus({ preventScroll: true });
  };
}
