// The parts of the settings that are forms of keys: what each key is called and edited with.
import { h } from "./dom.js";
import { choice, each, lines, number, numbers, pairs, select, text, ticks, under, week } from "./fields.js";
import { Form } from "./form.js";
import { ordered, route, rule } from "./rulings.js";
import { plain } from "./words.js";

const LANGUAGES = { de: "German", fr: "French" };
const MODES = [["off", "off: people answer"], ["shadow", "shadow: it only watches"], ["draft", "draft: a person checks"], ["auto", "auto: it answers"]];
const HOURS = [["always", "always"], ["off_hours_only", "while the team is away"]];
const LIMIT = [["usd", "US dollars a day", {}], ["tokens", "Tokens a day", { step: 1 }]];

export class Voice extends Form {
  sections() {
    const channels = this.page.choices.channels.map(({ name }) => name);
    return [
      { key: "business.voice.form", words: "Form of address", hint: "In the gateway’s own texts.",
        control: each(this.page.choices.forms.map((one) => [one, LANGUAGES[one] ?? one]), [["formal", "formal"], ["informal", "informal"]], "as shipped (formal)") },
      { key: "business.voice.words", words: "Words used in place of others", control: pairs("Word", "Say instead") },
      { key: "business.voice.never", words: "Words never used", hint: "One on each line. An answer with one goes to a person.", control: lines("cheap") },
      { key: "business.voice.longest", words: "Longest answer on a channel", hint: `In characters, 100 to 20000. Channels: ${channels.join(", ")}.`,
        control: pairs("Channel", "Characters", {}, Number) },
    ];
  }
}

export class Business extends Form {
  sections() {
    const known = this.page.choices.languages.join(", ");
    return [
      { key: "business.name", words: "Name", hint: "In the texts, and on the pages that customers and staff see.", control: text({ maxlength: 60, placeholder: "Our team" }) },
      { key: "business.languages", words: "Languages", hint: `One on each line. The first is spoken where a customer’s is not known. There are ${known}.`, control: lines("en") },
    ];
  }
}

export class Hours extends Form {
  sections() {
    this.zones ??= h("datalist", { id: "zones" }, this.page.choices.zones.map((value) => h("option", { value })));
    if (!this.zones.isConnected) this.root.append(this.zones);
    return [
      { key: "business.timezone", words: "Time zone", control: text({ list: "zones", placeholder: "UTC" }) },
      { key: "business.hours", words: "When people are there", hint: "Hours that end before they begin go on after midnight.", control: week() },
      { key: "business.holidays", words: "Holidays", hint: "Days on which nobody answers, one on each line: 2030-12-25.", control: lines("2030-12-25") },
    ];
  }
}

export class Rules extends Form {
  sections() {
    const channels = this.page.choices.channels.map(({ name }) => [name, name]);
    const fresh = () => ({ name: "", when: { words: [] }, tier: 3 });
    return [
      { key: "brain.escalation.rules", words: "Rules", hint: "Rules only raise the tier; of several the highest counts.", yaml: true, control: ordered(rule, fresh, "Add a rule") },
      { key: "brain.escalation.unsuccessful", words: "A person after so many tries that did not help", hint: "1 to 3; 2 where nothing is said.", control: number({ min: 1, max: 3, step: 1, placeholder: "2" }) },
      { key: "brain.escalation.contacts", words: "A person at this contact on the same matter", hint: "2 to 20; 3 where nothing is said.", control: number({ min: 2, max: 20, step: 1, placeholder: "3" }) },
      { key: "brain.escalation.refund_limit", words: "Refunds above this are looked at by a person", control: number({ min: 0, placeholder: "100" }) },
      { key: "brain.escalation.people_only", words: "Channels that people answer", control: ticks(channels) },
      { key: "brain.escalation.customers", words: "What is known of who writes", hint: "By account or address; * is anything.", yaml: true, control: shownOnly },
    ];
  }
}

/** What a form would not cover: read here, edited as YAML. */
function shownOnly(value) {
  const many = value?.length ?? 0;
  return { node: h("p", { class: "dim", text: many ? `${many} ${many === 1 ? "rule" : "rules"} of customers.` : "None." }), read: () => value };
}

export class Tiers extends Form {
  frame() {
    return [...super.frame(), h("p", { class: "hint", text: "What a message is about decides who answers it. 1: the assistant answers. 2: it writes a draft, and a person sends it. 3: a person answers. A rule can raise this, never lower it." })];
  }

