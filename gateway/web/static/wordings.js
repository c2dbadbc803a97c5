// The texts: what the gateway says by itself, in each language and on each channel, as shipped or in
// the business's own words.
import { button, h } from "./dom.js";
import { select } from "./fields.js";
import { Form, unset } from "./form.js";
import { OCCASIONS } from "./occasions.js";
import { mark } from "./part.js";
import { plain } from "./words.js";

const MOST = 300;

export class Wordings extends Form {
  frame() {
    const { spoken, channels } = this.page.choices;
    this.language = spoken[0];
    this.channel = "";
    this.drafts = new Map();
    this.list = h("div", { class: "rows" });
    const language = select([...spoken.map((one) => [one, one]), ["*", "all languages"]], this.language, "Language", { on: { change: () => { this.language = language.value; channel.disabled = this.language === "*"; if (channel.disabled) { this.channel = ""; channel.value = ""; } this.again(); } } });
    const channel = select([["", "all channels"], ...channels.map(({ name }) => [name, name])], "", "Channel", { on: { change: () => { this.channel = channel.value; this.again(); } } });
    this.search = h("input", { type: "search", placeholder: "Find a text", "aria-label": "Find a text", on: { input: () => this.filter() } });
    return [...super.frame(), h("div", { class: "card" },
      h("p", { class: "hint", text: "What the gateway says by itself. {…} is filled in; […] is left out where a value in it is not known. A text has at most 300 characters." }),
      h("div", { class: "row" }, h("label", {}, "In ", language), h("label", {}, "On ", channel), h("label", { class: "grow" }, "Find", this.search)))];
  }

  async again() {
    this.shown = false;
    await this.load();
  }

  async load() {
    if (this.shown && this.dirty) return;
    await super.load();
  }

  async read() {
    const asked = new URLSearchParams({ language: this.language === "*" ? this.page.choices.spoken[0] : this.language });
    if (this.channel) asked.set("channel", this.channel);
    return (await this.api.call("GET", `/api/v1/settings/texts?${asked}`)).items;
  }

  draw(items = this.items) {
    this.items = items;
    this.state.replaceChildren(this.list);
    this.list.replaceChildren(...items.map((item) => this.text(item)));
    this.filter();
    this.shown = true;
    this.touched();
  }

  filter() {
    const wanted = this.search.value.trim().toLowerCase();
    for (const card of this.list.children) card.hidden = !card.textContent.toLowerCase().includes(wanted) && !card.querySelector("[data-changed]");
  }

  get place() {
    return this.channel ? `${this.language}/${this.channel}` : this.language;
  }

  text(item) {
    const own = this.page.key(`business.texts.${item.key}`);
    const words = this.drafts.get(item.key)?.[this.place] ?? item.own[this.place] ?? "";
    const locked = own.locked || !this.lead;
    const count = h("span", { class: "count-of" });
    const box = h("textarea", { "aria-label": `Your words for ${item.key}`, placeholder: item.shipped, disabled: locked, maxlength: 2000, text: words });
    const changed = () => {
      this.drafts.set(item.key, { ...this.drafts.get(item.key), [this.place]: box.value });
      measure();
    };
    const measure = () => {
      const length = box.value.replace(/\s*‹[^‹›]*›/g, "").trim().length;
      count.textContent = `${length} of ${MOST}`;
      if (length > MOST) count.dataset.over = "";
      else delete count.dataset.over;
    };
    box.addEventListener("input", changed);
    measure();
    const put = (value) => { box.setRangeText(`{${value}}`, box.selectionStart, box.selectionEnd, "end"); box.focus(); changed(); this.touched(); };
    return h("details", { class: "card wording field" },
      h("summary", {},
        h("span", { class: "chips" }, h("strong", { text: OCCASIONS[item.key] ?? plain(item.key) }), h("code", { class: "dim", text: item.key }), Object.keys(item.own).length ? mark("Your words", "good") : null, own.locked ? mark("Locked in config.yaml", "care") : null, locked ? null : h("span", { class: "change", text: "Change" })),
        h("span", { class: "said", dir: "auto", text: item.said })),
      h("div", { class: "inside" },
        h("p", { class: "hint" }, "Shipped: ", h("span", { dir: "auto", text: item.shipped })),
        h("label", {}, `Your words (${this.language === "*" ? "all languages" : this.language}${this.channel ? `, ${this.channel}` : ""})`, box),
        h("div", { class: "chips" }, count,
          locked ? null : [...item.values, ...(item.values.includes("business") ? [] : ["business"])].map((value) => button(`{${value}}`, () => put(value), { class: "small" })),
          item.buttons ? h("span", { class: "dim", text: `Buttons may be worded behind the text: ${"‹…›".repeat(item.buttons)}` }) : null,
          !locked && words ? button("As shipped", () => { box.value = ""; changed(); this.touched(); }, { class: "link" }) : null)));
  }

  changes() {
    const found = [];
    for (const [key, places] of this.drafts) {
      const item = this.items.find((one) => one.key === key);
      const own = { ...item.own, ...places };
      const kept = Object.entries(own).filter(([, words]) => words.trim());
      if (same(Object.fromEntries(kept), item.own)) continue;
      const name = `business.texts.${key}`;
      found.push(kept.length ? { key: name, value: nested(kept) } : unset(name, this.page.key(name)));
    }
    return found;
  }

  discard() {
    this.drafts.clear();
    super.discard();
  }

  async saved() {
    this.drafts.clear();
    this.dirty = false;
    this.page.news = null;
    await this.page.refresh();
    await this.again();
  }
}

function same(one, other) {
  const sorted = (found) => JSON.stringify(Object.entries(found).sort());
  return sorted(one) === sorted(other);
}

/** By language, and in a language by channel; one wording for all stands alone. */
function nested(places) {
  if (places.length === 1 && places[0][0] === "*") return places[0][1].trim();
  const found = {};
  for (const [place, words] of places) {
    const [language, channel = "*"] = place.split("/");
    found[language] = { ...found[language], [channel]: words.trim() };
  }
  for (const [language, inner] of Object.entries(found)) {
    if (Object.keys(inner).join() === "*") found[language] = inner["*"];
  }
  return found;
}
