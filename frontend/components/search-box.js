/** Search as you type: a combobox over the catalogue. */

import { get } from "../api.js";
import { artists, title } from "../format.js";
import { html } from "../html.js";
import { link } from "../router.js";
import { cover } from "./cover.js";
import { icon } from "./icons.js";

const DELAY_MS = 120;
const SHOWN = 7;
export const LONGEST = 200;
let boxes = 0;

/** Call back with what is typed once it rests, with a signal that ends when more is typed. */
export function typed(input, callback, signal) {
  let timer;
  let search = new AbortController();
  const stop = () => {
    clearTimeout(timer);
    search.abort();
  };
  input.addEventListener(
    "input",
    () => {
      stop();
      search = new AbortController();
      timer = setTimeout(() => callback(input.value.trim(), search.signal), DELAY_MS);
    },
    { signal },
  );
  signal?.addEventListener("abort", stop);
  return stop;
}

/** What the arrow keys do to the highlighted option; -1 is the text itself. */
export function nextOption(active, key, options) {
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (!(key in steps) || !options) return active;
  return ((active + 1 + steps[key] + options + 1) % (options + 1)) - 1;
}

/** A box with suggestions that open below it; Enter without a choice opens the search page. */
export function searchBox({ label = "Search the catalogue", placeholder, large = false, signal }) {
  boxes += 1;
  const id = `search-${boxes}`;
  let active = -1;

  const options = html`<ul class="options" id=${`${id}-options`} role="listbox" aria-label="Tracks" hidden></ul>`;
  const status = html`<p class="visually-hidden" role="status"></p>`;
  const input = html`<input class="search-input" id=${id} type="search" role="combobox" autocomplete="off"
    spellcheck="false" maxlength=${LONGEST} placeholder=${placeholder ?? label} aria-label=${label}
    aria-autocomplete="list" aria-expanded="false" aria-controls=${`${id}-options`}
    enterkeyhint="search" data-search onkeydown=${press} onfocus=${reopen} />`;
  const element = html`<search class=${large ? "search search-large" : "search"}>
    ${icon("search")}${input}<kbd class="search-key" aria-hidden="true">/</kbd>${options}${status}
  </search>`;

  const stop = typed(input, suggest, signal);
  element.addEventListener("focusout", (event) => {
    if (!element.contains(event.relatedTarget)) close();
  });
  return element;

  async function suggest(q, ended) {
    if (!q) {
      options.replaceChildren();
      close();
      return;
    }
    try {
      const found = await get("tracks/search/", { q, limit: SHOWN }, ended);
      if (!ended.aborted) show(found, q);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.name !== "Problem") throw error;
      options.replaceChildren(html`<li class="option-note">${error.message}</li>`);
      open();
    }
  }

  function show({ items, total }, q) {
    status.textContent = total ? `${total} tracks found` : "Nothing found";
    options.replaceChildren(...items.map((track, i) => option(track, `${id}-${i}`)));
    if (!items.length) options.append(html`<li class="option-note">Nothing found for “${q}”</li>`);
    if (total > items.length) {
      options.append(html`<li class="option option-all" id=${`${id}-${items.length}`} role="option"
        aria-selected="false"><a tabindex="-1" href=${link(["search"], { q })}>All ${total} results</a></li>`);
    }
    highlight(-1);
    open();
  }

  function choices() {
    return [...options.querySelectorAll("[role=option]")];
  }

  function highlight(next) {
    active = next;
    choices().forEach((choice, i) => choice.setAttribute("aria-selected", String(i === active)));
    const chosen = choices()[active];
    if (chosen) {
      input.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  function press(event) {
    if (event.key === "Escape" && !options.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter") {
      const q = input.value.trim();
      const chosen = options.hidden ? null : choices()[active]?.querySelector("a");
      if (!chosen && !q) return;
      stop();
      close();
      location.hash = chosen ? chosen.getAttribute("href") : link(["search"], { q });
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      reopen();
      highlight(nextOption(active, event.key, choices().length));
    }
  }

  function reopen() {
    if (options.children.length) open();
  }

  function open() {
    options.hidden = false;
    input.setAttribute("aria-expanded", "true");
  }

  function close() {
    options.hidden = true;
    input.setAttribute("aria-expanded", "false");
    highlight(-1);
  }
}

function option(track, id) {
  return html`<li class="option" id=${id} role="option" aria-selected="false">
    <a tabindex="-1" href=${link(["tracks", String(track.id)])}>
      ${cover(track)}
      <span class="option-text">
        <span class="option-title">${title(track)}</span>
        <span class="option-artist">${artists(track.artist)}</span>
      </span>
      ${track.genre && html`<span class="option-genre">${track.genre}</span>`}
    </a>
  </li>`;
}
