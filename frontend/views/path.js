/** A path from one track to another, in small steps. */

import { get } from "../api.js";
import { select } from "../components/controls.js";
import { listed } from "../components/live-list.js";
import { empty, load, rowsPlaceholder } from "../components/states.js";
import { trackList } from "../components/track-list.js";
import { trackPicker } from "../components/track-picker.js";
import { plural } from "../format.js";
import { html, render } from "../html.js";
import { replaceQuery } from "../router.js";

const STEPS = ["4", "8", "12", "20"];
const DEFAULT_STEPS = "8";

export function path(page, { query, signal }) {
  page.dataset.title = "Path";
  const controls = html`<div></div>`;
  const results = html`<div></div>`;
  render(
    page,
    html`<header class="page-header"><div>
      <p class="eyebrow">Two tracks</p>
      <h1 class="page-heading" tabindex="-1">Path between two tracks</h1>
    </div></header>`,
    html`<p class="lead">Segue finds music that leads smoothly from one track to another, however little they have in common.</p>`,
    controls,
    results,
  );
  return load(controls, {
    fetch: async (s) => {
      const [from, to] = await Promise.all([known(query.from, s), known(query.to, s)]);
      return { from, to };
    },
    draw: (ends) => mount(controls, results, ends, query, signal),
    placeholder: rowsPlaceholder(2),
    signal,
  });
}

function mount(controls, results, { from, to }, query, signal) {
  const state = { from, to, steps: STEPS.includes(query.steps) ? query.steps : DEFAULT_STEPS };
  const list = trackList({ label: "Path" });
  const note = html`<p class="section-note" role="status"></p>`;
  let latest = new AbortController();
  const end = (side, label) =>
    trackPicker({ label, track: state[side], chosen: (track) => change({ [side]: track }), signal });

  render(
    controls,
    html`<div class="ends">
      ${end("from", "From")}
      ${end("to", "To")}
      ${select({ label: "Tracks between", options: STEPS.map((n) => [n, n]), value: state.steps, change: (steps) => change({ steps }) })}
    </div>`,
  );
  return refresh();

  function change(next) {
    Object.assign(state, next);
    const { steps } = state;
    replaceQuery({ from: state.from?.id, to: state.to?.id, steps: steps === DEFAULT_STEPS ? null : steps });
    return refresh();
  }

  function refresh() {
    latest.abort();
    latest = new AbortController();
    if (!state.from || !state.to) {
      render(results, empty("Choose two tracks", "The less they have in common, the more varied the path."));
      return null;
    }
    const wanted = { from_track_id: state.from.id, to_track_id: state.to.id, steps: state.steps, why: true };
    return load(results, {
      fetch: (s) => get("recommendations/path/", wanted, s),
      draw,
      placeholder: list.element.isConnected ? null : rowsPlaceholder(Number(state.steps) + 2),
      signal: AbortSignal.any([signal, latest.signal]),
    });
  }

  function draw(reply) {
    note.textContent = smoothness(reply);
    list.update(listed(reply));
    render(results, note, list.element);
  }
}

function smoothness({ items, smoothness: distances }) {
  const steps = plural(items.length - 1, "step");
  if (!distances.direct) return `${steps}; both tracks sound alike.`;
  const share = Math.round((distances.largest_step / distances.direct) * 100);
  return `${steps}; the largest is ${share} % of the distance between the two tracks.`;
}

/** The track of an id in the address, if there is one. */
async function known(id, signal) {
  if (!id) return null;
  try {
    return await get(`tracks/${encodeURIComponent(id)}`, {}, signal);
  } catch (error) {
    if (error.name === "Problem" && [404, 422].includes(error.status)) return null;
    throw error;
  }
}
