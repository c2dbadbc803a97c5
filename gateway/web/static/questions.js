// Questions whose right answer somebody said, and how many are answered rightly now and before.
import { announce, button, h } from "./dom.js";

const PATH = "/api/v1/knowledge/questions";
const PATIENCE_MS = 310_000;
const verdict = (right) => (right === null ? "not asked yet" : right ? "right" : "wrong");

export class Questions {
  constructor(api, lead) {
    Object.assign(this, { api, lead });
    this.list = h("ul", {});
    this.told = h("p", { class: "dim", role: "status" });
    this.run = lead ? button("Ask them all again", () => this.again(), { class: "small" }) : null;
    this.element = h("section", { class: "card" }, h("h3", { text: "Questions whose answer is known" }), this.told, this.run, this.list);
  }

  async load() {
    try {
      const { items } = await this.api.call("GET", PATH);
      if (this.run) this.run.hidden = !items.length;
      const asked = items.filter((one) => one.right_now !== null);
      this.told.textContent = !items.length ? "None yet. Try a question, and keep it with what would be right."
        : asked.length ? `${asked.filter((one) => one.right_now).length} of ${items.length} are right.` : `${items.length}, not asked again yet.`;
      this.list.replaceChildren(...items.map((one) => this.line(one)));
    } catch (problem) {
      this.told.textContent = problem.message;
    }
  }

  line(one) {
    const before = one.right_before === null ? "" : `, ${verdict(one.right_before)} before`;
    return h("li", {},
      h("span", { dir: "auto", text: one.question }),
      h("span", { class: "dim", text: ` ${one.document ?? "a person"}: ${verdict(one.right_now)}${before} ` }),
      this.lead ? button("Remove", () => this.remove(one.id), { class: "link", "aria-label": `Remove: ${one.question}` }) : null);
  }

  async again() {
    this.run.disabled = true;
    this.told.textContent = "Asking…";
    try {
      const { total, asked, right, before } = await this.api.call("POST", `${PATH}/run`, {}, PATIENCE_MS);
      await this.load();
      const rest = asked < total ? ` There was no time for ${total - asked} more; ask again, and they come first.` : "";
      this.told.textContent = `${right} of ${asked} are right; before it were ${before}.${rest}`;
    } catch (problem) {
      this.told.textContent = problem.message;
    } finally {
      this.run.disabled = false;
    }
  }

  async remove(id) {
    try {
      await this.api.call("POST", `${PATH}/${id}/remove`, {});
      await this.load();
    } catch (problem) {
      announce(problem.message);
    }
  }
}
