/** Interactions of the current listener: sent once, remembered for this visit, announced. */

import { newKey, post } from "./api.js";
import { chooseFirst } from "./components/listener-menu.js";
import { toast } from "./components/toast.js";
import { duration, title } from "./format.js";
import { currentListener } from "./listener.js";

export const ACTIONS = [
  { name: "play", icon: "play", label: "Play", done: "Played" },
  { name: "like", icon: "heart", label: "Like", done: "Liked" },
  { name: "skip", icon: "skip", label: "Skip", done: "Skipped" },
  { name: "playlist_add", icon: "plus", label: "Add to playlist", done: "Added to playlist" },
  { name: "dislike", icon: "down", label: "Dislike", done: "Disliked" },
];

const REFRESHED = "Your lists have been refreshed.";
const announcements = new EventTarget();
const given = new Map();
const followed = new Map();

/** The actions that the current listener took on a track during this visit. */
export function actionsOn(track) {
  return given.get(`${currentListener()?.id}/${track.id}`) ?? new Set();
}

/** Call back with the track after every recorded action, until the signal is aborted. */
export function onFeedback(callback, signal) {
  announcements.addEventListener("feedback", (event) => callback(event.detail), { signal });
}

/** Remember which list a track was opened from: what is done on its page belongs to that list. */
export function follow(track) {
  if (track.list) followed.set(track.id, track.list);
}

/** Record an action of the current listener; without a listener, ask for one. */
export async function give(action, track) {
  const listener = currentListener();
  if (!listener) {
    chooseFirst();
    return;
  }

  const body = { user_id: listener.id, track_id: track.id, action: action.name };
  if (action.name === "play" && track.duration) body.listen_duration = track.duration;
  const list = track.list ?? followed.get(track.id);
  if (list) body.recommendation_id = list;
  try {
    await post("interactions/", body, newKey());
  } catch (problem) {
    if (problem.name !== "Problem") throw problem;
    toast(`Not recorded: ${problem.message}`, { failed: true });
    return;
  }

  remember(listener, track, action);
  toast(message(action, track));
  announcements.dispatchEvent(new CustomEvent("feedback", { detail: { track, action } }));
}

function remember(listener, track, action) {
  const key = `${listener.id}/${track.id}`;
  given.set(key, new Set([...(given.get(key) ?? []), action.name]));
}

/** Segue has no audio: a play is a note that the whole track was heard, and says so. */
function message(action, track) {
  if (action.name !== "play") return `${action.done} “${title(track)}”. ${REFRESHED}`;
  const length = track.duration ? ` of ${duration(track.duration)}` : "";
  return `Recorded a full play${length} of “${title(track)}” (there is no audio). ${REFRESHED}`;
}
