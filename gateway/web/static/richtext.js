// Copies the server's message markup into the document through an allow-list of its own.
import { h } from "./dom.js";

const COPIED = new Set([
  "P", "BR", "STRONG", "EM", "DEL", "CODE", "PRE", "UL", "OL", "LI", "BLOCKQUOTE", "A",
  "TABLE", "THEAD", "TBODY", "TR", "TH", "TD", "H1", "H2", "H3", "H4",
]);
// Dropped with everything inside; any other unknown element is replaced by its content.
const DROPPED = new Set([
  "SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT", "IFRAME", "OBJECT", "EMBED", "SVG", "MATH", "TITLE",
  "TEXTAREA", "SELECT", "AUDIO", "VIDEO", "CANVAS",
]);
const SCHEMES = new Set(["http:", "https:", "mailto:"]);

/** An address that may be followed, or null. Relative ones would lead into the desk. */
export function safeLink(href) {
  try {
    const url = new URL(href ?? "");
    return SCHEMES.has(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/**
 * The message's body. Links in what customers write are shown with their host but cannot be
 * followed by a click: staff are the target of whoever sends them.
 */
export function richText(html, { follow }) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const fragment = document.createDocumentFragment();
  copyChildren(parsed.body, fragment, follow);
  return fragment;
}

function copyChildren(from, to, follow) {
  for (const child of from.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) to.append(child.data);
    else if (child.nodeType === Node.ELEMENT_NODE) copyElement(child, to, follow);
  }
}

function copyElement(element, to, follow) {
  const tag = element.tagName.toUpperCase();
  if (DROPPED.has(tag)) return;
  if (!COPIED.has(tag)) copyChildren(element, to, follow);
  else if (tag === "A") copyLink(element, to, follow);
  else if (tag === "TABLE") to.append(h("div", { class: "wide" }, copied(element, follow)));
  else to.append(copied(element, follow));
}

function copied(element, follow) {
  const copy = document.createElement(element.tagName.toLowerCase());
  copyChildren(element, copy, follow);
  return copy;
}

function copyLink(element, to, follow) {
  const url = safeLink(element.getAttribute("href"));
  const node = follow && url ? link(url) : h("span", { class: "unlinked" });
  copyChildren(element, node, follow);
  to.append(node);
  if (url && !says(element.textContent, url)) to.append(h("bdi", { class: "host", text: ` (${whereTo(url, follow)})` }));
}

export function link(url, ...children) {
  return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow" }, ...children);
}

/** Where a link leads is in sight unless its text is that very address. */
function says(text, url) {
  const shown = text.trim().replace(/\/$/, "");
  return [url.href, url.href.replace(/^(https?:\/\/|mailto:)/, "")].some((way) => way.replace(/\/$/, "") === shown);
}

function whereTo(url, follow) {
  if (url.protocol === "mailto:") return url.pathname;
  return follow ? url.host : url.href.slice(0, 200);
}
