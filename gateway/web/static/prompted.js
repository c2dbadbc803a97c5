// What a model would be sent for a question: put together, masked, and not sent.
import { h } from "./dom.js";
import { select } from "./fields.js";
import { Part } from "./part.js";

export class Prompted extends Part {
  constructor(needs) {
    super(needs);
    this.page = needs.page;
  }

  frame() {
    const { channels, spoken } = this.page.choices;
    if (!this.lead) return [h("p", { class: "hint", text: "Leads of the desk read this." })];
    const question = h("input", { required: true, maxlength: 2000, autocomplete: "off", placeholder: "How long can I return something?" });
    const channel = select(channels.map(({ name }) => [name, name]), channels[0]?.name, "Channel");
    const language = select(spoken.map((one) => [one, one]), spoken[0], "Language");
    return [h("form", { class: "card field", on: { submit: (event) => { event.preventDefault(); this.ask({ question: question.value, channel: channel.value, language: language.value }); } } },
      h("p", { class: "hint", text: "The instructions, the voice, the passages that are found and the question, as a model gets them. Nothing is sent to one." }),
      h("div", { class: "row" }, h("label", { class: "grow" }, "Question", question), h("label", {}, "On", channel), h("label", {}, "In", language), h("button", { class: "primary", text: "Show" })))];
  }

  start() {
    super.start();
    this.state.replaceChildren();
  }

  async load() {}

  async ask(asked) {
    this.state.replaceChildren(h("p", { class: "dim", role: "status", text: "One moment…" }));
    try {
      this.draw(await this.api.call("POST", "/api/v1/settings/prompt", asked));
    } catch (problem) {
      this.state.replaceChildren(h("p", { class: "problem", role: "alert", text: problem.message }));
    }
  }

  draw({ system, messages, models }) {
    this.state.replaceChildren(h("div", { class: "rows prompt" },
      models.length ? null : h("p", { class: "hint", text: "No model is configured: answers are quoted from the articles. This is what one would get." }),
      system.map(({ text, cached }) => h("section", { class: "card" }, h("h3", { text: cached ? "Instructions, the same from call to call" : "Instructions for this call" }), h("pre", { dir: "auto", tabindex: 0, text }))),
      messages.map(({ text }) => h("section", { class: "card" }, h("h3", { text: "The message, as data" }), h("pre", { dir: "auto", tabindex: 0, text: spread(text) })))));
  }
}

function spread(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
