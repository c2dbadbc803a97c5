// Builds and updates the document. Text is only ever set as text; nothing here parses markup.

/** An element: `props` are attributes, except `class`, `text`, `on` (listeners) and `data`. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "text") node.textContent = value;
    else if (key === "on") listen(node, value);
    else if (key === "data") Object.assign(node.dataset, value);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function listen(node, handlers) {
  for (const [event, handler] of Object.entries(handlers)) node.addEventListener(event, handler);
}

export function button(label, onClick, props = {}) {
  return h("button", { type: "button", text: label, on: { click: onClick }, ...props });
}

export const byId = (id) => document.getElementById(id);

const signatures = new WeakMap();

/**
 * Makes the children of `parent` match `items`, touching only what changed, so that focus,
 * selection and what was folded out survive a refresh. Items need a unique `key`.
 */
export function reconcile(parent, items, make) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const wanted = items.map((item) => current(old.get(item.key), item, make));
  const keep = new Set(wanted);
  for (const node of [...parent.children]) if (!keep.has(node)) node.remove();
  let place = parent.firstElementChild;
  for (const node of wanted) {
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  // Moving a node takes its focus away.
  if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
}

function current(node, item, make) {
  const signature = JSON.stringify(item);
  if (node && signatures.get(node) === signature) return node;
  const made = make(item);
  made.dataset.key = item.key;
  signatures.set(made, signature);
  if (node) carryOver(node, made);
  return made;
}

const FOCUSABLE = "a[href], button, summary, input, textarea, select";

function carryOver(from, to) {
  const open = [...from.querySelectorAll("details")].map((details) => details.open);
  to.querySelectorAll("details").forEach((details, index) => { details.open = open[index] ?? details.open; });
  if (!from.contains(document.activeElement)) return;
  const at = [...from.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  const parent = from.parentElement;
  parent.replaceChild(to, from);
  ([...to.querySelectorAll(FOCUSABLE)][at] ?? parent).focus({ preventScroll: true });
}

/** A modal panel that closes by Escape, by its button and by a click beside it. */
export function openDialog(title, content, { look = "", leave = "Close" } = {}) {
  const before = document.activeElement;
  const dialog = h("dialog", { class: look, "aria-labelledby": "dialog-title" },
    h("header", {},
      h("h2", { id: "dialog-title", text: title }),
      button(leave, () => dialog.close(), { class: "quiet" })),
    h("div", { class: "dialog-body" }, content));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before?.isConnected) before.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Asks before something that is not easily taken back; resolves to whether it was confirmed. */
export function confirmed(title, words, verb) {
  return new Promise((resolve) => {
    const yes = button(verb, () => dialog.close("yes"), { class: "primary", autofocus: true });
    const dialog = openDialog(title, [h("p", { text: words }), h("p", { class: "buttons" }, yes)], { look: "ask", leave: "Cancel" });
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
    yes.focus();
  });
}

/** Says something to screen readers without moving focus. */
export function announce(words) {
  const place = byId("announcer");
  if (!place) return;
  place.textContent = "";
  setTimeout(() => { place.textContent = words; }, 50);
}
