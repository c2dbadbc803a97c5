// The controls that settings are edited with: each is made of a value and gives one back. Null is
// not set; what a control does not know of a value stays as it is.
import { button, h } from "./dom.js";

const DAYS = [["mon", "Mon"], ["tue", "Tue"], ["wed", "Wed"], ["thu", "Thu"], ["fri", "Fri"], ["sat", "Sat"], ["sun", "Sun"]];

export function select(options, value, label, props = {}) {
  return h("select", { "aria-label": label, ...props }, options.map(([key, words]) =>
    h("option", { value: key, selected: key === String(value ?? ""), text: words })));
}

/** One of several; the first is "not set". */
export function choice(options, unset = "Not set") {
  return (value, { label }) => {
    const node = select([["", unset], ...options], value, label);
    return { node, read: () => node.value || null };
  };
}

export function text(props = {}) {
  return (value, { label }) => {
    const node = h("input", { "aria-label": label, autocomplete: "off", value: value ?? "", ...props });
    return { node, read: () => node.value.trim() || null };
  };
}

export function number(props = {}) {
  return (value, { label }) => {
    const node = h("input", { type: "number", "aria-label": label, value: value ?? "", step: "any", ...props });
    return { node, read: () => (node.value === "" ? null : Number(node.value)) };
  };
}

/** A list of words, one on each line. */
export function lines(placeholder = "") {
  return (value, { label }) => {
    const node = h("textarea", { "aria-label": label, placeholder, text: (value ?? []).join("\n") });
    return { node, read: () => nonempty(split(node.value, "\n")) };
  };
}

export function ticks(options) {
  return (value, { label }) => {
    const chosen = new Set(value ?? []);
    const boxes = options.map(([key, words]) => [key, h("input", { type: "checkbox", checked: chosen.has(key) }), words]);
    const node = h("div", { class: "grid", role: "group", "aria-label": label },
      boxes.map(([, box, words]) => h("label", { class: "line" }, box, words)));
    return { node, read: () => nonempty(boxes.filter(([, box]) => box.checked).map(([key]) => key)) };
  };
}

/** Two words in each row: what is replaced, and by what. */
export function pairs(first, second, keyProps = {}, valueOf = String) {
  return (value, { label }) => {
    const rows = h("div", { class: "rows" });
    const add = (key = "", other = "") => {
      const row = h("div", { class: "row" },
        h("input", { "aria-label": first, placeholder: first, value: key, ...keyProps }),
        h("input", { "aria-label": second, placeholder: second, value: other }),
        button("Remove", () => row.remove(), { class: "small" }));
      rows.append(row);
    };
    for (const [key, other] of Object.entries(value ?? {})) add(key, other);
    const node = h("div", { class: "rows", role: "group", "aria-label": label }, rows,
      h("p", {}, button("Add", () => { add(); rows.lastElementChild.querySelector("input").focus(); }, { class: "small" })));
    return {
      node,
      read: () => {
        const found = {};
        for (const row of rows.children) {
          const [key, other] = [...row.querySelectorAll("input")].map((one) => one.value.trim());
          if (key || other) found[key] = valueOf(other);
        }
        return Object.keys(found).length ? found : null;
      },
    };
  };
}

/** A selection for each name of a fixed list. */
export function each(names, options, unset) {
  return (value, { label }) => {
    const chosen = names.map(([key, words]) => [key, words, select([["", unset], ...options], value?.[key], words)]);
    const node = h("div", { class: "grid", role: "group", "aria-label": label },
      chosen.map(([, words, control]) => h("label", {}, words, control)));
    return { node, read: () => whole(chosen.map(([key, , control]) => [key, control.value || null])) };
  };
}

/** Several numbers under names. */
export function numbers(names) {
  return (value, { label }) => {
    const inputs = names.map(([key, words, props]) =>
      [key, words, h("input", { type: "number", min: 0, step: "any", value: value?.[key] ?? "", "aria-label": `${label}: ${words}`, ...props })]);
    const node = h("div", { class: "row" }, inputs.map(([, words, input]) => h("label", {}, words, input)));
    return { node, read: () => whole(inputs.map(([key, , input]) => [key, input.value === "" ? null : Number(input.value)])) };
  };
}

/** A control of its own for each name of a fixed list. */
export function under(names, control) {
  return (value) => {
    const made = names.map((name) => [name, control(value?.[name], { label: name })]);
    const node = h("div", { class: "rows" }, made.map(([name, one]) => h("div", { class: "item" }, h("strong", { text: name }), one.node)));
    return { node, read: () => whole(made.map(([name, one]) => [name, one.read()])) };
  };
}

/** The week: on each day from when to when, as often as there are breaks. */
export function week() {
  return (value) => {
    const kept = { spans: {} };
    const rows = h("div", { class: "rows" });
    const mode = select([["", "People are always there"], ["week", "By the week"]], value && value !== "always" ? "week" : "", "When people are there");
    for (const [day, words] of DAYS) {
      const spans = h("div", { class: "rows" });
      const add = ([from, to] = ["09:00", "17:00"]) => {
        const row = h("div", { class: "span" },
          h("input", { type: "time", value: from, "aria-label": `${words} from` }), "to",
          h("input", { type: "time", value: to === "24:00" ? "00:00" : to, "aria-label": `${words} to` }),
          button("Remove", () => { row.remove(); closed.hidden = spans.children.length > 0; }, { class: "link" }));
        spans.append(row);
        closed.hidden = true;
      };
      const closed = h("span", { class: "dim", text: "Closed" });
      for (const one of spansOf(value?.[day])) add(one);
      closed.hidden = spans.children.length > 0;
      kept.spans[day] = spans;
      rows.append(h("div", { class: "day" }, h("strong", { text: words }),
        h("div", { class: "rows" }, spans, h("p", {}, closed, " ", button("Add hours", () => add(), { class: "link" })))));
    }
    const show = () => { rows.hidden = !mode.value; };
    mode.addEventListener("change", show);
    show();
    return { node: h("div", { class: "rows" }, mode, rows), read: () => (mode.value ? readWeek(kept.spans) : null) };
  };
}

function spansOf(said) {
  const parts = Array.isArray(said) ? said : String(said ?? "").split(",");
  return parts.map((part) => part.trim().split(/\s*[-–]\s*/)).filter((span) => span.length === 2).map((span) => span.map((time) => time.padStart(5, "0")));
}

function readWeek(days) {
  const found = {};
  for (const [day, spans] of Object.entries(days)) {
    const said = [...spans.children].map((row) => [...row.querySelectorAll("input")].map((one) => one.value));
    const written = said.filter(([from, to]) => from && to).map(([from, to]) => `${from}-${to === "00:00" ? "24:00" : to}`);
    if (written.length) found[day] = written.join(", ");
  }
  return found;
}

export const split = (value, by) => value.split(by).map((one) => one.trim()).filter(Boolean);
export const nonempty = (list) => (list.length ? list : null);

function whole(entries) {
  const set = entries.filter(([, value]) => value !== null);
  return set.length ? Object.fromEntries(set) : null;
}
