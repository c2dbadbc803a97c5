// Beside a conversation: its tags, and the customer's cases on all channels.
import { button, h } from "./dom.js";
import { day, full } from "./time.js";
import { channelWords, plain } from "./words.js";

const LINES = [["asked", "Asked"], ["done", "Done"], ["promised", "Promised"]];

export function drawTags({ tags }, { add, remove }) {
  const field = h("input", { type: "text", maxlength: 40, "aria-label": "Add a tag", placeholder: "Add a tag", autocomplete: "off" });
  return h("section", { class: "brief-card tags", "aria-label": "Tags" },
    h("ul", {}, tags.map((tag) => h("li", { class: "mark" },
      h("bdi", { text: tag }), button("×", () => remove(tag), { class: "link", "aria-label": `Remove the tag ${tag}` })))),
    h("form", { on: { submit: (event) => { event.preventDefault(); if (field.value.trim()) add(field.value.trim()); } } },
      field, h("button", { type: "submit", class: "small", text: "Add" })));
}

/** Read when it is opened: most who look at a conversation do not need it. */
export function drawHistory(api, conversation) {
  const place = h("div", {}, h("p", { class: "dim", text: "Loading…" }));
  let asked = false;
  const box = h("details", { class: "brief-card history", on: { toggle: () => { if (box.open && !asked) { asked = true; load(); } } } },
    h("summary", {}, h("h3", { text: "Cases of this customer" })), place);
  return box;

  async function load() {
    try {
      const { items } = await api.history(conversation);
      place.replaceChildren(h("ul", {}, items.map((one) => item(one, conversation))));
    } catch (problem) {
      asked = false;
      place.replaceChildren(h("p", { class: "problem", role: "alert", text: problem.message }));
    }
  }
}

function item(one, conversation) {
  const title = `${channelWords(one.channel, one.kind)}, no. ${one.number}`;
  const here = one.conversation === conversation;
  return h("li", {},
    here ? h("strong", { text: title }) : h("a", { href: `#c/${encodeURIComponent(one.conversation)}`, text: title }),
    h("span", { class: "dim", title: full(one.opened_at), text: `, ${day(one.opened_at)}, ${one.resolved_at ? plain(one.outcome || "resolved").toLowerCase() : "open"}` }),
    one.rating ? h("span", { class: "dim", text: `, rated ${one.rating} of 5` }) : null,
    one.write_up ? lines(one.write_up) : h("p", { dir: "auto", text: one.question }));
}

/** The three lines that a case is remembered by. */
export function lines(written) {
  const said = LINES.filter(([name]) => written[name]);
  if (!said.length) return h("p", { class: "dim", text: "Nothing was written down." });
  return h("ul", { class: "lines" }, said.map(([name, words]) => h("li", {},
    h("span", { class: "dim", text: `${words}: ` }), h("span", { dir: "auto", text: written[name] }))));
}

/** What the customer thought of it, in one line. */
export function ratingWords(rating) {
  const why = rating.comment ? `: “${rating.comment}”` : "";
  return `${rating.score} of 5${why}`;
}
