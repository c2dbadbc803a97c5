// What an article said before, who changed it and why, and what its source says meanwhile.
import { button, h } from "./dom.js";
import { drawDifference } from "./difference.js";
import { full } from "./time.js";

const PATH = "/api/v1/knowledge";

/** Folded away until somebody wants to know; `restore` gets a number, and is absent for agents. */
export function drawVersions(api, article, restore) {
  const list = h("ul", { class: "found" });
  const folded = h("details", { class: "about", on: { toggle: () => { if (folded.open) load(); } } },
    h("summary", { text: article.version ? `Versions (${article.version})` : "Versions" }), list);

  async function load() {
    try {
      const query = new URLSearchParams({ id: article.id });
      const { items } = await api.call("GET", `${PATH}/versions?${query}`);
      list.replaceChildren(...(items.length ? items.map(line) : [h("li", { class: "dim", text: "It was not changed here yet." })]));
    } catch (problem) {
      list.replaceChildren(h("li", { class: "problem", role: "alert", text: problem.message }));
    }
  }

  function line(one) {
    const now = one.number === article.version;
    const place = h("div", {});
    return h("li", { class: "card" },
      h("p", { class: "facts" },
        h("strong", { text: now ? `${one.number}, as it is now` : `${one.number}` }),
        h("span", { text: one.by ?? "Its source" }),
        h("time", { text: full(one.at) }),
        one.why ? h("span", { dir: "auto", text: one.why }) : null),
      h("p", { class: "buttons" },
        button("What it changed", () => show(one, place), { class: "small" }),
        restore && !now ? button("Go back to this", () => restore(one.number), { class: "small" }) : null),
      place);
  }

  async function show(one, place) {
    try {
      const query = new URLSearchParams({ id: article.id, number: one.number });
      place.replaceChildren(drawDifference((await api.call("GET", `${PATH}/version?${query}`)).difference));
    } catch (problem) {
      place.replaceChildren(h("p", { class: "problem", role: "alert", text: problem.message }));
    }
  }
  return folded;
}

const SAYS = {
  changed: "Its source says something else since it was edited here. What is written here answers until you decide.",
  gone: "Its source has it no more. What is written here answers until you decide.",
};

/** The choice between ours and the source's; null where there is none to make. */
export function drawSource(article, decide) {
  const { source, difference } = article;
  if (!source || source.state === "known") return null;
  const gone = source.state === "gone";
  return h("section", { class: "card moved" },
    h("h3", { text: SAYS[source.state] }),
    gone ? null : drawDifference(difference),
    decide ? h("p", { class: "buttons" },
      button("Keep ours", () => decide("ours"), { class: "small primary" }),
      button(gone ? "Remove it" : "Take the source's", () => decide("source"), { class: "small" })) : null);
}
