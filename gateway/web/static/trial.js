// Asking as a customer would, without a customer: what the assistant would say, and why.
import { h } from "./dom.js";
import { Part } from "./part.js";

const SAYS = {
  reply: "The assistant would answer",
  clarify: "The assistant would ask back",
  hand_over: "A person would be called",
  silent: "Nothing would be said",
};

export class Trial extends Part {
  frame() {
    const box = h("input", { type: "text", required: true, maxlength: 2000, autocomplete: "off", placeholder: "How long can I return something?" });
    const form = h("form", { class: "card", on: { submit: (event) => { event.preventDefault(); this.ask(box.value); } } },
      h("h2", { text: "Try a question" }),
      h("p", { class: "hint", text: "Nothing is sent to anybody. What everybody may read answers, as it does for a customer; what is for staff only does not." }),
      h("label", {}, h("span", { class: "unseen", text: "Question" }), box),
      h("p", { class: "buttons" }, h("button", { class: "primary", text: "Ask" })));
    return [form];
  }

  start() {
    super.start();
    this.state.replaceChildren();
  }

  async load() {}

  async ask(question) {
    this.state.replaceChildren(h("p", { class: "dim", role: "status", text: "Thinking…" }));
    try {
      this.draw(await this.api.call("POST", "/api/v1/knowledge/try", { question }));
    } catch (problem) {
      this.state.replaceChildren(h("p", { class: "problem", role: "alert", text: problem.message }));
    }
  }

  draw({ decision, hits }) {
    const replies = decision.kind === "reply" || decision.kind === "clarify";
    this.state.replaceChildren(
      h("section", { class: "card", "aria-live": "polite" },
        h("h3", { text: SAYS[decision.kind] ?? decision.kind }),
        h("div", { class: replies ? "answer" : "answer none", dir: "auto", text: decision.text || decision.notice || "No text of its own." }),
        h("p", { class: "facts" },
          h("span", { text: `Confidence ${Math.round(decision.confidence * 100)} %` }),
          decision.reasons.map((reason) => h("span", { text: reason.rule }))),
        decision.citations.length ? h("p", { class: "dim", text: `Sources: ${[...new Set(decision.citations.map((one) => one.title))].join(", ")}` }) : null),
      h("section", { class: "card" },
        h("h3", { text: "Passages found, the best first" }),
        hits.length ? h("ol", {}, hits.map((hit) => h("li", {},
          h("strong", { dir: "auto", text: hit.title }), ` ${hit.score.toFixed(2)} `,
          h("span", { class: "dim", text: hit.document }),
          h("p", { dir: "auto", text: hit.text })))) : h("p", { class: "dim", text: "None." })));
  }
}
