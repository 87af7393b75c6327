/** Hash routes: `#/tracks/5?bonus=1.05`. The rest of the address space belongs to the API. */

/** Take a hash apart; unreadable escapes stay as they are. */
export function parse(hash) {
  const [path, query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const segments = path.split("/").filter(Boolean).map(decode);
  return { segments, query: Object.fromEntries(new URLSearchParams(query)) };
}

/** Put a hash together from path segments and query parameters; empty parameters are left out. */
export function link(segments, query = {}) {
  const parameters = new URLSearchParams(
    Object.entries(query).filter(([, v]) => v !== undefined && v !== null && v !== ""),
  );
  const tail = parameters.size ? `?${parameters}` : "";
  return `#/${segments.map(encodeURIComponent).join("/")}${tail}`;
}

/** Find the route of a parsed hash: `["tracks", ":id"]` matches two segments. */
export function match(routes, { segments, query }) {
  for (const { pattern, mount } of routes) {
    if (pattern.length !== segments.length) continue;
    const fits = pattern.every((part, i) => part.startsWith(":") || part === segments[i]);
    if (!fits) continue;
    const named = pattern.flatMap((part, i) => (part[0] === ":" ? [[part.slice(1), segments[i]]] : []));
    return { mount, params: Object.fromEntries(named), query };
  }
  return null;
}

/** Change the query of the current page without leaving it. */
export function replaceQuery(query) {
  const { segments } = parse(location.hash);
  history.replaceState(history.state, "", link(segments, query));
}

/**
 * Mount the page of the current hash, now and at every change.
 *
 * A page gets `{ params, query, signal }`; the signal is aborted when it is left, which ends its
 * requests and listeners. Going back restores how far one had scrolled.
 */
export function start(outlet, routes, { missing, arrived }) {
  const positions = new Map();
  let visit = new AbortController();
  let shown = null;
  history.scrollRestoration = "manual";

  const show = async () => {
    if (shown) positions.set(shown, scrollY);
    visit.abort();
    visit = new AbortController();
    const { signal } = visit;
    const isReturn = history.state?.visit !== undefined;
    if (!isReturn) history.replaceState({ visit: crypto.getRandomValues(new Uint32Array(1))[0] }, "");
    const first = shown === null;
    shown = history.state.visit;

    const found = match(routes, parse(location.hash)) ?? { mount: missing, params: {}, query: {} };
    const page = document.createElement("div");
    page.className = "page";
    outlet.replaceChildren(page);
    scrollTo(0, 0);
    const ready = found.mount(page, { ...found, signal });
    arrived(page, { first });
    await ready;
    if (isReturn && !signal.aborted) scrollTo(0, positions.get(shown) ?? 0);
  };

  addEventListener("hashchange", show);
  return show();
}

function decode(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
