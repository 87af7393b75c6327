/** A track list that follows what the listener does. */

import { onFeedback } from "../feedback.js";
import { load, rowsPlaceholder } from "./states.js";
import { trackList } from "./track-list.js";
import { render } from "../html.js";

/** The items of a reply; each knows the list that it stands on. */
export function listed({ items, recommendation_id }) {
  return items.map((item) => ({ ...item, list: recommendation_id }));
}

/**
 * Keep a list in an element; the returned function fetches it again, as every action does.
 *
 * The newest request wins. `nothing()` is shown in place of an empty list, `shown(reply)` hears of
 * every reply.
 */
export function liveList(target, { label, fetch, nothing, shown = () => {}, rows = 10, signal }) {
  const list = trackList({ label });
  let latest = new AbortController();
  const draw = (reply) => {
    shown(reply);
    list.update(listed(reply));
    if (!reply.items.length) render(target, nothing());
    else if (!list.element.isConnected) render(target, list.element);
  };
  const refresh = () => {
    latest.abort();
    latest = new AbortController();
    const placeholder = target.hasChildNodes() ? null : rowsPlaceholder(rows);
    return load(target, { fetch, draw, placeholder, signal: AbortSignal.any([signal, latest.signal]) });
  };
  onFeedback(refresh, signal);
  return refresh;
}
