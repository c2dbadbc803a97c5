// What every part of the knowledge pages shares: loading, saying what went wrong, asking first.
import { announce, button, confirmed, h } from "./dom.js";

export class Part {
  constructor({ root, api, lead, changed, wanted }) {
    Object.assign(this, { root, api, lead, changed, wanted });
    this.state = h("div", {});
  }

  /** Draws what stays: forms, headings, the place for what is loaded. */
  start() {
    this.root.replaceChildren(...this.frame(), this.state);
    this.state.replaceChildren(...skeleton());
  }

  async load() {
    try {
      this.draw(await this.read());
      this.shown = true;
    } catch (problem) {
      if (this.shown && problem.status === 0) return;
      this.state.replaceChildren(
        h("p", { class: "problem", role: "alert", text: problem.message }),
        button("Try again", () => this.load(), { class: "small" }));
    }
  }

  /** Does something to the knowledge; `done` is said to those who don't see the page change. */
  async act(path, body, done, place = this.state) {
    try {
      const answer = await this.api.call("POST", `/api/v1/knowledge/${path}`, body);
      announce(done);
      this.changed();
      return answer;
    } catch (problem) {
      place.querySelector(":scope > .problem")?.remove();
      place.prepend(h("p", { class: "problem", role: "alert", text: problem.message }));
      return null;
    }
  }

  async sure(title, words, verb, then) {
    if (await confirmed(title, words, verb)) await then();
  }
}

export function skeleton() {
  const bars = Array.from({ length: 3 }, () => h("div", { class: "skeleton", "aria-hidden": "true" }, h("i"), h("i"), h("i")));
  return [h("p", { class: "unseen", role: "status", text: "Loading…" }), ...bars];
}

export function empty(words, more) {
  return h("div", {}, h("p", { class: "empty", text: words }), h("p", { class: "dim", text: more }));
}

export function mark(words, sort = "") {
  return h("span", { class: "mark", "data-sort": sort, text: words });
}

export const AUDIENCES = { public: "Everybody", customers: "Customers", internal: "Staff only" };

/** The fields that every way of adding shares. */
export function aboutFields() {
  return [
    h("label", {}, "Who may be answered with it",
      h("select", { name: "audience" }, Object.entries(AUDIENCES).map(([value, text]) => h("option", { value, text })))),
    h("label", {}, "Language, if not said inside",
      h("select", { name: "language" }, ["", "en", "de", "fr", "es", "it", "pt", "nl"].map((value) => h("option", { value, text: value || "As written" })))),
    h("label", {}, "Who looks after it", h("input", { name: "owner", maxlength: 120, autocomplete: "off" })),
  ];
}

export function about(form) {
  const data = new FormData(form);
  const said = { audience: data.get("audience") };
  if (data.get("language")) said.language = data.get("language");
  if (data.get("owner").trim()) said.owner = data.get("owner").trim();
  return said;
}
