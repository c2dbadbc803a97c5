// Writing an article: its text, what is said of it, how it looks, and who was faster.
import { announce, button, h } from "./dom.js";
import { drawDifference } from "./difference.js";
import { AUDIENCES } from "./part.js";
import { richText } from "./richtext.js";

const LANGUAGES = ["", "en", "de", "fr", "es", "it", "pt", "nl"];
const BLANK = { id: null, edition: null, title: "", body: "", url: null, audience: "public", language: null, owner: null, review_by: null, guide: false, marks: [] };

/** The form for one article, or for a new one where `article` is nothing. `onSaved` gets the id. */
export class Editor {
  constructor({ api, article, onSaved, onChange = () => {} }) {
    this.api = api;
    this.onSaved = onSaved;
    this.request = crypto.randomUUID();
    this.fields = {
      title: h("input", { name: "title", required: true, maxlength: 300, autocomplete: "off" }),
      body: h("textarea", { name: "text", rows: 14, required: true, spellcheck: "true" }),
      audience: h("select", { name: "audience" }, Object.entries(AUDIENCES).map(([value, text]) => h("option", { value, text }))),
      language: h("select", { name: "language" }),
      owner: h("input", { name: "owner", maxlength: 120, autocomplete: "off" }),
      url: h("input", { name: "url", type: "url", maxlength: 2048, placeholder: "https://…" }),
      review_by: h("input", { name: "review_by", type: "date" }),
      why: h("input", { name: "why", maxlength: 500, autocomplete: "off", placeholder: "For whoever looks at the versions" }),
    };
    this.note = h("div", {});
    this.shown = h("div", { "aria-live": "polite" });
    this.element = this.build();
    this.element.addEventListener("input", () => {
      // Another text is another request; a repeated one must be the same.
      this.request = crypto.randomUUID();
      onChange();
    });
    this.fill(article ?? BLANK);
  }

  build() {
    const { title, body, audience, language, owner, url, review_by: until, why } = this.fields;
    return h("form", { class: "editor", on: { submit: (event) => { event.preventDefault(); this.save(); } } },
      h("label", {}, "Title", title),
      h("label", {}, "Text, in Markdown", body),
      h("p", { class: "hint", text: "One question a heading, in the words of customers; the answer in the first sentence below it." }),
      h("details", { class: "about" }, h("summary", { text: "Who it is for, and who looks after it" }),
        h("div", { class: "form" },
          h("label", {}, "Who may be answered with it", audience),
          h("label", {}, "Language", language),
          h("label", {}, "Who looks after it", owner),
          h("label", {}, "Good until", until),
          h("label", { class: "whole" }, "Address that the source links to", url))),
      h("label", {}, "Why it changes", why),
      this.note, this.shown);
  }

  /** Puts an article into the form; what was typed is gone. */
  fill(article) {
    this.article = article;
    const { fields } = this;
    const languages = [...new Set([...LANGUAGES, article.language ?? ""])];
    fields.language.replaceChildren(...languages.map((value) => h("option", { value, text: value || "Not said" })));
    fields.title.value = article.title;
    fields.body.value = article.body;
    for (const name of ["audience", "language", "owner", "url", "review_by"]) fields[name].value = article[name] ?? "";
    this.note.replaceChildren();
    this.shown.replaceChildren();
    this.request = crypto.randomUUID();
  }

  /** What the API takes. */
  text() {
    const { fields, article } = this;
    const said = { title: fields.title.value, text: fields.body.value, audience: fields.audience.value, guide: article.guide, marks: article.marks };
    for (const name of ["language", "owner", "url", "review_by"]) {
      const value = fields[name].value.trim();
      if (value) said[name] = value;
    }
    if (article.id) Object.assign(said, { id: article.id, edition: article.edition });
    return said;
  }

  async preview() {
    if (!this.element.reportValidity()) return;
    try {
      const { passages, count } = await this.api.call("POST", "/api/v1/knowledge/articles/preview", this.text());
      const left = count - passages.length;
      this.shown.replaceChildren(h("section", { class: "preview" },
        h("h3", { text: count === 1 ? "One passage answers" : `${count} passages answer` }),
        passages.map((one) => h("article", { class: "passage" },
          h("p", { class: "dim", dir: "auto", text: one.title }),
          h("div", { class: "rich", dir: "auto" }, richText(one.html, { follow: false })))),
        left > 0 ? h("p", { class: "dim", text: `And ${left} more.` }) : null));
      this.note.replaceChildren();
    } catch (problem) {
      this.refused(problem);
    }
  }

  async save({ draft = false } = {}) {
    if (!this.element.reportValidity()) return null;
    try {
      const body = { ...this.text(), request: this.request, why: this.fields.why.value, draft_only: draft };
      const saved = await this.api.call("POST", "/api/v1/knowledge/articles/write", body);
      announce("Saved. It answers within ten seconds.");
      this.onSaved(saved);
      return saved;
    } catch (problem) {
      this.refused(problem);
      return null;
    }
  }

  /** Somebody was faster: both are shown, and the second save is a decision. */
  refused(problem) {
    const { edition, difference } = problem.fields ?? {};
    const moved = problem.status === 409 && edition;
    this.note.replaceChildren(h("div", { class: "problem", role: "alert" }, h("p", { text: problem.message }),
      moved ? h("p", { class: "buttons" }, button("Save mine over it", () => this.over(edition), { class: "small" })) : null));
    if (moved) this.shown.replaceChildren(h("h3", { text: "What it says now, against yours" }), drawDifference(difference));
  }

  over(edition) {
    this.article = { ...this.article, edition };
    return this.save();
  }
}
