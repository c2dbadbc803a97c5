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

  draw({ conflicts, drafts, overdue, source }) {
    if (![conflicts, drafts, overdue, source].some((part) => part.length)) {
      this.state.replaceChildren(empty("Nothing to review.", "Contradictions, drafts and articles past their review date appear here."));
      return;
    }
    this.state.replaceChildren(h("div", { class: "found" },
      this.part("Two articles answer the same question differently", conflicts.map((one) => this.conflict(one))),
      this.part("Edited here, and changed at their source since", source.map((one) => this.article(one, "To decide"))),
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
      h("p", { class: "buttons" },
        button(one.draft && this.lead ? "Read and publish" : "Open", () => { location.hash = `articles/${encodeURIComponent(one.id)}`; }, { class: "small" })));
  }
}
