// The history of the settings: who changed what, when and why, and the way back.
import { button, h } from "./dom.js";
import { Part, empty, mark } from "./part.js";
import { changed, review } from "./saving.js";
import { brief, full } from "./time.js";

export class Versions extends Part {
  constructor(needs) {
    super(needs);
    this.page = needs.page;
  }

  frame() {
    return [h("p", { class: "hint", text: "Every change is a version, and none is lost. To take one back makes another version with what was before it." })];
  }

  async read() {
    return this.api.call("GET", "/api/v1/settings/versions");
  }

  draw({ items, next }) {
    if (!items.length) {
      this.state.replaceChildren(empty("Nothing was changed on the desk yet.", "What is in force is config.yaml’s."));
      return;
    }
    this.list = h("div", { class: "rows" }, items.map((item) => this.card(item)));
    this.state.replaceChildren(this.list, this.more(next));
  }

  more(next) {
    if (!next) return "";
    const older = h("p", { class: "buttons" }, button("Older", async () => {
      const found = await this.api.call("GET", `/api/v1/settings/versions?before=${next}`);
      this.list.append(...found.items.map((item) => this.card(item)));
      older.replaceWith(this.more(found.next));
    }));
    return older;
  }

  card(item) {
    return h("section", { class: "card version" },
      h("header", {},
        h("h3", {}, `Version ${item.number}: `, h("bdi", { text: item.why })),
        item.undoes ? mark(`Takes back ${item.undoes}`) : null,
        item.left_out ? mark("Not in force here", "bad") : null),
      h("p", { class: "facts" }, h("span", { text: item.by }), h("time", { title: full(item.at), text: brief(item.at) })),
      h("details", {}, h("summary", { text: Object.keys(item.changes).join(", ") }), changed(item.changes, this.page, item.before)),
      this.lead ? h("p", { class: "buttons" }, button("Take back", () => this.undo(item.number), { class: "small" })) : null);
  }

  async undo(number) {
    if (!(await review(this.page, [], number))) return;
    await this.page.refresh();
    await this.load();
  }
}
