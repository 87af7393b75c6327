/** Who is listening: remembered by this browser, announced to whoever is interested. */

const STORAGE_KEY = "segue.listener";
const announcements = new EventTarget();
let current = recall();

/** The chosen listener as `{ id, name }`, or null. */
export function currentListener() {
  return current;
}

/** Choose a listener of the service, or nobody (null). */
export function chooseListener(user) {
  current = user && { id: user.id, name: listenerName(user) };
  if (current) localStorage.setItem(STORAGE_KEY, JSON.stringify(current));
  else localStorage.removeItem(STORAGE_KEY);
  announcements.dispatchEvent(new Event("change"));
}

/** Call back at every change, until the signal is aborted. */
export function onListenerChange(callback, signal) {
  announcements.addEventListener("change", callback, { signal });
}

/** A signal that is aborted when somebody else listens, or with the given one. */
export function untilListenerChange(signal) {
  const change = new AbortController();
  const ended = AbortSignal.any([signal, change.signal]);
  onListenerChange(() => change.abort(), ended);
  return ended;
}

/** The name to show for a user of the service: the first thing that is known. */
export function listenerName({ id, username, external_id, email }) {
  return username || external_id || email || `Listener ${id}`;
}

function recall() {
  try {
    const stored = JSON.parse(localStorage.getItem(STORAGE_KEY));
    return Number.isInteger(stored?.id) ? { id: stored.id, name: String(stored.name) } : null;
  } catch {
    return null;
  }
}
