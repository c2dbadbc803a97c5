// Correcting an answer: why it was said, the article behind it, and what would be said instead, to
// the same question and to others like it. From the answer to "saved" it takes four presses.
import { announce, button, h, openDialog } from "./dom.js";
import { Editor } from "./editor.js";
import { reasonWords } from "./words.js";

const PATH = "/api/v1/knowledge";
// A model may take its time with each question, twice.
const PATIENCE_MS = 100_000;
const KINDS = {
  reply: "Answers", clarify: "Asks back", hand_over: "Calls a person", draft: "Drafts for a person", silent: "Says nothing",
  propose_action: "Proposes an action",
};

const WORDLESS = { hand_over: "Says that a person will answer." };

export async function correct(api, turn) {
  const place = h("div", { class: "correcting" }, h("p", { class: "dim", role: "status", text: "Loading…" }));
  const dialog = openDialog("Correct this answer", place, { look: "drawer wide" });
  try {
    const answer = await api.call("GET", `${PATH}/correcting/${encodeURIComponent(turn)}`);
    new Correction(api, answer, place, dialog).draw();
  } catch (problem) {
    place.replaceChildren(h("p", { class: "problem", role: "alert", text: problem.message }));
  }
}

class Correction {
  constructor(api, answer, place, dialog) {
    Object.assign(this, { api, answer, place, dialog });
    this.editor = new Editor({ api, article: answer.articles[0], onSaved: (saved) => this.saved(saved) });
    this.results = h("div", { "aria-live": "polite" });
    this.again = button("Ask again", () => this.ask());
    this.keep = button("Save", () => this.editor.save(), { class: "primary" });
    this.buttons = h("p", { class: "buttons" }, this.again, this.keep);
  }

  draw() {
    const { answer } = this;
    this.place.replaceChildren(
      h("section", { class: "card" },
        h("h3", { text: "Asked" }), h("p", { class: "quote", dir: "auto", text: answer.question || "Nothing in words." }),
        h("h3", { text: "Answered" }), h("p", { class: "quote", dir: "auto", text: answer.text || "Nothing." }),
        h("p", { class: "facts" },
          h("span", { text: KINDS[answer.decision] ?? answer.decision ?? "No decision" }),
          answer.confidence === null ? null : h("span", { text: `${Math.round(answer.confidence * 100)} % sure` }),
          answer.reasons.map((reason) => h("span", { text: `${reasonWords(reason.code)}: ${reason.rule}` })))),
      this.choice(), this.editor.element, this.buttons, this.results);
    const { body, title } = this.editor.fields;
    (answer.articles.length ? body : title).focus();
  }

  /** Which article: those behind the answer, or one that is not written yet. */
  choice() {
    const { articles, cited } = this.answer;
    const options = articles.map((one, at) => h("option", { value: String(at), text: one.title }));
    options.push(h("option", { value: "new", text: "A new article" }));
    const select = h("select", { on: { change: () => this.editor.fill(articles[Number(select.value)] ?? this.blank()) } }, options);
    if (!articles.length) this.editor.fill(this.blank());
    const words = !articles.length ? "No article was behind it. Write one:" : cited ? "It cites" : "It looked at";
    return h("label", { class: "which" }, words, select);
  }

  blank() {
    const title = this.answer.question.split("\n")[0].slice(0, 200);
    return { id: null, edition: null, title, body: "", url: null, audience: "public", language: this.answer.language, owner: null, review_by: null, guide: false, marks: [] };
  }

  async ask() {
    if (!this.editor.element.reportValidity()) return;
    const { answer } = this;
    const questions = [answer.question.slice(0, 2000), ...answer.similar].filter(Boolean);
    this.busy(true);
    this.results.replaceChildren(h("p", { class: "dim", role: "status", text: `Asking ${questions.length} questions again…` }));
    try {
      const body = { ...this.editor.text(), questions, channel: answer.channel };
      const { items } = await this.api.call("POST", `${PATH}/articles/ask`, body, PATIENCE_MS);
      this.results.replaceChildren(...this.compared(items));
      announce("Asked again.");
      // Where the answers come below what can be seen, "Save" comes with them.
      this.results.scrollIntoView({ block: "nearest" });
    } catch (problem) {
      this.results.replaceChildren();
      this.editor.refused(problem);
    } finally {
      this.busy(false);
    }
  }

  busy(busy) {
    for (const one of [this.again, this.keep]) one.disabled = busy;
  }

  compared(items) {
    const [first, ...others] = items;
    const changed = others.filter((item) => !item.same).length;
    return [
      h("h3", { text: "The same question" }), row(first),
      h("h3", { text: others.length ? `Others like it: ${changed} of ${others.length} would be answered differently` : "No other question is like it" }),
      ...others.map(row),
    ];
  }

  async saved({ id, edition }) {
    const number = Number(edition);
    const back = h("div", {});
    const undo = async () => {
      try {
        const body = { id, edition, number: number - 1, request: crypto.randomUUID() };
        await this.api.call("POST", `${PATH}/articles/restore`, body);
        back.replaceChildren(h("p", { role: "status", text: "It says again what it said before." }));
      } catch (problem) {
        back.replaceChildren(h("p", { class: "problem", role: "alert", text: problem.message }));
      }
    };
    const existed = this.editor.article.id !== null;
    back.append(h("p", { class: "buttons" },
      existed ? button("Take it back", undo, { class: "small" }) : null,
      button("Done", () => this.dialog.close(), { class: "small primary" })));
    this.place.replaceChildren(h("section", { class: "card", role: "status" },
      h("h3", { text: "Saved" }),
      h("p", {}, "New questions are answered with it within ten seconds. ",
        h("a", { href: `/desk/knowledge#articles/${encodeURIComponent(id)}`, text: "Open the article" }))), back);
    back.querySelector(".primary")?.focus();
  }
}

function row({ question, before, after, same }) {
  return h("article", { class: "card compared" },
    h("p", {}, h("strong", { dir: "auto", text: question }), " ",
      h("span", { class: "mark", "data-sort": same ? "" : "care", text: same ? "Same answer" : "Another answer" })),
    same ? said("Now and then", after) : h("div", { class: "two" }, said("Now", before), said("With your text", after)));
}

function said(title, decision) {
  const sure = decision.confidence ? `, ${Math.round(decision.confidence * 100)} % sure` : "";
  const sources = [...new Set(decision.citations.map((one) => one.title))].join(", ");
  return h("div", {},
    h("p", { class: "dim", text: `${title}: ${(KINDS[decision.kind] ?? decision.kind).toLowerCase()}${sure}` }),
    h("p", { class: "quote", dir: "auto", text: decision.text || WORDLESS[decision.kind] || decision.notice || "No text of its own." }),
    sources ? h("p", { class: "dim", dir: "auto", text: `From ${sources}` }) : null);
}
