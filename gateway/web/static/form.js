// A part of the settings as a form: a field for each key, what is changed in it, and the way to
// look at the changes and save them.
import { button, h } from "./dom.js";
import { Part, mark } from "./part.js";
import { review } from "./saving.js";

/** A field: the key, words, a hint and the control. */
export class Form extends Part {
  constructor(needs) {
    super(needs);
    this.page = needs.page;
    this.fields = [];
    this.bar = h("div", { class: "savebar", hidden: true });
    this.root.addEventListener("input", () => this.touched());
    this.root.addEventListener("click", () => setTimeout(() => this.touched()));
  }

  frame() {
    return this.lead ? [] : [h("p", { class: "hint", text: "Leads of the desk change this." })];
  }

  start() {
    super.start();
    this.root.append(this.bar);
  }

  /** What was begun is not overwritten by what others save. */
  async load() {
    if (this.shown && this.dirty) return;
    await super.load();
  }

  async read() {
    return this.page.state;
  }

  draw() {
    this.fields = this.sections().map((section) => this.made(section));
    this.state.replaceChildren(h("div", { class: "rows" }, this.fields.map(({ card }) => card)));
    this.touched();
  }

  made(section) {
    const { key, words, hint, control, yaml = false } = section;
    const own = this.page.key(key);
    const locked = own.locked || !this.lead;
    const made = control(own.value, { label: words });
    const field = { section, key, own, read: made.read, code: null };
    const place = h("div", { class: "rows" }, made.node);
    field.card = h("section", { class: "card field", data: locked ? { locked: "" } : {} },
      h("header", {}, h("h3", { text: words }), this.marks(own)),
      hint ? h("p", { class: "hint", text: hint }) : null,
      place,
      locked ? null : h("p", { class: "buttons" },
        yaml ? button("Edit as YAML", () => this.asYaml(field, place), { class: "link" }) : null,
        own.version ? button("As in config.yaml", () => this.reset(field), { class: "link" }) : null));
    if (locked) for (const one of place.querySelectorAll("input, textarea, select, button")) one.disabled = true;
    field.before = JSON.stringify(made.read());
    return field;
  }

  marks(own) {
    if (own.locked) return mark("Locked in config.yaml", "care");
    if (own.version) return mark(`Changed here, version ${own.version}`, "good");
    return own.written === null || own.written === undefined ? mark("As shipped") : mark("From config.yaml");
  }

  asYaml(field, place) {
    field.code = h("textarea", { class: "code", "aria-label": `${field.key} as YAML`, spellcheck: "false", text: field.own.yaml ?? "" });
    field.codeBefore = field.code.value;
    place.replaceChildren(field.code);
    field.code.focus();
  }

  changes() {
    const found = [];
    for (const { key, own, read, before, code, codeBefore } of this.fields) {
      if (code) {
        if (code.value !== codeBefore) found.push(code.value.trim() ? { key, yaml: code.value } : unset(key, own));
      } else {
        const value = read();
        if (JSON.stringify(value) !== before) found.push(value === null ? unset(key, own) : { key, value });
      }
    }
    return found;
  }

  touched() {
    if (!this.shown && !this.fields.length) return;
    const many = this.changes().length;
    this.dirty = many > 0;
    this.bar.hidden = !many || !this.lead;
    if (this.bar.dataset.many === String(many)) return;
    this.bar.dataset.many = many;
    this.bar.replaceChildren(
      button("Look at it and save", () => this.review(this.changes()), { class: "primary" }),
      button("Discard", () => this.discard()),
      h("span", { class: "dim", text: many === 1 ? "One setting is changed and not saved." : `${many} settings are changed and not saved.` }));
  }

  discard() {
    this.dirty = false;
    this.draw();
  }

  async review(changes) {
    if (await review(this.page, changes)) await this.saved();
  }

  /** Gives a key back to config.yaml; what was begun in other fields stays. */
  async reset(field) {
    if (!(await review(this.page, [{ key: field.key, reset: true }]))) return;
    this.page.news = null;
    await this.page.refresh();
    const fresh = this.made(field.section);
    field.card.replaceWith(fresh.card);
    this.fields.splice(this.fields.indexOf(field), 1, fresh);
    this.touched();
  }

  async saved() {
    this.dirty = false;
    this.page.news = null;
    await this.page.refresh();
    this.draw();
  }
}

/** Without a value: as shipped, also where config.yaml says something. */
export function unset(key, own) {
  return own.written === null || own.written === undefined ? { key, reset: true } : { key, value: null };
}
