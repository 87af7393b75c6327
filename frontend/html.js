/**
 * Templates that become DOM nodes, never markup.
 *
 * The fixed parts of a template are parsed once; each hole becomes a text node, an attribute, a
 * property or a listener. What a hole holds is never parsed, so a title can't become an element.
 *
 *   html`<a href=${link} onclick=${go}>${title} ${[badge, badge]}</a>`
 */

const SVG = "http://www.w3.org/2000/svg";
const VOID = new Set(["br", "hr", "img", "input", "link", "meta"]);
const HOLE = /\u0001(\d+)\u0001/;
const TOKEN =
  /<\/([a-z][\w-]*)\s*>|<([a-z][\w-]*)((?:\s+[^\s=>/]+(?:=(?:"[^"]*"|[^\s"'>]+))?)*)\s*(\/?)>|[^<]+/gi;
const ATTRIBUTE = /([^\s=]+)(?:=(?:"([^"]*)"|(\S+)))?/g;

const parsed = new WeakMap();

/** Build HTML nodes: the element if there is just one at the top, else a fragment. */
export function html(strings, ...values) {
  return instantiate(strings, values, null);
}

/** Build SVG nodes, for templates whose outermost element is not `<svg>` itself. */
export function svg(strings, ...values) {
  return instantiate(strings, values, SVG);
}

/** Replace everything within an element. */
export function render(target, ...content) {
  target.replaceChildren(...content.map((part) => toNode(part)));
}

/** Turn text, numbers, nodes and nested arrays into one node; null and booleans into nothing. */
export function toNode(value) {
  if (value instanceof Node) return value;
  if (Array.isArray(value)) {
    const fragment = document.createDocumentFragment();
    fragment.append(...value.map(toNode));
    return fragment;
  }
  const empty = value === null || value === undefined || typeof value === "boolean";
  return document.createTextNode(empty ? "" : String(value));
}

function instantiate(strings, values, namespace) {
  if (!parsed.has(strings)) parsed.set(strings, parse(strings));
  const nodes = parsed.get(strings).map((spec) => create(spec, values, namespace));
  if (nodes.length === 1) return nodes[0];
  const fragment = document.createDocumentFragment();
  fragment.append(...nodes);
  return fragment;
}

function parse(strings) {
  const source = strings.reduce((text, part, i) => `${text}\u0001${i - 1}\u0001${part}`);
  const root = { children: [] };
  const open = [root];
  let end = 0;

  for (const token of source.matchAll(TOKEN)) {
    if (token.index !== end) break;
    end = token.index + token[0].length;
    const [text, closing, tag, attributes, selfClosing] = token;
    const parent = open[open.length - 1];

    if (closing) {
      if (parent.tag !== closing) throw new SyntaxError(`</${closing}> closes <${parent.tag}>`);
      open.pop();
    } else if (tag) {
      const spec = { tag, attributes: parseAttributes(attributes), children: [] };
      parent.children.push(spec);
      if (!selfClosing && !VOID.has(tag)) open.push(spec);
    } else {
      parent.children.push(...parseText(text));
    }
  }

  if (end !== source.length || open.length > 1) throw new SyntaxError(`Bad template: ${source}`);
  return root.children;
}

function parseAttributes(source) {
  return [...source.matchAll(ATTRIBUTE)].map(([, name, quoted, bare]) => ({
    name,
    parts: split(quoted ?? bare ?? ""),
  }));
}

/** Indentation between elements means nothing; a line break within text means a space. */
function parseText(text) {
  const tidy = text.replace(/^\s*\n\s*|\s*\n\s*$/g, "").replace(/\s+/g, " ");
  return split(tidy).filter((part) => part !== "");
}

/** "a \u0001" + i + "\u0001 b" becomes ["a ", i, " b"]: strings are fixed, numbers are holes. */
function split(text) {
  return text.split(HOLE).map((part, i) => (i % 2 ? Number(part) : part));
}

function create(spec, values, namespace) {
  if (typeof spec === "number") return toNode(values[spec]);
  if (typeof spec === "string") return document.createTextNode(spec);

  const ns = spec.tag === "svg" ? SVG : namespace;
  const element = ns ? document.createElementNS(ns, spec.tag) : document.createElement(spec.tag);
  element.append(...spec.children.map((child) => create(child, values, ns)));
  for (const { name, parts } of spec.attributes) {
    const filled = parts.filter((part) => part !== "");
    const alone = filled.length === 1 && typeof filled[0] === "number";
    const value = alone
      ? values[filled[0]]
      : parts.map((part) => (typeof part === "number" ? values[part] : part)).join("");
    assign(element, name, value);
  }
  return element;
}

function assign(element, name, value) {
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name.startsWith(".")) element[name.slice(1)] = value;
  else if (name === "style") setStyle(element, value);
  else if (value === true) element.setAttribute(name, "");
  else if (value !== false && value !== null && value !== undefined) {
    if (name === "href" && !/^(#\/|docs$)/.test(value)) {
      throw new TypeError("Links lead to pages of this app only");
    }
    element.setAttribute(name, value);
  }
}

/** Styles go through the CSSOM, which a strict content security policy allows. */
function setStyle(element, styles) {
  for (const [property, value] of Object.entries(styles)) {
    element.style.setProperty(property, value);
  }
}