  sections() {
    const options = (shipped) => choice([["1", "1: the assistant answers"], ["2", "2: a person checks a draft"], ["3", "3: a person answers"]], `As shipped (${shipped})`);
    return this.page.choices.intents.map(({ name, topic, shipped }) => ({
      key: `brain.tiers.${name}`, words: plain(name), hint: topic ? `Sensitive: ${topic.replaceAll("_", " ")}` : null,
      control: (value, more) => {
        const made = options(shipped)(value, more);
        return { node: made.node, read: () => { const found = made.read(); return found === null ? null : Number(found); } };
      },
    }));
  }

  draw() {
    super.draw();
    this.state.firstElementChild.className = "grid";
  }
}

export class Routes extends Form {
  frame() {
    const { models } = this.page.choices;
    return [...super.frame(), h("p", { class: "hint", text: models.length ? `Models: ${models.join(", ")}. The first rule that holds counts.` : "No model is configured, so nothing is routed: answers are quoted from the articles." })];
  }

  sections() {
    const set = this.page.state.keys.filter(({ section }) => section === "routes").map(({ key }) => key);
    const names = new Set(["brain.routes.default", ...set, ...this.page.choices.channels.map(({ name }) => `brain.routes.${name}`)]);
    return [...names].map((key) => ({
      key, yaml: true, words: key === "brain.routes.default" ? "On all channels" : `On ${key.split(".").at(-1)}`,
      control: key === "brain.routes.default" || set.includes(key) ? route(this.page.choices.models) : optional(route(this.page.choices.models)),
    }));
  }
}

/** Folded until it is wanted. */
function optional(control) {
  return (value, more) => {
    const made = control(value, more);
    return { node: h("details", {}, h("summary", { text: "As on all channels; open to say it differently" }), made.node), read: made.read };
  };
}

export class Budgets extends Form {
  sections() {
    return [
      { key: "brain.budgets.tenant", words: "For everything", hint: "Empty is no limit. At a limit people answer.", control: numbers(LIMIT) },
      { key: "brain.budgets.conversation", words: "For each conversation", control: numbers(LIMIT) },
      { key: "brain.budgets.departments", words: "For each desk", control: under(this.page.choices.desks, numbers(LIMIT)) },
    ];
  }
}

export class Start extends Form {
  sections() {
    const { channels, intents } = this.page.choices;
    return [
      { key: "rollout.mode", words: "Where a channel says nothing", hint: "A real channel is opened in its own rule only.", control: choice(MODES) },
      { key: "rollout.hours", words: "When", control: choice(HOURS) },
      ...channels.map(({ name, demo }) => ({
        key: `rollout.channels.${name}`, words: `On ${name}`, hint: demo ? "A demo channel." : null, control: channel(intents.map((one) => one.name)),
      })),
    ];
  }
}

/** A mode and when, and of single intents others. */
function channel(intents) {
  return (value, { label }) => {
    const given = typeof value === "string" ? { mode: value } : { ...value };
    const mode = select([["", "as everywhere"], ...MODES], given.mode, `${label}: mode`);
    const hours = select([["", "as everywhere"], ...HOURS], given.hours, `${label}: when`);
    const of = ordered(intent(intents), () => ({ name: intents[0], mode: "draft" }), "Another mode for an intent");
    const rest = of(Object.entries(given.intents ?? {}).map(([name, one]) => (typeof one === "string" ? { name, mode: one } : { name, ...one })));
    const node = h("div", { class: "rows" }, h("div", { class: "row" }, h("label", {}, "Mode", mode), h("label", {}, "When", hours)), rest.node);
    return { node, read: () => ruled(mode.value, hours.value, rest.read()) };
  };
}

function intent(intents) {
  return (item) => {
    const name = select(intents.map((one) => [one, one.replaceAll("_", " ")]), item.name, "Intent");
    const mode = select(MODES, item.mode, "Mode");
    return { node: h("div", { class: "row" }, h("label", {}, "Intent", name), h("label", {}, "Mode", mode)), read: () => ({ ...item, name: name.value, mode: mode.value }) };
  };
}

function ruled(mode, hours, intents) {
  const found = {};
  if (mode) found.mode = mode;
  if (hours) found.hours = hours;
  if (intents) found.intents = Object.fromEntries(intents.map(({ name, ...one }) => [name, Object.keys(one).join() === "mode" ? one.mode : one]));
  if (Object.keys(found).join() === "mode") return mode;
  return Object.keys(found).length ? found : null;
}
