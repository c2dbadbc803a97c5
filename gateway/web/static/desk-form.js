// The part of the settings about desks: which customers are whose, where a team is told, what it
// promises, and who hears of it when nobody answers.
import { h } from "./dom.js";
import { choice, pairs, text } from "./fields.js";
import { Form } from "./form.js";

const RELAY = [["owner", "what the owner of a conversation writes"], [">>", "only what begins with >>"]];
const EVERY = [["day", "a day"], ["hour", "an hour"]];

export class DeskForm extends Form {
  constructor(needs) {
    super(needs);
    this.added = [];
  }

  frame() {
    return [...super.frame(), h("p", { class: "hint", text: "A desk is a team that handoffs go to. Where a team is told on a platform of its own, that channel is connected in config.yaml; from the next handoff on it is told where this says." })];
  }

  get desks() {
    return [...new Set([...this.page.choices.desks, ...this.added])];
  }

  sections() {
    return [
      ...this.page.choices.channels.map(({ name }) => ({
        key: `channels.${name}.desk`, words: `Handoffs from ${name} go to`, control: among(this.desks, "web"),
      })),
      ...this.desks.flatMap((name) => this.desk(name)),
    ];
  }

  draw() {
    super.draw();
    if (this.lead) this.state.firstElementChild.append(this.adding());
  }

  desk(name) {
    const told = this.page.choices.told[name];
    const [of, mailboxes] = [`desks.${name}.`, this.page.choices.channels.filter(({ kind }) => kind === "email").map((one) => one.name)];
    return [
      ...(told ? this.places(name, told) : []),
      { key: `${of}first_answer`, words: `${name}: a person answers first within`, hint: "Like 15m, 2h or 1d, in the team’s hours. Empty promises nothing.", control: text({ placeholder: "2h" }) },
      { key: `${of}escalate_to`, words: `${name}: what is later than that moves to`, control: among(this.desks.filter((one) => one !== name), "nowhere") },
      ...(mailboxes.length ? [{ key: `${of}digest`, words: `${name}: a mail about everybody who waits`, control: digest(mailboxes) }] : []),
    ];
  }

  places(name, told) {
    const of = `desks.${name}.`;
    const chats = (words) => pairs(words, "Chat");
    return [
      { key: `${of}chat`, words: `${name}: told on ${told} in`, hint: "The chat’s id there, such as C0SUPPORT. Others for single topics, tiers, languages and channels are below; the first that fits counts.", control: text() },
      { key: `${of}by_topic`, words: `${name}: by topic or intent`, control: chats("Topic or intent") },
      { key: `${of}by_tier`, words: `${name}: by tier`, control: chats("Tier, 1 to 3") },
      { key: `${of}by_language`, words: `${name}: by language`, control: chats("Language, such as de") },
      { key: `${of}by_channel`, words: `${name}: by the customer’s channel`, control: chats("Channel") },
      { key: `${of}on_duty`, words: `${name}: the group that is called when nobody answers`, hint: "A user group’s id, such as S0123456789. Empty calls nobody.", control: text() },
      { key: `${of}relay`, words: `${name}: customers get`, control: choice(RELAY, "as shipped: what the owner writes") },
    ];
  }

  /** A desk is there once anything of it is saved. */
  adding() {
    const name = h("input", { "aria-label": "Name of the new desk", placeholder: "billing", pattern: "[a-z][a-z0-9\\-]{0,40}", required: true });
    const add = (event) => {
      event.preventDefault();
      if (!this.desks.includes(name.value)) this.more(name.value);
      name.value = "";
    };
    return h("form", { class: "card field", on: { submit: add } },
      h("header", {}, h("h3", { text: "Another desk" })),
      h("p", { class: "hint", text: "It is there as soon as something of it is saved, such as within what time it answers." }),
      h("div", { class: "row" }, name, h("button", { class: "small", text: "Add a desk" })));
  }

  /** What was begun beside it stays. */
  more(name) {
    for (const one of this.state.querySelectorAll("select[data-desks]")) one.append(h("option", { value: name, text: name }));
    const fields = this.desk(name).map((section) => this.made(section));
    this.added.push(name);
    this.fields.push(...fields);
    this.state.querySelector("form").before(...fields.map(({ card }) => card));
    fields[0].card.querySelector("input").focus();
  }
}

/** A desk out of those that there are; one that is added later is among them. */
function among(desks, unset) {
  return (value, more) => {
    const made = choice(desks.map((one) => [one, one]), unset)(value, more);
    made.node.dataset.desks = "";
    return made;
  };
}

/** To whom, from which mailbox and how often. */
function digest(mailboxes) {
  return (value, { label }) => {
    const to = h("input", { type: "email", "aria-label": `${label}: to`, value: value?.to ?? "", placeholder: "team@example.com" });
    const from = choice(mailboxes.map((one) => [one, one]), "no mailbox")(value?.channel, { label: `${label}: from` });
    const every = choice(EVERY, "as shipped: a day")(value?.every, { label: `${label}: once in` });
    const at = h("input", { type: "time", "aria-label": `${label}: at`, value: value?.at ?? "" });
    const node = h("div", { class: "row" }, h("label", {}, "To", to), h("label", {}, "From", from.node), h("label", {}, "Once in", every.node), h("label", {}, "At (once a day)", at));
    const said = () => ({ to: to.value.trim(), channel: from.read(), every: every.read(), at: at.value || null });
    return { node, read: () => (to.value.trim() ? Object.fromEntries(Object.entries(said()).filter(([, one]) => one)) : null) };
  };
}
