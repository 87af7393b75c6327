/** Whether there is anything to recommend yet. */

/**
 * Return "ready", "building" or "empty" from the reply of `health` and the number of tracks stored.
 *
 * An index without tracks recommends nothing: the first tracks are stored and not yet indexed.
 */
export function catalogueState(health, stored) {
  if (health.index?.tracks) return "ready";
  return stored ? "building" : "empty";
}
