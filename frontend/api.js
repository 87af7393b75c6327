/** The one place that talks to the service. */

const RETRIES = 2;
const RETRY_AFTER_MS = 400;

/** What the service said went wrong (RFC 9457); status 0 if no whole reply came. */
export class Problem extends Error {
  constructor({ status = 0, title = "Something went wrong", detail = "", errors = [] }) {
    super(detail || title);
    this.name = "Problem";
    Object.assign(this, { status, title, detail, errors });
  }
}

/** Read: `get("tracks/search/", { q: "nina" }, signal)`. Empty parameters are left out. */
export function get(path, parameters = {}, signal = undefined) {
  const query = new URLSearchParams(
    Object.entries(parameters).filter(([, v]) => v !== undefined && v !== null && v !== ""),
  );
  const tail = query.size ? `?${query}` : "";
  return send(`${path}${tail}`, { signal });
}

/** Write. The key makes a repeated attempt count once, so that a lost reply is tried again. */
export async function post(path, body, key = undefined) {
  const headers = { "content-type": "application/json" };
  if (key) headers["idempotency-key"] = key;
  const request = { method: "POST", headers, body: JSON.stringify(body) };

  for (let attempt = 0; ; attempt += 1) {
    try {
      return await send(path, request);
    } catch (error) {
      const passing = error instanceof Problem && (error.status === 0 || error.status === 503);
      if (!key || !passing || attempt === RETRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS * (attempt + 1)));
    }
  }
}

/** Change a part: `patch("users/1/taste", { pins: { genres: ["jazz"] } })`. */
export function patch(path, body) {
  const headers = { "content-type": "application/json" };
  return send(path, { method: "PATCH", headers, body: JSON.stringify(body) });
}

/** Take away: `remove("users/1/taste", { genre: "jazz" })`. */
export function remove(path, parameters = {}) {
  const query = new URLSearchParams(parameters);
  return send(query.size ? `${path}?${query}` : path, { method: "DELETE" });
}

/** A key for one write; `crypto.randomUUID` exists on secure origins only. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function send(path, { signal, headers = {}, ...request }) {
  const response = await reach(path, {
    ...request,
    signal,
    headers: { accept: "application/json", ...headers },
  });
  const body = await readJson(response, signal);
  if (response.ok) return body;
  throw new Problem({ title: response.statusText, ...body, status: response.status });
}

async function reach(path, request) {
  try {
    return await fetch(new URL(path, document.baseURI), request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ title: "Segue can't be reached", detail: "Is the server running?" });
  }
}

async function readJson(response, signal) {
  const type = response.headers.get("content-type") ?? "";
  if (!/[/+]json\b/.test(type)) return {};
  try {
    return await response.json();
  } catch (error) {
    signal?.throwIfAborted();
    throw new Problem({ title: "The reply could not be read" });
  }
}
