// What narrows the list: words, tag, outcome, reason, rating, how sure the assistant was, the order.
import { button, h } from "./dom.js";
import { REASONS, plain } from "./words.js";

const WAIT_MS = 250;
const OUTCOMES = { "": "Any outcome", staff: "Closed by staff", silent: "Ended quietly" };
const RATINGS = { "": "Any rating", low: "Below 3", any: "Rated at all", 1: "1", 2: "2", 3: "3", 4: "4", 5: "5" };
const SURENESS = { "": "However sure", 0.5: "Less than 50 % sure", 0.7: "Less than 70 % sure", 0.9: "Less than 90 % sure" };
const ORDERS = { "": "Newest first", waiting: "Waiting longest first" };

export class Filters {
  constructor({ api, root, onChange }) {
    Object.assign(this, { api, root, onChange });
    this.tags = select("tag", "Tag", { "": "Any tag" });
    this.search = h("input", { type: "search", name: "find", maxlength: 120, autocomplete: "off", placeholder: "Words, a name, an address" });
    this.form = h("form", { on: { submit: (event) => event.preventDefault(), input: () => this.changed(), change: () => this.changed() } },
      h("label", {}, "Find", this.search),
      select("outcome", "Outcome", OUTCOMES),
      select("rule", "Reason", { "": "Any reason", ...REASONS }),
      select("rating", "Rating", RATINGS),
      select("confidence_below", "Sure", SURENESS),
      this.tags,
      select("order", "Order", ORDERS),
      h("p", { class: "hint", text: "Words are found about half a minute after a conversation has gone quiet." }),
      button("Show everything", () => this.clear(), { class: "small" }));
    this.summary = h("summary", { text: "Search and filter" });
    this.box = h("details", { on: { toggle: () => this.opened() } }, this.summary, this.form);
    root.append(this.box);
  }

  /** The parameters that are set. */
  get wanted() {
    const given = [...new FormData(this.form)].map(([name, value]) => [name, value.trim()]);
    return Object.fromEntries(given.filter(([, value]) => value));
  }

  changed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), WAIT_MS);
  }

  tell() {
    const many = Object.keys(this.wanted).length;
    this.summary.textContent = many ? `Search and filter (${many} set)` : "Search and filter";
    this.onChange();
  }

  clear() {
    this.form.reset();
    this.tell();
    this.search.focus();
  }

  focus() {
    this.box.open = true;
    this.search.focus();
  }

  async opened() {
    if (!this.box.open) return;
    try {
      const { items } = await this.api.tags();
      const field = this.tags.querySelector("select");
      const chosen = field.value;
      field.replaceChildren(...options({ "": "Any tag", ...Object.fromEntries(items.map((tag) => [tag, tag])) }));
      field.value = items.includes(chosen) ? chosen : "";
    } catch {
      // Without them everything else can be chosen all the same.
    }
  }
}

function select(name, words, values) {
  return h("label", {}, words, h("select", { name }, options(values)));
}

function options(values) {
  const keys = Object.keys(values).sort((one, other) => (one === "" ? -1 : other === "" ? 1 : 0));
  return keys.map((value) => h("option", { value, text: values[value] || plain(value) }));
}
