// Asking as a customer would, without a customer: what the assistant would say, and why.
import { announce, h } from "./dom.js";
import { Links } from "./links.js";
import { Part } from "./part.js";
import { Questions } from "./questions.js";
import { richText } from "./richtext.js";

const SAYS = {
  reply: "The assistant would answer",
  clarify: "The assistant would ask back",
  draft: "A person would check the answer first",
  hand_over: "A person would be called",
  silent: "Nothing would be said",
};
const LANGUAGES = ["", "en", "de", "fr", "es", "it", "pt", "nl"];
const PATIENCE_MS = 100_000;

export class Trial extends Part {
  frame() {
    this.box = h("input", { type: "text", required: true, maxlength: 2000, autocomplete: "off", placeholder: "How long can I return something?" });
    this.channel = h("select", {}, h("option", { value: "", text: "The first channel" }));
    this.language = h("select", {}, LANGUAGES.map((value) => h("option", { value, text: value || "As written" })));
    const form = h("form", { class: "card", on: { submit: (event) => { event.preventDefault(); this.ask(); } } },
      h("h2", { text: "Try a question" }),
      h("p", { class: "hint", text: "Nothing is sent to anybody. What everybody may read answers, as it does for a customer; what is for staff only does not." }),
      h("label", {}, h("span", { class: "unseen", text: "Question" }), this.box),
      h("div", { class: "form" }, h("label", {}, "As shown on", this.channel), h("label", {}, "Language", this.language)),
      h("p", { class: "buttons" }, h("button", { class: "primary", text: "Ask" })));
    this.questions = new Questions(this.api, this.lead);
    this.links = this.lead ? new Links(this.api) : null;
    this.below = h("div", { class: "found" }, this.questions.element, this.links?.element);
    return [form];
  }

  start() {
    super.start();
    this.state.replaceChildren();
    this.root.append(this.below);
    this.channels();
  }

  async channels() {
    try {
      const { channels } = await this.api.call("GET", "/api/v1/knowledge/channels");
      this.channel.replaceChildren(...channels.map(({ name, kind }) => h("option", { value: name, text: name === kind ? name : `${name} (${kind})` })));
    } catch {
      // Without the list the first channel is meant.
    }
  }

  async load() {
    await Promise.all([this.questions.load(), this.links?.load()]);
  }

  async ask() {
    const asked = { question: this.box.value };
    if (this.channel.value) asked.channel = this.channel.value;
    if (this.language.value) asked.language = this.language.value;
    this.state.replaceChildren(h("p", { class: "dim", role: "status", text: "Thinking…" }));
    try {
      this.draw(asked, await this.api.call("POST", "/api/v1/knowledge/try", asked, PATIENCE_MS));
    } catch (problem) {
      this.state.replaceChildren(h("p", { class: "problem", role: "alert", text: problem.message }));
    }
  }

  draw(asked, tried) {
    const { decision, hits } = tried;
    this.state.className = "state";
    this.state.replaceChildren(
      h("section", { class: "card", "aria-live": "polite" },
        h("h3", { text: SAYS[decision.kind] ?? decision.kind }),
        shown(tried),
        h("p", { class: "facts" },
          h("span", { text: `Confidence ${Math.round(decision.confidence * 100)} %` }),
          tried.tier ? h("span", { text: `Tier ${tried.tier}: ${tried.tier_rule}` }) : null,
          decision.reasons.map((reason) => h("span", { text: reason.rule })),
          tried.route ? h("span", { text: `Route ${tried.route.name}: ${tried.route.models.join(", ") || "people"}` }) : null,
          h("span", { text: tried.cost_usd ? `Costs ${tried.cost_usd.toFixed(5)} US dollars` : "Costs nothing" })),
        decision.citations.length ? h("p", { class: "dim", text: `Sources: ${[...new Set(decision.citations.map((one) => one.title))].join(", ")}` }) : null,
        this.lead ? this.verdict(asked, tried) : null),
      h("section", { class: "card" },
        h("h3", { text: "Passages found, the best first" }),
        hits.length ? h("ol", {}, hits.map((hit) => h("li", {},
          h("strong", { dir: "auto", text: hit.title }), ` ${hit.score.toFixed(2)} `,
          h("span", { class: "dim", text: hit.document }),
          h("p", { dir: "auto", text: hit.text })))) : h("p", { class: "dim", text: "None." })));
  }

  /** What would be right: as it is, another article, or a person; kept as a question to ask again. */
  verdict(asked, { hits, documents }) {
    const person = h("option", { value: "", text: "A person" });
    const articles = [...new Set([...documents, ...hits.map((hit) => hit.document)])];
    const right = h("select", {}, articles.map((id) => h("option", { value: id, text: id })), person);
    if (!documents.length) right.value = "";
    const request = crypto.randomUUID();
    const keep = h("button", { type: "button", text: "Keep as a question", on: { click: async () => {
      try {
        const label = { ...asked, request, ...(right.value ? { document: right.value } : {}) };
        await this.api.call("POST", "/api/v1/knowledge/questions", label);
        announce("Kept.");
        keep.disabled = true;
        this.questions.load();
      } catch (problem) {
        keep.after(h("p", { class: "problem", role: "alert", text: problem.message }));
      }
    } } });
    return h("div", { class: "form" }, h("label", {}, "Right would be an answer from", right), keep);
  }
}

function shown({ decision, parts }) {
  const replies = decision.kind === "reply" || decision.kind === "clarify";
  if (!parts.length) return h("div", { class: "answer none", dir: "auto", text: decision.notice || "No text of its own." });
  return h("div", { class: "found" }, parts.map((part) =>
    h("div", { class: replies ? "answer" : "answer none", dir: "auto" }, part.html ? richText(part.html, { follow: true }) : part.text)));
}
