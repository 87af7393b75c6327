/** List performance: what listeners did with the tracks that they were shown. */

import { get } from "../api.js";
import { empty, load, rowsPlaceholder } from "../components/states.js";
import { count, plural } from "../format.js";
import { html, render, svg } from "../html.js";
import { hasOutcomes, isTelling } from "../logic/outcomes.js";

const SCENARIOS = {
  similar: "Similar tracks",
  personalized: "For you",
  newcomer: "For newcomers",
  trending: "Trending",
  seeds: "From seeds",
  artists: "Similar artists",
  path: "Paths",
  session: "Sessions",
};
const RATES = [
  ["acceptance", "Accepted", "Played, liked or added to a playlist, of all tracks shown"],
  ["skips", "Skipped", "Skipped or disliked, of all tracks that listeners reacted to"],
  ["completion", "Completed", "Played for at least 80 % of their length, of all tracks played"],
  ["repeats", "Played again", "Played again later, of all tracks accepted"],
];
const TEAMS = { hybrid: "Hybrid", audio: "Audio and genre" };

export function statistics(page, { signal }) {
  page.dataset.title = "List performance";
  const content = html`<div></div>`;
  render(
    page,
    html`<header class="page-header"><div>
      <p class="eyebrow">All listeners</p>
      <h1 class="page-heading" tabindex="-1">List performance</h1>
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
    return [empty("No lists yet", "This page shows how lists perform once listeners have seen some and reacted to them.")];
  }
  return [
    html`<p class="lead">What listeners did with the tracks they were shown in the last ${days} days. The light
      bands are 95 % intervals.</p>`,
    html`<div class="outcomes">${scenarios.map(scenarioCard)}</div>`,
    contests.length > 0 &&
      html`<section class="section" aria-labelledby="contests">
        <header class="section-header"><h2 id="contests">Comparisons</h2></header>
        <p class="section-note">Two rankers share each list. The one whose tracks are chosen more often wins it.</p>
        ${contests.map(contestCard)}
      </section>`,
    by_day.length > 1 && dayTable(by_day),
  ];
}

function scenarioCard(outcomes) {
  const name = SCENARIOS[outcomes.scenario] ?? outcomes.scenario;
  return html`<section class="outcome" aria-label=${name}>
    <h2 class="outcome-heading">${name}</h2>
    <p class="outcome-shown">${plural(outcomes.lists, "list")}, ${plural(outcomes.items, "track")}${covered(outcomes.coverage)}</p>
    ${rates(outcomes)}
  </section>`;
}

/** The rates that say something, and a sentence in place of the others. */
function rates(outcomes) {
  if (!hasOutcomes(outcomes)) return html`<p class="section-note">No listener has reacted to these lists yet.</p>`;
  const telling = RATES.filter(([key]) => isTelling(outcomes[key]));
  const rest = telling.length ? "The other rates need more reactions." : "There are too few reactions for a rate yet.";
  return [
    telling.length > 0 &&
      html`<dl class="outcome-rates">${telling.map(([key, label, of]) => rateRow(label, of, outcomes[key]))}</dl>`,
    telling.length < RATES.length && html`<p class="section-note">${rest}</p>`,
  ];
}

function covered({ tracks, value }) {
  if (!tracks || value === null) return "";
  return `; ${count(tracks)} different tracks, ${percent(value)} of the catalogue`;
}

function rateRow(label, of, rate) {
  return html`<div>
    <dt title=${of}>${label}</dt>
    <dd class="outcome-picture">${band(rate)}</dd>
    <dd class="number">${percent(rate.value)}<span class="outcome-of">${interval(rate)}</span></dd>
  </div>`;
}

function contestCard({ first, second, first_wins, second_wins, ties, share, chance }) {
  const [one, other] = [TEAMS[first] ?? first, TEAMS[second] ?? second];
  return html`<div class="contest">
    <p class="contest-heading"><b>${one}</b> against <b>${other}</b></p>
    <p>${one} won ${plural(first_wins, "list")}, ${other} won ${plural(second_wins, "list")}, and ${count(ties)} ended in a tie.</p>
    ${verdict(one, share, chance)}
  </div>`;
}

function dayTable(days) {
  return html`<section class="section" aria-labelledby="days">
    <header class="section-header"><h2 id="days">By day</h2></header>
    <div class="table-scroll" tabindex="0" role="region" aria-labelledby="days">
      <table class="day-table">
        <thead><tr><th scope="col">Day</th><th scope="col">List</th><th class="number" scope="col">Shown</th>
          ${RATES.map(([, label]) => html`<th class="number" scope="col">${label}</th>`)}</tr></thead>
        <tbody>${days.map(({ day, scenarios }) =>
          scenarios.map((outcomes, i) => html`<tr>
            <th scope="row">${i === 0 && day}</th>
            <td>${SCENARIOS[outcomes.scenario] ?? outcomes.scenario}</td>
            <td class="number">${count(outcomes.items)}</td>
            ${RATES.map(([key]) => html`<td class="number">${isShown(outcomes, key) ? percent(outcomes[key].value) : "–"}</td>`)}
          </tr>`),
        )}</tbody>
      </table>
    </div>
  </section>`;
}

function isShown(outcomes, key) {
  return hasOutcomes(outcomes) && isTelling(outcomes[key]);
}

/** A rate as a mark, on the band of its interval. */
function band({ value, low, high }) {
  return html`<svg class="band" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
    <rect class="score-track" width="100" height="8" />
    <rect class="band-interval" x=${low * 100} width=${Math.max(0.6, (high - low) * 100)} height="8" />
    ${svg`<rect class="band-value" x=${Math.min(99.2, value * 100)} width="0.5" height="8" />`}
  </svg>`;
}

function interval({ low, high }) {
  return `${percent(low)} to ${percent(high)}`;
}

function verdict(name, share, chance) {
  if (!isTelling(share)) return html`<p class="outcome-shown">There are too few decided lists to name a winner yet.</p>`;
  return [
    band(share),
    html`<p class="outcome-shown">${name} won ${percent(share.value)} of the decided lists (95 % interval ${interval(share)}).
      The probability that it is better is ${probability(chance)}.</p>`,
  ];
}

function probability(chance) {
  if (chance > 0.999) return "more than 99.9 %";
  return chance < 0.001 ? "less than 0.1 %" : percent(chance);
}

function percent(share) {
  const hundredths = share * 100;
  return `${hundredths.toFixed(hundredths < 9.95 ? 1 : 0)} %`;
}
