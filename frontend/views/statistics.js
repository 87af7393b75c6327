/** How lists do: what listeners did with what they were shown. */

import { get } from "../api.js";
import { empty, load, rowsPlaceholder } from "../components/states.js";
import { count } from "../format.js";
import { html, render, svg } from "../html.js";

const SCENARIOS = {
  similar: "Similar tracks",
  personalized: "For you",
  newcomer: "For newcomers",
  trending: "Trending",
  seeds: "From seeds",
  artists: "Similar artists",
  path: "Ways",
  session: "Sessions",
};
const RATES = [
  ["acceptance", "Accepted", "played, liked or kept, of all tracks shown"],
  ["skips", "Skipped", "skipped or disliked, of tracks touched"],
  ["completion", "Heard out", "to four fifths, of tracks played"],
  ["repeats", "Played again", "of tracks accepted"],
];
const TEAMS = { hybrid: "Hybrid", audio: "Audio and genre" };

export function statistics(page, { signal }) {
  page.dataset.title = "How lists do";
  const content = html`<div></div>`;
  render(
    page,
    html`<header class="page-header"><div>
      <p class="eyebrow">All listeners</p>
      <h1 class="page-heading" tabindex="-1">How lists do</h1>
    </div></header>`,
    content,
  );
  return load(content, {
    fetch: (s) => get("stats/lists/", {}, s),
    draw: (found) => render(content, ...parts(found)),
    placeholder: rowsPlaceholder(4),
    signal,
  });
}

function parts({ days, scenarios, contests, by_day }) {
  if (!scenarios.length) {
    return [empty("Nothing shown yet", "Once listeners get lists and act on them, this page tells how the lists did.")];
  }
  return [
    html`<p class="lead">What listeners did in the last ${days} days with the tracks they were shown. The light
      bands hold the true rate in 19 cases of 20.</p>`,
    html`<div class="outcomes">${scenarios.map(scenarioCard)}</div>`,
    contests.length > 0 &&
      html`<section class="section" aria-labelledby="contests">
        <header class="section-header"><h2 id="contests">Side by side</h2></header>
        <p class="section-note">Two rankers share a list; from whom more is chosen wins it.</p>
        ${contests.map(contestCard)}
      </section>`,
    by_day.length > 1 && dayTable(by_day),
  ];
}

function scenarioCard(told) {
  const name = SCENARIOS[told.scenario] ?? told.scenario;
  return html`<section class="outcome" aria-label=${name}>
    <h2 class="outcome-heading">${name}</h2>
    <p class="outcome-shown">${count(told.lists)} lists, ${count(told.items)} tracks${covered(told.coverage)}</p>
    <dl class="outcome-rates">${RATES.map(([key, label, of]) => rateRow(label, of, told[key]))}</dl>
  </section>`;
}

function covered({ tracks, value }) {
  if (!tracks || value === null) return "";
  return `; ${count(tracks)} different ones, ${percent(value)} of the catalogue`;
}

function rateRow(label, of, rate) {
  return html`<div>
    <dt title=${of}>${label}</dt>
    <dd class="outcome-picture">${band(rate)}</dd>
    <dd class="number">${rate.value === null ? "–" : percent(rate.value)}<span class="outcome-of">${interval(rate)}</span></dd>
  </div>`;
}

function contestCard({ first, second, first_wins, second_wins, ties, share, chance }) {
  const [one, other] = [TEAMS[first] ?? first, TEAMS[second] ?? second];
  return html`<div class="contest">
    <p class="contest-heading"><b>${one}</b> against <b>${other}</b></p>
    <p>${one} won ${count(first_wins)}, ${other} won ${count(second_wins)}, ${count(ties)} were even.</p>
    ${band(share)}
    <p class="outcome-shown">${decided(one, share)} It is the better one with a probability of
      ${probability(chance)}.</p>
  </div>`;
}

function dayTable(days) {
  return html`<section class="section" aria-labelledby="days">
    <header class="section-header"><h2 id="days">Day by day</h2></header>
    <div class="table-scroll" tabindex="0" role="region" aria-labelledby="days">
      <table class="day-table">
        <thead><tr><th scope="col">Day</th><th scope="col">List</th><th class="number" scope="col">Shown</th>
          ${RATES.map(([, label]) => html`<th class="number" scope="col">${label}</th>`)}</tr></thead>
        <tbody>${days.map(({ day, scenarios }) =>
          scenarios.map((told, i) => html`<tr>
            <th scope="row">${i === 0 && day}</th>
            <td>${SCENARIOS[told.scenario] ?? told.scenario}</td>
            <td class="number">${count(told.items)}</td>
            ${RATES.map(([key]) => html`<td class="number">${told[key].value === null ? "–" : percent(told[key].value)}</td>`)}
          </tr>`),
        )}</tbody>
      </table>
    </div>
  </section>`;
}

/** A rate as a mark, on the band of its interval. */
function band({ value, low, high, of }) {
  if (!of) return html`<svg class="band" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
    <rect class="score-track" width="100" height="8" />
  </svg>`;
  return html`<svg class="band" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
    <rect class="score-track" width="100" height="8" />
    <rect class="band-interval" x=${low * 100} width=${Math.max(0.6, (high - low) * 100)} height="8" />
    ${svg`<rect class="band-value" x=${Math.min(99.2, value * 100)} width="0.5" height="8" />`}
  </svg>`;
}

function interval({ low, high, of }) {
  return of ? `${percent(low)} to ${percent(high)}` : "nothing counted";
}

function decided(name, { value, low, high }) {
  if (value === null) return "Nothing is decided yet.";
  return `${name} won ${percent(value)} of what was decided; the true share lies between ${percent(low)} and ${percent(high)}.`;
}

function probability(chance) {
  if (chance > 0.999) return "more than 99.9 %";
  return chance < 0.001 ? "less than 0.1 %" : percent(chance);
}

function percent(share) {
  const hundredths = share * 100;
  return `${hundredths.toFixed(hundredths < 9.95 ? 1 : 0)} %`;
}
