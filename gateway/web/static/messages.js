// Draws the messages of a conversation. Who said something stands outside its body, in words and
// shapes that no body can draw.
import { button, h } from "./dom.js";
import { link, richText, safeLink } from "./richtext.js";
import { clock, day, full } from "./time.js";
import { deliveryIsBad, deliveryWords, origin, plain, size } from "./words.js";

/** What `reconcile` draws: days, messages, and what is on its way. */
export function logItems(conversation, pending, me) {
  const items = [];
  let last = null;
  for (const message of conversation.messages) {
    const which = day(message.at);
    if (which !== last) items.push({ key: `day-${message.seq}`, type: "day", words: which });
    last = which;
    const mine = message.author === "staff" && message.name === me.name;
    items.push({ key: `message-${message.seq}`, type: "message", message, mine });
  }
  const arrived = new Set(conversation.messages.map((message) => message.id));
  for (const item of pending) {
    if (!arrived.has(item.id)) items.push({ key: `pending-${item.id}`, type: "pending", item });
  }
  return items;
}

/**
 * `actions` has `original(id)` where it may be asked, `trace(turn)`, `retry(id)`, `takeAndRetry(id)`, `edit(id)`,
 * `discard(id)` and `earlier()`.
 */
export function drawLogItem(entry, actions) {
  if (entry.type === "day") return h("h3", { class: "day" }, h("span", { text: entry.words }));
  if (entry.type === "earlier") return h("p", { class: "earlier" }, button("Show earlier messages", actions.earlier));
  if (entry.type === "pending") return drawPending(entry.item, actions);
  return drawMessage(entry.message, entry.mine, actions);
}

function drawMessage(message, mine, actions) {
  const from = origin(message);
  const bad = deliveryIsBad(message.delivery) ? " bad" : "";
  return h("article", { class: `message ${from.sort}${bad}`, data: { seq: message.seq } },
    originLine(from, message, mine),
    body(message),
    masked(message, actions),
    files(message.files ?? []),
    signs(message),
    choices(message.choices ?? []),
    sources(message.citations ?? []),
    footLine(message, actions));
}

function originLine(from, message, mine) {
  const name = mine ? "You" : message.author === "assistant" ? "" : message.name;
  return h("header", { class: "origin" },
    h("span", { class: `badge ${from.sort}`, text: from.words }),
    name ? h("bdi", { class: "name", text: name }) : null,
    message.notice ? h("span", { class: "dim", text: `notice: ${plain(message.notice).toLowerCase()}` }) : null,
    h("time", { class: "dim", datetime: new Date(message.at * 1000).toISOString(), title: full(message.at), text: clock(message.at) }),
    message.edited_at ? h("span", { class: "dim", title: full(message.edited_at), text: "edited" }) : null);
}

function body(message) {
  if (message.deleted) return h("div", { class: "body dim", text: "Deleted by its author." });
  if (!message.html) return message.text ? h("div", { class: "body text", dir: "auto", text: message.text }) : null;
  return h("div", { class: "body", dir: "auto" }, richText(message.html, { follow: message.author !== "customer" }));
}

/** Some of what was said is masked; a lead may look, which the conversation notes. */
function masked(message, actions) {
  if (!message.masked) return null;
  const note = h("span", { class: "dim", text: "Some of it is masked. " });
  if (!actions.original) return h("p", { class: "choices" }, note);
  const place = h("div", {});
  const look = button("Show what came", async () => {
    try {
      const found = await actions.original(message.id);
      place.replaceChildren(h("div", { class: "body text", dir: "auto", text: found.text }));
      look.remove();
    } catch (problem) {
      place.replaceChildren(h("p", { class: "problem", role: "alert", text: problem.message }));
    }
  }, { class: "small", title: "Your name is noted in the conversation" });
  return h("div", {}, h("p", { class: "choices" }, note, look), place);
}

function files(list) {
  if (!list.length) return null;
  return h("ul", { class: "files" }, list.map((file) => h("li", {}, fileLine(file))));
}

