// Shows the record of a turn: why the assistant said what it said.
import { button, h, openDialog } from "./dom.js";
import { full } from "./time.js";
import { explained } from "./why.js";
import { plain } from "./words.js";

const DEEPEST = 6;
const LONG = 280;

export async function showTrace(api, turn) {
  const place = h("div", { class: "trace" });
  openDialog("Why the assistant said this", place, { look: "drawer" });
  await fill(place, api, turn);
}

async function fill(place, api, turn) {
  place.replaceChildren(h("p", { class: "dim", role: "status", text: "Loading…" }));
  try {
    place.replaceChildren(...arranged(await api.trace(turn)));
  } catch (problem) {
    place.replaceChildren(
      h("p", { class: "problem", role: "alert", text: problem.message }),
      button("Try again", () => fill(place, api, turn)));
  }
}

/** In words first; all that the record has, ids and counters included, is folded away. */
function arranged(turn) {
  return [...explained(turn), h("details", {}, h("summary", { text: "The whole record" }), value(turn, "", 0))];
}

function value(data, key, depth) {
  if (data === null || data === undefined || data === "") return h("span", { class: "dim", text: "none" });
  if (typeof data === "boolean") return h("span", { text: data ? "yes" : "no" });
  if (typeof data === "number") return h("span", { text: key.endsWith("_at") ? full(data) : String(Math.round(data * 1e4) / 1e4) });
  if (typeof data === "string") return words(data);
  if (depth >= DEEPEST) return words(JSON.stringify(data, null, 1));
  return Array.isArray(data) ? list(data, depth) : table(data, depth);
}

function words(text) {
  if (text.length <= LONG && !text.includes("\n")) return h("span", { dir: "auto", text });
  return h("details", {},
    h("summary", { text: `${text.slice(0, 80).replaceAll("\n", " ")}…` }),
    h("pre", { dir: "auto", text }));
}

function list(items, depth) {
  if (!items.length) return h("span", { class: "dim", text: "none" });
  return h("ol", {}, items.map((item) => h("li", {}, value(item, "", depth + 1))));
}

function isEmpty(data) {
  if (data === null || data === undefined || data === "") return true;
  return typeof data === "object" && !Object.keys(data).length;
}

function table(data, depth) {
  return h("dl", {}, Object.entries(data).filter(([, item]) => !isEmpty(item)).map(([key, item]) =>
    h("div", { class: item !== null && typeof item === "object" ? "nested" : "" },
      h("dt", { text: plain(key) }),
      h("dd", {}, value(item, key, depth + 1)))));
}
