// Every channel with its health and its switch, what could not be sent, and the desks behind them.
import { Desks } from "./desks.js";
import { Letters } from "./letters.js";
import { button, byId, confirmed, h, reconcile } from "./dom.js";
import { mark } from "./part.js";
import { openPlace } from "./place.js";
import { brief, full, tick } from "./time.js";
import { channelWords, plain } from "./words.js";

const STATES = { up: ["Up", "good"], standby: ["Standby", "good"], down: ["Down", "bad"] };
const MODES = { off: "people answer", shadow: "the assistant writes along", draft: "the assistant drafts", auto: "the assistant answers" };

class Channels {
  frame(place) {
    this.place = place;
    this.all = h("div", { class: "buttons" });
    this.cards = h("div", { class: "cards" });
    this.none = h("p", { class: "dim", hidden: true, text: "No channel is configured yet: add one under channels: in config.yaml, or run frontdesk init." });
    this.letters = new Letters(place);
    this.desks = new Desks();
    byId("panel").replaceChildren(
      h("section", { class: "section" }, h("header", {}, h("h2", { text: "Channels" }), h("p", { text: "What comes in and goes out, and who answers." })), this.all, this.none, this.cards),
      this.letters.root,
      this.desks.root);
  }

  draw({ channels, desks, letters }, place) {
    if (!this.place) this.frame(place);
    this.switchOfAll(channels.paused);
    this.none.hidden = channels.items.length > 0;
    const rows = channels.items.map((one) => ({ key: one.name, ...one, everywhere: Boolean(channels.paused) }));
    reconcile(this.cards, rows, (one) => this.channel(one));
    this.letters.draw(letters);
    this.desks.draw(desks, place.me);
    tick(document);
  }

  switchOfAll(paused) {
    const signature = JSON.stringify(paused);
    if (signature === this.shownSwitch) return;
    this.shownSwitch = signature;
    const words = paused ? h("p", { class: "problem" }, `The assistant is paused everywhere: ${paused.by}, `, h("time", { title: full(paused.since), text: brief(paused.since) }), ".") : null;
    const turn = this.mayTurn() ? button(paused ? "Resume everywhere" : "Pause the assistant everywhere", () => this.turn(null, paused), { class: "small" }) : null;
    this.all.replaceChildren(...[words, turn].filter(Boolean));
  }

  mayTurn() {
    return this.place.lead && this.place.writes;
  }

  async turn(channel, paused, card) {
    const where = channel ? `on ${channel}` : "on every channel";
    if (!paused && !(await confirmed(`Pause the assistant ${where}?`, "People get what customers write until somebody resumes it.", "Pause"))) return;
    await this.place.act(paused ? "resume" : "pause", channel ? { channel } : {}, paused ? "The pause is over." : `The assistant is paused ${where}.`, card);
  }

  channel(one) {
    const [words, sort] = STATES[one.state] ?? [plain(one.state), "care"];
    const card = h("article", { class: "card" },
      h("header", {}, h("h3", { text: one.name }),
        h("span", { class: "dim", text: channelWords("", one.kind) }),
        one.demo ? mark("Demo") : null,
        one.paused ? mark("Paused", "care") : null,
        h("span", { class: "mark light", "data-sort": sort, text: words })),
      one.state === "down" ? h("div", { class: "problem cause" }, h("p", { text: one.why ?? "No reason was given." }), one.mend ? h("p", { text: one.mend }) : null) : null,
      one.state === "standby" ? h("p", { class: "dim cause", text: "Another node receives; this one can send." }) : null,
      one.rests ? h("p", { class: "cause", text: rest(one.rests) }) : null,
      h("p", { class: "facts" },
        one.last_in_at ? h("span", {}, "Last message in ", h("time", { title: full(one.last_in_at), text: brief(one.last_in_at) })) : h("span", { text: "No message in lately" }),
        h("span", { text: `${one.waiting} to send` }),
        h("span", { class: one.dead ? "danger" : "", text: `${one.dead} failed` }),
        one.unreadable ? h("a", { href: "/desk", text: `${one.unreadable} unreadable` }) : null),
      h("p", { class: "facts" },
        h("span", { text: stage(one.rollout) }),
        h("span", { text: `Desk: ${one.desk}` }),
        h("span", { text: `Set up as in docs/channels/${one.kind}.md` })),
      Object.keys(one.intents).length ? h("dl", { class: "routing" }, Object.entries(one.intents).map(([intent, its]) => [h("dt", { text: intent }), h("dd", { text: stage(its) })])) : null);
    if (this.mayTurn()) card.append(h("p", { class: "buttons" },
      button(one.paused ? `Resume ${one.name}` : `Pause ${one.name}`, () => this.turn(one.name, one.paused, card), { class: "small" })));
    if (one.paused) card.append(h("p", { class: "dim cause" }, `Paused by ${one.paused.by}, `, h("time", { title: full(one.paused.since), text: brief(one.paused.since) })));
    return card;
  }
}

function rest({ until, why }) {
  const long = until ? `until ${full(until)}` : "until somebody resumes it";
  return `Nothing is sent ${long}${why ? `: ${why}` : ""}.`;
}

function stage({ mode, off_hours_only }) {
  return `${mode}: ${MODES[mode] ?? mode}${off_hours_only ? ", off hours only" : ""}`;
}

async function read(api) {
  const [channels, desks, failed, uncertain] = await Promise.all([
    api.call("GET", "/api/v1/channels"),
    api.call("GET", "/api/v1/desks"),
    api.call("GET", "/api/v1/deliveries?state=failed&limit=25"),
    api.call("GET", "/api/v1/deliveries?state=uncertain&limit=25"),
  ]);
  const letters = [...failed.items, ...uncertain.items].sort((a, b) => b.created_at - a.created_at);
  return { channels, desks: desks.items, letters: { items: letters, more: Boolean(failed.next || uncertain.next) } };
}

const channels = new Channels();
openPlace({ title: "Channels", read, draw: (data, place) => channels.draw(data, place) });
