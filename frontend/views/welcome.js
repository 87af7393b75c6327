/** The first run: what to do while there is nothing to recommend. */

import { get } from "../api.js";
import { html, render } from "../html.js";
import { catalogueState } from "../logic/catalogue.js";

const POLL_MS = 2000;
const DEMO = [["segue demo", "Invents a catalogue with listeners, so that you can try everything."]];
const IMPORT = [
  ["segue import tracks tracks.csv", "Imports your tracks."],
  ["segue import interactions plays.csv", "Imports what listeners played and liked, if you have it."],
  ["segue rebuild", "Builds the index from what was imported."],
];

/** Show the welcome page until there is something to recommend; return at once if there is. */
export async function welcome(main) {
  let shown = null;
  for (;;) {
    const state = await currentState();
    if (state === "ready") return;
    if (state !== shown) draw(main, state);
    shown = state;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Pages say themselves what is wrong if the service can't be asked, so that counts as ready. */
async function currentState() {
  try {
    const health = await get("health");
    if (catalogueState(health, 0) === "ready") return "ready";
    const { total } = await get("tracks/", { limit: 1 });
    return catalogueState(health, total);
  } catch (problem) {
    if (problem.name !== "Problem") throw problem;
    return "ready";
  }
}

function draw(main, state) {
  document.title = "Welcome · Segue";
  render(main, html`<div class="page welcome">${state === "empty" ? emptyCatalogue() : building()}</div>`);
}

function emptyCatalogue() {
  return [
    header("The catalogue is empty"),
    html`<p class="lead">Segue needs tracks before it can recommend any. Run one of these on the machine that runs
      Segue, with the same settings. This page opens as soon as the tracks are there.</p>`,
    commands("Try it with the demo", DEMO),
    commands("Import your own catalogue", IMPORT),
    html`<p class="section-note">Track files are CSV, with Segue's own column names or those of the common Spotify
      exports. With Docker Compose, put <code>docker compose exec api</code> in front of each command.</p>`,
  ];
}

function building() {
  return [
    header("Building the first index"),
    html`<p class="lead" role="status">The tracks are stored, and Segue is preparing recommendations from them. A large
      catalogue takes a minute or two. This page opens by itself when the index is ready.</p>`,
  ];
}

function header(heading) {
  return html`<header class="page-header"><div>
    <p class="eyebrow">Welcome</p>
    <h1 class="page-heading" tabindex="-1">${heading}</h1>
  </div></header>`;
}

function commands(heading, steps) {
  return html`<section class="section">
    <header class="section-header"><h2>${heading}</h2></header>
    <dl class="commands">${steps.map(([command, meaning]) => html`<div>
      <dt><code>${command}</code></dt><dd>${meaning}</dd>
    </div>`)}</dl>
  </section>`;
}