function signs(message) {
  const raw = message.raw ? safeLink(new URL(message.raw, location.origin).href) : null;
  const given = (message.reactions ?? []).map((one) => h("span", { class: "choice", title: full(one.at), text: one.unhelpful ? `${one.emoji} did not help` : one.emoji }));
  if (!raw && !given.length) return null;
  return h("p", { class: "choices" },
    given.length ? h("span", { class: "dim", text: "Reactions: " }) : null, given,
    raw ? link(raw, h("span", { text: "The message as it came" })) : null);
}

function fileLine(file) {
  const about = [file.content_type, size(file.size)].filter(Boolean).join(", ");
  const url = file.url ? safeLink(new URL(file.url, location.origin).href) : null;
  const name = h("bdi", { text: file.name || "file" });
  return [
    url ? link(url, name) : name,
    h("span", { class: "dim", text: ` ${about}${url ? "" : `${about ? ", " : ""}not available`}` }),
  ];
}

function choices(list) {
  if (!list.length) return null;
  return h("p", { class: "choices" },
    h("span", { class: "dim", text: "Buttons: " }),
    list.map((choice) => h("span", { class: "choice", text: typeof choice === "string" ? choice : choice.label })));
}

export function sources(list) {
  if (!list.length) return null;
  return h("details", { class: "sources" },
    h("summary", { text: list.length === 1 ? "1 source" : `${list.length} sources` }),
    h("ul", {}, list.map((source) => h("li", {}, sourceTitle(source),
      source.passage ? h("blockquote", { dir: "auto", text: source.passage }) : null))));
}

export function sourceTitle(source) {
  const url = safeLink(source.url);
  const title = source.title || source.url || "Untitled";
  return url ? link(url, title) : h("span", { text: title });
}

function footLine(message, actions) {
  const words = message.author === "customer" || message.kind === "note" ? "" : deliveryWords(message.delivery);
  const why = message.turn ? button("Why this?", () => actions.trace(message.turn), { class: "link" }) : null;
  const mend = message.turn && message.author === "assistant" && actions.correct ? button("Correct this", () => actions.correct(message.turn), { class: "link" }) : null;
  const parts = message.deliveries ?? [];
  const error = deliveryIsBad(message.delivery) ? parts.find((part) => part.error)?.error : null;
  if (!words && !why) return null;
  return h("footer", { class: "foot" },
    words ? h("span", { class: deliveryIsBad(message.delivery) ? "delivery failed" : "delivery", text: words }) : null,
    error ? h("span", { dir: "auto", text: error }) : null,
    parts.some((part) => part.possibly_duplicate) ? h("span", { text: "may have arrived twice" }) : null,
    why, mend);
}

const STATE = { waiting: "waits for the one before it", sending: "sending…", accepted: "sending…" };

function drawPending(item, actions) {
  const from = item.note ? origin({ kind: "note" }) : origin({ author: "staff" });
  const failed = item.state === "failed";
  return h("article", { class: `message ${from.sort} pending${failed ? " bad" : ""}` },
    h("header", { class: "origin" },
      h("span", { class: `badge ${from.sort}`, text: from.words }),
      h("bdi", { class: "name", text: "You" })),
    h("div", { class: "body text", dir: "auto", text: item.text }),
    item.files?.length ? h("ul", { class: "files" }, item.files.map((file) => h("li", {}, h("bdi", { text: file.name })))) : null,
    failed ? failure(item, actions) : h("footer", { class: "foot" }, h("span", { class: "delivery", text: STATE[item.state] })));
}

function failure(item, actions) {
  return h("div", { class: "failure", role: "alert" },
    h("p", {}, h("strong", { text: "Not sent. " }), item.why),
    h("p", { class: "buttons" },
      item.taken && !item.note
        ? button("Take over and send", () => actions.takeAndRetry(item.id), { class: "small primary" })
        : button("Try again", () => actions.retry(item.id), { class: "small primary" }),
      button("Edit", () => actions.edit(item.id), { class: "small" }),
      button("Discard", () => actions.discard(item.id), { class: "small" })));
}
