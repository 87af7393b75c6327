/** The page for an unknown address. */

import { empty } from "../components/states.js";
import { html, render } from "../html.js";

export function missing(page) {
  page.dataset.title = "Not found";
  render(
    page,
    html`<h1 class="visually-hidden" tabindex="-1">Not found</h1>`,
    empty("There is no such page", "The address may be mistyped.", html`<a class="button" href="#/">Go to the home page</a>`),
  );
}
