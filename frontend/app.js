/** The web app: the frame around every page, and which page belongs to which address. */

import { keyboardHelp, listenForKeys, showHelp } from "./components/keyboard.js";
import { icon } from "./components/icons.js";
import { listenerMenu } from "./components/listener-menu.js";
import { searchBox } from "./components/search-box.js";
import { toastRegion } from "./components/toast.js";
import { wordmark } from "./components/wordmark.js";
import { html } from "./html.js";
import { start } from "./router.js";
import { forYou } from "./views/for-you.js";
import { genre } from "./views/genre.js";
import { genres } from "./views/genres.js";
import { home } from "./views/home.js";
import { listener } from "./views/listener.js";
import { listeners } from "./views/listeners.js";
import { missing } from "./views/missing.js";
import { path } from "./views/path.js";
import { search } from "./views/search.js";
import { session } from "./views/session.js";
import { statistics } from "./views/statistics.js";
import { taste } from "./views/taste.js";
import { track } from "./views/track.js";
import { trending } from "./views/trending.js";
import { welcome } from "./views/welcome.js";

const ROUTES = [
  { pattern: [], mount: home },
  { pattern: ["search"], mount: search },
  { pattern: ["for-you"], mount: forYou },
  { pattern: ["trending"], mount: trending },
  { pattern: ["genres"], mount: genres },
  { pattern: ["genres", ":name"], mount: genre },
  { pattern: ["tracks", ":id"], mount: track },
  { pattern: ["listeners"], mount: listeners },
  { pattern: ["listener", ":id"], mount: listener },
  { pattern: ["listener", ":id", "taste"], mount: taste },
  { pattern: ["stats"], mount: statistics },
  { pattern: ["path"], mount: path },
  { pattern: ["session"], mount: session },
];

const PLACES = [
  { href: "#/", label: "Home", icon: "home" },
  { href: "#/for-you", label: "For you", icon: "you" },
  { href: "#/trending", label: "Trending", icon: "trending" },
  { href: "#/genres", label: "Genres", icon: "genres" },
];

const main = html`<main id="main" tabindex="-1"></main>`;
const navigation = html`<nav class="places" aria-label="Main">
  ${PLACES.map((place) => html`<a href=${place.href}>${icon(place.icon)}<span>${place.label}</span></a>`)}
</nav>`;

document.body.append(
  html`<button class="skip-link" type="button" onclick=${() => main.focus()}>Skip to content</button>`,
  html`<header class="header">
    <a class="brand" href="#/">${wordmark()}</a>
    ${navigation}
    <div class="header-search">${searchBox({ placeholder: "Search" })}</div>
    <a class="header-find icon-button" href="#/search" aria-label="Search">${icon("search")}</a>
    ${listenerMenu()}
  </header>`,
  main,
  html`<footer class="footer">
    <p>Every score is explained: its parts add up to it.</p>
    <p class="footer-links">
      <a href="#/listeners">Listeners</a>
      <a href="#/session">Session</a>
      <a href="#/path">Path</a>
      <a href="#/stats">List performance</a>
      <a href="docs">API</a>
      <button class="link" type="button" onclick=${showHelp}>${icon("keyboard")}Shortcuts</button>
    </p>
  </footer>`,
  toastRegion(),
  keyboardHelp(),
);

listenForKeys();
await welcome(main);
start(main, ROUTES, { missing, arrived });

/** Announce the page: set the title, mark its link in the navigation, move the focus to its heading. */
function arrived(page, { first }) {
  const heading = page.querySelector("h1");
  document.title = page.dataset.title ? `${page.dataset.title} · Segue` : "Segue";
  const hasOwnSearch = page.querySelector("[data-search]") !== null;
  document.body.classList.toggle("has-own-search", hasOwnSearch);
  const here = location.hash.split("?")[0] || "#/";
  for (const place of navigation.children) {
    const target = place.getAttribute("href");
    const isHere = target === here || (target !== "#/" && here.startsWith(`${target}/`));
    if (isHere) place.setAttribute("aria-current", "page");
    else place.removeAttribute("aria-current");
  }
  const wanted = page.querySelector("[autofocus]") ?? heading;
  if (!first || wanted !== heading) wanted?.focus({ preventScroll: true });
}
