/** Which rates of a list's outcomes are known well enough to be shown. */

const WIDEST_INTERVAL = 0.2;

/** Whether a rate says something: its 95 % interval is narrower than 20 points. */
export function isTelling({ value, low, high, of }) {
  return of > 0 && value !== null && high - low < WIDEST_INTERVAL;
}

/** Whether any listener reacted to the lists at all; shown but ignored tracks are no outcome. */
export function hasOutcomes({ acceptance, skips }) {
  return skips.of > 0 || acceptance.value > 0;
}
