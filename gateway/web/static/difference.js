// Shows what differs between two texts, line by line: signs as well as colours say which is which.
import { h } from "./dom.js";

const SIGNS = { same: " ", gone: "−", new: "+", skipped: "…" };
const WORDS = { gone: "Taken out: ", new: "Put in: " };

export function drawDifference(lines) {
  if (!lines.length) return h("p", { class: "dim", text: "Nothing differs." });
  return h("div", { class: "difference", role: "group", "aria-label": "What differs" }, lines.map(({ sign, text }) =>
    h("div", { class: `line ${sign}` },
      h("span", { class: "sign", "aria-hidden": "true", text: SIGNS[sign] ?? "" }),
      WORDS[sign] ? h("span", { class: "unseen", text: WORDS[sign] }) : null,
      h("span", { dir: "auto", text }))));
}
