/** How the eight features of a track are shown: label, range of the picture, unit, text. */

const percent = (value) => `${Math.round(value * 100)} %`;

export const FEATURES = [
  { name: "energy", label: "Energy", low: 0, high: 1, text: percent },
  { name: "danceability", label: "Dance", low: 0, high: 1, text: percent },
  { name: "valence", label: "Mood", low: 0, high: 1, text: percent },
  { name: "tempo", label: "Tempo", low: 40, high: 210, text: (v) => `${Math.round(v)} BPM` },
  { name: "loudness", label: "Loudness", low: -40, high: 0, text: (v) => `${v.toFixed(1)} dB` },
  { name: "acousticness", label: "Acoustic", low: 0, high: 1, text: percent },
  { name: "instrumentalness", label: "Instrumental", low: 0, high: 1, text: percent },
  { name: "speechiness", label: "Speech", low: 0, high: 1, text: percent },
];

export const FEATURE_NAMES = FEATURES.map(({ name }) => name);

/** Where a value lies in its feature's picture, 0..1. */
export function share({ low, high }, value) {
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}

/** The middle value of each feature over some tracks; null where none of them has one. */
export function medians(tracks) {
  return Object.fromEntries(
    FEATURE_NAMES.map((name) => [name, median(tracks.map((track) => track[name]))]),
  );
}

function median(values) {
  const known = values.filter((value) => typeof value === "number").sort((a, b) => a - b);
  if (!known.length) return null;
  const middle = known.length >> 1;
  return known.length % 2 ? known[middle] : (known[middle - 1] + known[middle]) / 2;
}
