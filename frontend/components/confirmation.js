/** A button that asks once more before it does something that can't be taken back. */

import { html } from "../html.js";

let dialogs = 0;

/** Return the button; `act` is called when the question is answered with yes. */
export function confirmation({ label, question, text, confirm, act }) {
  dialogs += 1;
  const id = `confirmation-${dialogs}`;
  const dialog = html`<dialog class="help" aria-labelledby=${id} onclose=${closed}>
    <h2 id=${id}>${question}</h2>
    <p>${text}</p>
    <form class="dialog-actions" method="dialog">
      <button class="button" value="">Cancel</button>
      <button class="button button-strong" value="yes">${confirm}</button>
    </form>
  </dialog>`;
  return html`<div>
    <button class="button" type="button" onclick=${() => dialog.showModal()}>${label}</button>
    ${dialog}
  </div>`;

  function closed() {
    if (dialog.returnValue === "yes") act();
    dialog.returnValue = "";
  }
}
