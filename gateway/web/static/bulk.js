// Several conversations at once: rows are ticked, and their cases closed after one question.
import { announce, button, confirmed, h } from "./dom.js";

const MOST = 50;

export class Bulk {
  constructor({ api, root, onChange, onDone }) {
    Object.assign(this, { api, root, onChange, onDone });
    this.picked = new Map();
    this.on = false;
    this.draw();
  }

  toggle() {
    this.on = !this.on;
    this.picked.clear();
    this.problem = "";
    this.draw();
    this.onChange();
  }

  /** Only what is still shown can be closed: nobody closes what they do not see. */
  keep(items) {
    const shown = new Map(items.map((item) => [item.id, item]));
    for (const id of [...this.picked.keys()]) {
      if (shown.has(id)) this.picked.set(id, shown.get(id));
      else this.picked.delete(id);
    }
    this.draw();
  }

  pick(item, picked) {
    if (picked && this.picked.size < MOST) this.picked.set(item.id, item);
    else this.picked.delete(item.id);
    this.draw();
  }

  draw() {
    const many = this.picked.size;
    const items = [button(this.on ? "Leave it" : "Select several", () => this.toggle(), { class: "small", "aria-pressed": String(this.on) })];
    if (this.on) {
      items.push(h("button", {
        type: "button", class: "small primary", disabled: many === 0, on: { click: () => this.resolve() },
        text: many ? `Resolve ${many}` : "Resolve",
      }));
    }
    if (this.problem) items.push(h("p", { class: "problem", role: "alert", text: this.problem }));
    const focused = this.root.contains(document.activeElement);
    this.root.replaceChildren(...items);
    if (focused) this.root.querySelector("button")?.focus();
  }

  async resolve() {
    const chosen = [...this.picked.values()];
    const words = `${chosen.length === 1 ? "One case is" : `${chosen.length} cases are`} closed. Who writes again begins a new one.`;
    if (!chosen.length || !(await confirmed("Resolve these cases?", words, "Resolve"))) return;
    try {
      const asked = chosen.map(({ id, epoch }) => ({ conversation: id, epoch }));
      const { items } = await this.api.resolveAll(crypto.randomUUID(), asked);
      this.told(items);
    } catch (problem) {
      this.problem = problem.message;
    }
    this.draw();
    this.onDone();
  }

  told(items) {
    const left = items.filter((item) => !item.done);
    for (const item of items) if (item.done) this.picked.delete(item.conversation);
    announce(`${items.length - left.length} resolved.`);
    this.problem = left.length ? `${left.length} not resolved: ${left[0].why}` : "";
  }
}
