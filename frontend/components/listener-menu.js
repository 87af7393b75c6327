/** The menu in the header that shows and changes who is listening. */

import { get, newKey, post } from "../api.js";
import { html, render } from "../html.js";
import { chooseListener, currentListener, listenerName, onListenerChange } from "../listener.js";
import { link } from "../router.js";
import { avatar } from "./cover.js";
import { icon } from "./icons.js";
import { toast } from "./toast.js";

const SUGGESTED = 5;
const panel = html`<div class="menu" id="listener-menu" popover aria-label="Listener" role="dialog"></div>`;

/** The button and the menu that it opens. */
export function listenerMenu() {
  const button = html`<button class="listener-button" type="button" popovertarget="listener-menu"
    aria-haspopup="dialog"></button>`;
  const draw = () => render(button, ...face(currentListener()));
  panel.addEventListener("toggle", (event) => {
    if (event.newState === "open") fill();
  });
  onListenerChange(() => {
    panel.hidePopover();
    draw();
  });
  draw();
  return html`<div class="listener">${button}${panel}</div>`;
}

/** Ask who is listening, because something was done that needs to know. */
export function chooseFirst() {
  panel.showPopover();
  toast("Choose who is listening first: Segue learns from what each listener does.");
}

/** Create a listener without history, and choose it. */
export async function createListener(username) {
  try {
    chooseListener(await post("users/", { username, external_id: `web-${newKey()}` }));
    toast(`Welcome, ${username}. Like or play a few tracks, and For you will match your taste.`);
  } catch (problem) {
    if (problem.name !== "Problem") throw problem;
    toast(`Not created: ${problem.message}`, { failed: true });
  }
}

/** One listener as a button that chooses them. */
export function listenerChoice(user) {
  const name = listenerName(user);
  const isCurrent = currentListener()?.id === user.id;
  return html`<button class="listener-choice" type="button" aria-pressed=${String(isCurrent)}
    onclick=${() => chooseListener(user)}>
    ${avatar({ id: user.id, name })}
    <span class="listener-name">${name}</span>
    ${isCurrent && html`<span class="listener-now">listening</span>`}
  </button>`;
}

/** A field and a button that make a new listener. */
export function newListenerForm() {
  const submit = (event) => {
    event.preventDefault();
    const username = new FormData(event.target).get("username").trim();
    if (username) createListener(username);
  };
  return html`<form class="new-listener" onsubmit=${submit}>
    <input class="field" name="username" aria-label="Name of the new listener" placeholder="Your name"
      maxlength="100" required autocomplete="off" />
    <button class="button" type="submit">Create listener</button>
  </form>`;
}

function face(listener) {
  const picture = listener ? avatar(listener) : icon("person");
  const name = listener?.name ?? ["Choose", html`<span class="listener-hint"> a listener</span>`];
  return [
    picture,
    html`<span class="listener-name"><span class="visually-hidden">Listener: </span>${name}</span>`,
    icon("chevron"),
  ];
}

async function fill() {
  const current = currentListener();
  const list = html`<div class="menu-list" role="group" aria-label="Listeners"></div>`;
  render(
    panel,
    html`<p class="menu-heading">Who is listening?</p>`,
    list,
    newListenerForm(),
    html`<div class="menu-links">
      ${current && html`<a href=${link(["listener", String(current.id)])} onclick=${close}>History</a>`}
      <a href="#/listeners" onclick=${close}>All listeners</a>
      ${current && html`<button class="link" type="button" onclick=${() => chooseListener(null)}>No listener</button>`}
    </div>`,
  );
  try {
    const { items } = await get("users/", { limit: SUGGESTED });
    const others = items.filter(({ id }) => id !== current?.id);
    const first = current && { id: current.id, username: current.name };
    render(list, [first, ...others].filter(Boolean).map(listenerChoice));
  } catch (problem) {
    if (problem.name !== "Problem") throw problem;
    render(list, html`<p class="menu-note" role="alert">${problem.message}</p>`);
  }
}

function close() {
  panel.hidePopover();
}
