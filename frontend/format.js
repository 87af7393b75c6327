/** Numbers and times as people read them. */

const whole = new Intl.NumberFormat("en");
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric" });
const UNITS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** 21000 -> "21,000". */
export function count(number) {
  return whole.format(number);
}

/** (1, "track") -> "1 track", (2, "track") -> "2 tracks". */
export function plural(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Seconds -> "3:25" or "1:02:05". */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (!parts[0]) parts.shift();
  return parts.map((part, i) => (i ? String(part).padStart(2, "0") : part)).join(":");
}

/** Seconds in the past -> "4 minutes ago". */
export function ago(seconds) {
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? [];
  return unit ? relative.format(-Math.round(seconds / size), unit) : "just now";
}

/** An ISO moment -> "4 minutes ago", or the day if it is long past. */
export function since(moment) {
  const seconds = (Date.now() - Date.parse(moment)) / 1000;
  return seconds > 30 * 86_400 ? day.format(new Date(moment)) : ago(seconds);
}

/** All names of a track -> "Ada & Grace"; nobody is named "Unknown artist". */
export function artists(joined) {
  const names = (joined ?? "").split(";").map((name) => name.trim()).filter(Boolean);
  if (!names.length) return "Unknown artist";
  return names.length === 1 ? names[0] : `${names.slice(0, -1).join(", ")} & ${names.at(-1)}`;
}

/** The title, or a word in its place. */
export function title(track) {
  return track.title.trim() || "Untitled";
}

/** A part of a score, with its sign: 0.1183 -> "+0.118". */
export function signed(value) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
}
