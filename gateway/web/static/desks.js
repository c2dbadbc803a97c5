// The desks: where each is told, who is on it, what goes where, and whether staff see it.
import { h, reconcile } from "./dom.js";
import { mark } from "./part.js";
import { span } from "./time.js";
import { channelWords } from "./words.js";

const WAYS = { by_topic: "Topic", by_tier: "Tier", by_language: "Language", by_channel: "Channel" };

export class Desks {
  constructor() {
    this.cards = h("div", { class: "cards" });
    this.root = h("section", { class: "section" },
      h("header", {}, h("h2", { text: "Desks" }), h("p", {}, "Who gets which handoffs, and what is promised: ", h("a", { href: "/desk/settings#desks", text: "Settings" }), ".")), this.cards);
  }

  draw(items) {
    reconcile(this.cards, items.map((one) => ({ key: one.name, ...one })), desk);
  }
}

function desk(one) {
  const where = one.channel ? `${channelWords("", one.kind) || one.channel}, ${one.chat}` : "On this web desk";
  return h("article", { class: "card" },
    h("header", {}, h("h3", { text: one.name }), h("span", { class: "dim", text: where }), health(one)),
    trouble(one),
    h("dl", { class: "routing" }, rows(one).map(([name, words]) => [h("dt", { text: name }), h("dd", { text: words })])));
}

function health({ alarms, lost }) {
  if (alarms) return h("span", { class: "mark light", "data-sort": "bad", text: "Not seen" });
  return h("span", { class: "mark light", "data-sort": lost ? "care" : "good", text: lost ? "Was in trouble" : "Well" });
}

function trouble({ alarms, lost, opening, why }) {
  const words = [
    alarms ? `${alarms === 1 ? "One conversation is" : `${alarms} conversations are`} not seen there: ${why}. They stand in the inbox.` : "",
    lost ? `${lost === 1 ? "One thread" : `${lost} threads`} could not be opened, or went away, in seven days.` : "",
    opening ? `${opening === 1 ? "One thread is" : `${opening} threads are`} being opened.` : "",
  ].filter(Boolean);
  return words.length ? h("div", { class: alarms ? "problem cause" : "cause dim" }, words.map((text) => h("p", { text }))) : null;
}

function rows(one) {
  const ways = Object.entries(WAYS).flatMap(([key, name]) => Object.entries(one[key]).map(([value, chat]) => [`${name} ${value}`, chat]));
  return [
    ["Customers of", one.channels.join(", ") || "no channel"],
    ...ways,
    ["On duty", one.on_duty ?? "nobody is called"],
    one.first_answer ? ["Promises", `a first answer within ${span(one.first_answer)}${one.escalate_to ? `, then to ${one.escalate_to}` : ""}`] : null,
    one.channel ? ["Customers get", one.marked_only ? "only what begins with >>" : "what the owner writes"] : null,
    ["On it", people(one.staff)],
  ].filter(Boolean);
}

function people(staff) {
  const names = staff.map(({ name, away }) => (away ? `${name} (away)` : name));
  return names.join(", ") || "nobody has linked an account";
}
