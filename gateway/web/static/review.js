// What somebody should look at: contradictions, drafts, and articles whose date has passed.
import { correct } from "./correct.js";
import { button, h } from "./dom.js";
import { Part, empty, mark } from "./part.js";

export class Review extends Part {
  frame() {
    return [];
  }

  async read() {
    const [review, unanswered] = await Promise.all([
      this.api.call("GET", "/api/v1/knowledge/review"),
      this.asked ?? this.api.call("GET", "/api/v1/knowledge/unanswered").then(({ items }) => items),
    ]);
    // No change of the articles changes what was asked; it is read when the tab is opened.
    this.asked = unanswered;
    return { ...review, unanswered };
  }

  draw({ conflicts, drafts, overdue, source, unanswered }) {
    if (![conflicts, drafts, overdue, source, unanswered].some((part) => part.length)) {
      this.state.replaceChildren(empty("Nothing to review.", "Contradictions, drafts, articles past their review date and questions without an answer appear here."));
      return;
    }
    this.state.replaceChildren(h("div", { class: "found" },
      this.part("Two articles answer the same question differently", conflicts.map((one) => this.conflict(one))),
      this.part("Edited here, and changed at their source since", source.map((one) => this.article(one, "To decide"))),
      this.part("Drafts, which answer nobody until they are published", drafts.map((one) => this.article(one, "Draft"))),
      this.part("Past their review date", overdue.map((one) => this.article(one, `Review by ${one.review_by}`))),
      this.part("Asked, and answered by no article", unanswered.map((one) => this.question(one)))));
  }

  question(one) {
    return h("article", { class: "card" },
      h("header", {}, h("h3", { dir: "auto", text: one.question }), mark(one.count === 1 ? "Once" : `${one.count} times`, "care")),
      one.others.length ? h("ul", {}, one.others.map((text) => h("li", { dir: "auto", text }))) : null,
      this.lead ? h("p", { class: "buttons" },
        button("Write an article", () => correct(this.api, one.turn), { class: "small" })) : null);
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
