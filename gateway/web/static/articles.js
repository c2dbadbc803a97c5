// The articles: finding one, reading it as the assistant does, publishing it, taking it out.
import { button, h, openDialog, reconcile } from "./dom.js";
import { Editor } from "./editor.js";
import { AUDIENCES, Part, empty, mark } from "./part.js";
import { brief } from "./time.js";
import { drawSource, drawVersions } from "./earlier.js";

const WAIT_MS = 250;
const STATES = { all: "All", draft: "Drafts", review: "Review due", conflict: "In a conflict", source: "Changed at their source" };

export class Articles extends Part {
  frame() {
    this.list = h("ul", { class: "found" });
    this.more = button("Show more", () => { this.pages += 1; this.load(); }, { class: "wide" });
    this.pages = 1;
    this.query = h("input", { type: "search", placeholder: "Title or id", maxlength: 200, on: { input: () => this.later() } });
    this.which = h("select", { on: { change: () => this.again() } }, Object.entries(STATES).map(([value, text]) => h("option", { value, text })));
    return [h("div", { class: "form" },
      h("label", {}, "Find an article", this.query),
      h("label", {}, "Show", this.which),
      this.lead ? button("Write an article", () => this.write(), { class: "primary" }) : null)];
  }

  start() {
    super.start();
    if (this.wanted === "new") this.write();
    else if (this.wanted) this.open(this.wanted);
  }

  /** A new article, or another text for one. */
  write(article = null) {
    const editor = new Editor({
      api: this.api, article, onSaved: ({ id }) => { dialog.close(); this.changed(); this.open(id); },
    });
    const buttons = h("p", { class: "buttons" },
      button("Save", () => editor.save(), { class: "primary" }),
      button("Preview", () => editor.preview()),
      article ? null : button("Save as a draft", () => editor.save({ draft: true })));
    const dialog = openDialog(article ? "Edit the article" : "Write an article", [editor.element, buttons], { look: "drawer wide", leave: "Cancel" });
    editor.fields[article ? "body" : "title"].focus();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.again(), WAIT_MS);
  }

  again() {
    this.pages = 1;
    return this.load();
  }

  async read() {
    const asked = [this.query.value.trim(), this.which.value];
    const items = [];
    let cursor = null;
    for (let page = 0; page < this.pages; page += 1) {
      const query = new URLSearchParams({ state: asked[1] });
      if (asked[0]) query.set("q", asked[0]);
      if (cursor) query.set("cursor", cursor);
      const part = await this.api.call("GET", `/api/v1/knowledge/articles?${query}`);
      items.push(...part.items);
      cursor = part.next;
      if (!cursor) break;
    }
    return { items, next: cursor, asked };
  }

  draw({ items, next, asked }) {
    if (asked[0] !== this.query.value.trim() || asked[1] !== this.which.value) return;
    if (!items.length) {
      const all = !asked[0] && asked[1] === "all";
      this.state.replaceChildren(all
        ? empty("No articles yet.", "Add some under Sources.")
        : empty("No article fits.", "Look for another word, or show all."));
      return;
    }
    if (this.list.parentElement !== this.state) this.state.replaceChildren(this.list, this.more);
    this.more.hidden = !next;
    reconcile(this.list, items.map((item) => ({ ...item, key: item.id })), (item) => this.row(item));
  }

  row(item) {
    return h("li", {}, h("button", { type: "button", class: "article", on: { click: () => this.open(item.id) } },
      h("strong", { dir: "auto", text: item.title }),
      h("span", { class: "facts" }, marks(item), h("span", { text: item.id }),
        item.language ? h("span", { text: item.language }) : null,
        h("span", { text: item.format }),
        item.owner ? h("span", { text: item.owner }) : null,
        h("span", { text: `changed ${brief(item.changed_at ?? item.added_at)}` }))));
  }

  async open(id) {
    const place = h("div", { class: "opened" }, h("p", { class: "dim", text: "Loading…" }));
    const dialog = openDialog("Article", place, { look: "drawer" });
    try {
      const item = await this.api.call("GET", `/api/v1/knowledge/article?${new URLSearchParams({ id })}`);
      place.replaceChildren(...this.page(item, dialog).filter(Boolean));
    } catch (problem) {
      place.replaceChildren(h("p", { class: "problem", role: "alert", text: problem.message }));
    }
  }

  page(item, dialog) {
    return [
      h("h3", { dir: "auto", text: item.title }),
      h("p", { class: "facts" }, marks(item),
        h("span", { text: AUDIENCES[item.audience] ?? item.audience }),
        item.review_by ? h("span", { text: `Review by ${item.review_by}` }) : null,
        h("span", { text: `From ${item.place}` }),
        h("span", { text: `${item.passages.length} passages` })),
      drawSource(item, this.lead ? (keep) => this.leave(dialog, "decide", { id: item.id, edition: item.edition, source: item.source.edition, keep, request: crypto.randomUUID() }, "Decided.") : null),
      item.url ? h("p", {}, h("a", { href: safe(item.url), rel: "noreferrer noopener", target: "_blank", text: item.url })) : null,
      this.lead ? this.buttons(item, dialog) : null,
      drawVersions(this.api, item, this.lead ? (number) => this.leave(dialog, "restore", { id: item.id, edition: item.edition, number, request: crypto.randomUUID() }, "It says that again.") : null),
      h("pre", { class: "body", dir: "auto", text: item.body }),
    ];
  }

  async leave(dialog, path, body, done) {
    if (await this.act(`articles/${path}`, body, done, dialog.querySelector(".dialog-body"))) dialog.close();
  }

  buttons(item, dialog) {
    const leave = (path, done) => this.leave(dialog, path, { id: item.id }, done);
    return h("p", { class: "buttons" },
      button("Edit", () => { dialog.close(); this.write(item); }, { class: "small" }),
      item.draft ? button("Publish", () => leave("publish", "Published."), { class: "primary small" }) : null,
      item.draft ? null : button("Make it a draft", () => leave("unpublish", "It no longer answers."), { class: "small" }),
      button("Remove", () => this.sure("Remove this article?", "It will no longer answer. Where its source still has it, it comes back when that is read again; make it a draft instead.", "Remove", () => leave("remove", "Removed.")), { class: "small" }));
  }
}

function marks(item) {
  return [
    item.draft ? mark("Draft: does not answer", "care") : null,
    item.audience === "public" ? null : mark(AUDIENCES[item.audience] ?? item.audience),
    item.ours && item.origin !== "desk" ? mark("Edited here") : null,
    item.guide ? mark("Guide") : null,
    item.demo ? mark("Demo") : null,
    item.overdue ? mark("Review due", "care") : null,
  ];
}

/** Only what a browser may open. */
function safe(url) {
  return /^https?:\/\//.test(url) ? url : "#";
}
