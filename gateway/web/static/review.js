// What somebody should look at: contradictions, drafts, and articles whose date has passed.
import { button, h } from "./dom.js";
import { Part, empty, mark } from "./part.js";

export class Review extends Part {
  frame() {
    return [];
  }

  read() {
    return this.api.call("GET", "/api/v1/knowledge/review");
  }

  draw({ conflicts, drafts, overdue }) {
    if (!conflicts.length && !drafts.length && !overdue.length) {
      this.state.replaceChildren(empty("Nothing to review.", "Contradictions, drafts and articles past their review date appear here."));
      return;
    }
    this.state.replaceChildren(h("div", { class: "found" },
      this.part("Two articles answer the same question differently", conflicts.map((one) => this.conflict(one))),
      this.part("Drafts, which answer nobody until they are published", drafts.map((one) => this.article(one, "Draft"))),
      this.part("Past their review date", overdue.map((one) => this.article(one, `Review by ${one.review_by}`)))));
  }

  part(title, cards) {
    return cards.length ? [h("h2", { text: title }), cards] : [];
  }

  conflict(one) {
    return h("article", { class: "card" },
      h("header", {}, h("h3", { dir: "auto", text: one.about })),
      h("div", { class: "two" }, this.side(one.left), this.side(one.right)),
      this.lead ? h("p", { class: "buttons" },
        button("Both are right", () => this.act(`conflicts/${one.id}/dismiss`, {}, "Dismissed."), { class: "small" })) : null);
  }

  side(side) {
    return h("div", {}, h("p", {}, h("strong", { dir: "auto", text: side.title })),
      h("p", { class: "quote", dir: "auto", text: side.quote }),
      h("p", { class: "dim", text: side.document }));
  }

  article(one, words) {
    return h("article", { class: "card" },
      h("header", {}, h("h3", { dir: "auto", text: one.title }), mark(words, "care")),
      h("p", { class: "facts" }, h("span", { text: one.id }), one.owner ? h("span", { text: one.owner }) : null),
      one.draft && this.lead ? h("p", { class: "buttons" },
        button("Read and publish", () => { location.hash = "articles"; }, { class: "small" })) : null);
  }
}
