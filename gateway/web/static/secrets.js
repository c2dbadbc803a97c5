// Shows what is shown once: a link, and a way to copy it.
import { announce, button, h } from "./dom.js";
import { full } from "./time.js";

export function linkShown(title, { link, expires_at }) {
  const field = h("input", { readonly: true, value: link, "aria-label": "The link", on: { focus: () => field.select() } });
  const copy = button("Copy", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(link);
      copy.textContent = "Copied";
      announce("The link is copied.");
    } catch {
      announce("The link is selected; copy it with the keyboard.");
    }
  }, { class: "primary" });
  const box = h("div", { class: "secret", role: "status" },
    h("strong", { text: title }),
    field,
    h("p", { class: "hint", text: `It is shown this once and works once, until ${full(expires_at)}. Send it to them alone: opening it changes nothing, pressing the button on its page uses it up.` }),
    h("p", { class: "buttons" }, copy, button("Done", () => box.remove())));
  queueMicrotask(() => copy.focus());
  return box;
}
