// Replies kept ready: a slash at the start of the reply opens a menu, and the keys choose from it.
import { button, h, openDialog } from "./dom.js";

const OPENS = /^\/([a-z0-9-]*)$/i;
const MOST = 8;

export class Slash {
  constructor({ api, field, lead, values, onPick }) {
    Object.assign(this, { api, field, lead, values, onPick });
    this.at = 0;
    this.found = [];
    this.list = h("ul", { role: "listbox", id: "slash", "aria-label": "Replies kept ready" });
    this.edits = button("Write and remove replies", () => this.edit(), { class: "link" });
    this.edits.addEventListener("mousedown", (event) => event.preventDefault());
    this.none = h("p", { class: "dim", text: "No reply is kept under this name." });
    this.box = h("div", { class: "slash", hidden: true }, this.list, this.none, this.edits);
    field.setAttribute("aria-controls", "slash");
    field.setAttribute("aria-autocomplete", "list");
  }

  get open() {
    return !this.box.hidden;
  }

  async typed() {
    const match = OPENS.exec(this.field.value);
    if (!match) return this.close();
    this.replies ??= this.load();
    const all = await this.replies;
    const now = OPENS.exec(this.field.value);
    if (!now) return this.close();
    const word = now[1].toLowerCase();
    const begins = all.filter((reply) => reply.name.startsWith(word));
    const holds = all.filter((reply) => !reply.name.startsWith(word) && reply.text.toLowerCase().includes(word));
    this.found = [...begins, ...holds].slice(0, MOST);
    this.at = 0;
    return this.draw();
  }

  async load() {
    try {
      return (await this.api.cannedReplies()).items;
    } catch {
      this.replies = undefined;
      return [];
    }
  }

  close() {
    this.box.hidden = true;
    this.field.removeAttribute("aria-activedescendant");
  }

  draw() {
    const items = this.found.map((reply, index) => h("li", {
      role: "option", id: `slash-${index}`, "aria-selected": String(index === this.at),
      on: { mousedown: (event) => { event.preventDefault(); this.pick(reply); } },
    }, h("strong", { text: `/${reply.name}` }), h("span", { class: "dim", dir: "auto", text: ` ${reply.text}` })));
    this.list.replaceChildren(...items);
    this.none.hidden = items.length > 0;
    this.edits.hidden = !this.lead;
    this.box.hidden = false;
    if (this.found.length) this.field.setAttribute("aria-activedescendant", `slash-${this.at}`);
  }

  /** Whether the key was meant for the menu. */
  key(event) {
    if (!this.open) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.found.length) {
      this.at = (this.at + step + this.found.length) % this.found.length;
      this.draw();
    } else if ((event.key === "Enter" || event.key === "Tab") && this.found.length && !event.ctrlKey && !event.metaKey) {
      this.pick(this.found[this.at]);
    } else if (event.key === "Escape") {
      this.close();
    } else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  pick(reply) {
    this.close();
    this.onPick(filled(reply.text, this.values()));
  }

  edit() {
    this.close();
    editReplies(this.api, () => { this.replies = undefined; });
  }
}

/** Variables by their values; one whose value is not known stays, so that it is seen. */
export function filled(text, values) {
  return text.replaceAll(/\{(\w+)\}/g, (hole, name) => values[name] || hole);
}

function editReplies(api, changed) {
  const list = h("ul", { class: "canned" });
  const name = h("input", { name: "name", maxlength: 40, pattern: "[a-z0-9][a-z0-9\\-]*", required: true, autocomplete: "off" });
  const text = h("textarea", { name: "text", rows: 4, maxlength: 4000, required: true });
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const form = h("form", { on: { submit: (event) => { event.preventDefault(); act(() => api.keepCanned(name.value, text.value)).then((done) => { if (done) form.reset(); }); } } },
    h("label", {}, "Name, typed after the slash", name),
    h("label", {}, "Reply", text),
    h("p", { class: "hint", text: "{customer}, {me}, {business} and {case} are filled in." }),
    h("p", { class: "buttons" }, h("button", { type: "submit", class: "primary", text: "Keep" })));

  async function act(work) {
    try {
      await work();
      problem.hidden = true;
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
      return false;
    }
    changed();
    await draw();
    return true;
  }

  async function draw() {
    const { items } = await api.cannedReplies();
    list.replaceChildren(...items.map((reply) => h("li", {},
      h("strong", { text: `/${reply.name}` }), h("span", { dir: "auto", text: ` ${reply.text} ` }),
      button("Change", () => { name.value = reply.name; text.value = reply.text; text.focus(); }, { class: "link" }),
      button("Remove", () => act(() => api.removeCanned(reply.id)), { class: "link" }))));
    if (!items.length) list.replaceChildren(h("li", { class: "dim", text: "None yet." }));
  }

  openDialog("Replies kept ready", [list, form, problem]);
  act(async () => {});
}
