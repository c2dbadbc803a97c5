// Ordered lists of rules, each with its conditions: those that call people, and those that choose
// models.
import { button, h } from "./dom.js";
import { nonempty, select, split } from "./fields.js";

const LIST = "list";
const YES = [["true", "yes"], ["false", "no"]];
export const WHEN = {
  intents: LIST, topics: LIST, channels: LIST, languages: LIST, words: LIST, customers: LIST, tags: LIST,
  senders: LIST, places: LIST, verified: YES, frustrated: YES, confused: YES, buying: YES,
  amount_above: "number", unsuccessful: "number", contacts: "number", confidence_below: "number",
  hours: [["open", "open"], ["closed", "closed"]],
};
export const ROUTED = {
  topics: LIST, sentiment: LIST, complexity: [["simple", "simple"], ["hard", "hard"]], customers: LIST, tags: LIST,
  languages: LIST, context_above: "number", budget_below: "number", demand: LIST,
};

const said = (name) => name.replaceAll("_", " ");

/** A list of items that are moved, removed and added; `one` makes an item's control. */
export function ordered(one, fresh, words) {
  return (value) => {
    const rows = h("div", { class: "rows" });
    const readers = new WeakMap();
    const add = (item) => {
      const made = one(item);
      const row = h("div", { class: "item" }, made.node, h("p", { class: "buttons" },
        button("Up", () => row.previousElementSibling?.before(row), { class: "small" }),
        button("Down", () => row.nextElementSibling?.after(row), { class: "small" }),
        button("Remove", () => row.remove(), { class: "small" })));
      readers.set(row, made.read);
      rows.append(row);
    };
    (value ?? []).forEach(add);
    const node = h("div", { class: "rows" }, rows, h("p", {}, button(words, () => { add(fresh()); rows.lastElementChild.querySelector("input, select")?.focus(); }, { class: "small" })));
    return { node, read: () => nonempty([...rows.children].map((row) => readers.get(row)())) };
  };
}

/** A rule of `brain.escalation.rules`. */
export function rule(item) {
  const name = h("input", { "aria-label": "Name", value: item.name ?? "", placeholder: "big_orders" });
  const tier = select([["2", "prepare a draft for a person"], ["3", "hand over to a person"]], item.tier ?? 3, "Then");
  const on = h("input", { type: "checkbox", checked: item.enabled !== false });
  const when = conditions(item.when ?? {}, WHEN);
  const node = h("div", { class: "rows" },
    h("div", { class: "row" }, h("label", {}, "Name", name), h("label", {}, "Then", tier), h("label", { class: "line" }, on, "Enabled")),
    when.node);
  return { node, read: () => pruned({ ...item, name: name.value.trim(), when: when.read(), tier: Number(tier.value), enabled: on.checked ? null : false }) };
}

/** A rule of a route. */
export function routed(models) {
  return (item) => {
    const why = h("input", { "aria-label": "Why", value: item.why ?? "", placeholder: "short and simple" });
    const names = h("input", { "aria-label": "Models in order", value: (item.models ?? []).join(", "), placeholder: models.join(", ") || "none configured" });
    const known = Object.fromEntries(Object.entries(item).filter(([key]) => key in ROUTED));
    const when = conditions(known, ROUTED);
    const rest = Object.fromEntries(Object.entries(item).filter(([key]) => !(key in ROUTED)));
    const node = h("div", { class: "rows" },
      h("div", { class: "row" }, h("label", {}, "In words", why), h("label", { class: "grow" }, "Models, the first first; none is people", names)), when.node);
    return { node, read: () => pruned({ ...rest, ...when.read(), why: why.value.trim() || null, models: nonempty(split(names.value, ",")) }) };
  };
}

/** A route: a shipped one, or rules of one's own. */
export function route(models) {
  const rules = ordered(routed(models), () => ({}), "Add a rule");
  return (value) => {
    const use = select([["", "own rules"], ["frugal", "frugal (shipped)"], ["anthropic", "anthropic (shipped)"], ["warm", "warm (shipped)"]], value?.use, "Which rules");
    const own = rules(value?.rules);
    const show = () => { own.node.hidden = Boolean(use.value); };
    use.addEventListener("change", show);
    show();
    const read = () => (use.value ? pruned({ ...value, use: use.value, rules: null }) : own.read() && pruned({ ...value, use: null, rules: own.read() }));
    return { node: h("div", { class: "rows" }, h("label", {}, "Rules", use), own.node), read };
  };
}

function conditions(given, known) {
  const rows = h("div", { class: "rows" });
  const readers = new WeakMap();
  const options = Object.keys(known).map((name) => [name, said(name)]);
  const add = (name, value) => {
    const place = h("div", { class: "grow" });
    const which = select(options, name, "Condition");
    let read = null;
    const draw = (initial) => {
      const made = condition(known[which.value], initial, said(which.value));
      read = made.read;
      place.replaceChildren(made.node);
    };
    which.addEventListener("change", () => draw(null));
    draw(value);
    const row = h("div", { class: "row" }, which, place, button("Remove", () => row.remove(), { class: "small" }));
    readers.set(row, () => [which.value, read()]);
    rows.append(row);
  };
  const others = Object.fromEntries(Object.entries(given).filter(([name]) => !(name in known)));
  for (const [name, value] of Object.entries(given)) if (name in known) add(name, value);
  const node = h("div", { class: "rows" }, h("p", { class: "hint", text: "When all of these hold:" }), rows,
    h("p", {}, button("Add a condition", () => add(options[0][0], null), { class: "link" })));
  return { node, read: () => ({ ...others, ...Object.fromEntries([...rows.children].map((row) => readers.get(row)()).filter(([, value]) => value !== null)) }) };
}

function condition(sort, value, label) {
  if (sort === LIST) {
    const node = h("input", { "aria-label": label, placeholder: "one, another", value: (value ?? []).join(", ") });
    return { node, read: () => nonempty(split(node.value, ",")) };
  }
  if (sort === "number") {
    const node = h("input", { type: "number", step: "any", "aria-label": label, value: value ?? "" });
    return { node, read: () => (node.value === "" ? null : Number(node.value)) };
  }
  const node = select(sort, value ?? sort[0][0], label);
  return { node, read: () => (sort === YES ? node.value === "true" : node.value) };
}

const pruned = (item) => Object.fromEntries(Object.entries(item).filter(([, value]) => value !== null && value !== undefined));
