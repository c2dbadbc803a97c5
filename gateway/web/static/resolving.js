// Closing a case: what it will be remembered by is shown, and can be written anew.
import { h, openDialog } from "./dom.js";

const LONGEST = 500;
const LINES = [["asked", "Asked"], ["done", "Done"], ["promised", "Promised"]];

/**
 * Asks whether to resolve. Resolves to null where not, else to `{ write_up }`, which is undefined
 * where nobody changed a word of what is proposed.
 */
export function resolving(title, words, load) {
  return new Promise((resolve) => {
    const place = h("div", { class: "write-up" });
    const yes = h("button", { type: "submit", class: "primary", text: "Resolve" });
    let fields = [];
    const form = h("form", { on: { submit: (event) => { event.preventDefault(); dialog.close("yes"); } } },
      h("p", { text: words }), place, h("p", { class: "buttons" }, yes));
    const dialog = openDialog(title, form, { look: "ask", leave: "Cancel" });
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? { write_up: changed(fields) } : null));
    yes.focus();
    load().then((found) => {
      if (!found || !dialog.open) return;
      fields = LINES.map(([name, label]) => field(name, label, found[name]));
      place.replaceChildren(
        h("p", { class: "hint", text: "Whoever helps this customer next reads this first:" }),
        ...fields.map(({ node }) => node));
    }, () => {});
  });
}

function field(name, label, proposed) {
  const input = h("textarea", { name, rows: 2, maxlength: LONGEST, dir: "auto" });
  input.value = proposed ?? "";
  return { name, input, proposed: input.value, node: h("label", {}, label, input) };
}

function changed(fields) {
  if (fields.every(({ input, proposed }) => input.value === proposed)) return undefined;
  return Object.fromEntries(fields.map(({ name, input }) => [name, input.value]));
}
