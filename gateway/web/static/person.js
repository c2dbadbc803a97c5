// Who a customer is on other channels: their accounts, what was joined by whom, and taking it back.
import { announce, button, confirmed, h, openDialog } from "./dom.js";
import { brief, full } from "./time.js";
import { channelWords, contactName, reasonWords } from "./words.js";

const HOW = { code: "by a code", site: "by the website’s sign-in", mail: "by verified mail", staff: "by staff" };

/** `join(contact, other)` and `split(contact, join)` change it; both are shown at once. */
export function drawPerson({ contact, elsewhere, joins }, { join, split }) {
  const standing = joins.filter((one) => !one.undone_at);
  return h("section", { class: "brief-card person", "aria-label": "The same person" },
    h("h3", { text: "The same person" }),
    elsewhere.length ? h("ul", {}, elsewhere.map((one) => h("li", {},
      h("a", { href: `#c/${encodeURIComponent(one.id)}`, text: channelWords(one.channel, one.kind) }),
      h("span", { class: "dim", text: ` ${state(one)}, ` }),
      h("time", { class: "dim", title: full(one.updated_at), text: brief(one.updated_at) }),
      one.question ? h("p", { class: "dim", dir: "auto", text: one.question }) : null))) : h("p", { class: "dim", text: "No other conversation is known." }),
    standing.length ? h("ul", {}, standing.map((one) => h("li", {},
      h("span", { text: `Joined ${HOW[one.how] ?? one.how}${one.by ? ` (${one.by})` : ""}: ` }),
      h("bdi", { text: one.identities.map((account) => `${channelWords(account.channel)} ${account.external_id}`).join(", ") || "no account" }), " ",
      button("Take back", () => takeBack(contact, one, split), { class: "link" })))) : null,
    h("p", {}, button("Is somebody else we know…", () => choose(contact, join), { class: "link" })));
}

function state(one) {
  if (one.owner === "queue") return one.reason ? `waits: ${reasonWords(one.reason).toLowerCase()}` : "waits for a person";
  return one.owner === "staff" ? "with a colleague" : "with the assistant";
}

async function takeBack(contact, one, split) {
  const words = "Its accounts and conversations are somebody else’s again, with what has come through them since.";
  if (await confirmed("Take this joining back?", words, "Take back")) split(contact.id, one.id);
}

/** Names are no proof, so what else is known of each stands beside it, and it is asked once more. */
function choose(contact, { offer, done }) {
  const list = h("ul", { class: "others" }, h("li", { class: "dim", text: "Loading…" }));
  const search = h("input", { type: "search", "aria-label": "Name, channel or words", placeholder: "Name, channel or words" });
  const dialog = openDialog("Which conversation is theirs, too?", [
    h("p", { class: "dim", text: "Join only whom you know to be the same: a name proves nothing. It can be taken back." }), search, list,
  ], { leave: "Cancel" });
  search.focus();
  let known = [];
  const draw = () => {
    const wanted = search.value.trim().toLowerCase();
    const shown = known.filter((one) => one.contact.id !== contact.id && text(one).includes(wanted)).slice(0, 20);
    list.replaceChildren(...(shown.length ? shown.map((one) => h("li", {}, button(text(one, true), async () => {
      dialog.close();
      const words = `${contactName(contact)} and ${contactName(one.contact)} (${channelWords(one.channel, one.kind)}) are one person from then on.`;
      if (await confirmed("Join them?", words, "Join")) done(contact.id, one.contact.id);
    }, { class: "wide" }))) : [h("li", { class: "dim", text: "Nothing found." })]));
  };
  search.addEventListener("input", draw);
  offer().then((items) => { known = items; draw(); }, (problem) => list.replaceChildren(h("li", { class: "problem", role: "alert", text: problem.message })));
}

function text(one, shown = false) {
  const words = [contactName(one.contact), channelWords(one.channel, one.kind), one.last_message?.snippet].filter(Boolean).join(" · ");
  return shown ? words : words.toLowerCase();
}

/** What the panel does, over the API. */
export function personActions(api, changed) {
  const told = async (work, words) => {
    try {
      await work();
      announce(words);
    } catch (problem) {
      openDialog("Not done", [h("p", { role: "alert", text: problem.message })], { look: "ask" });
    }
    changed();
  };
  return {
    join: {
      offer: async () => (await api.conversations({})).items,
      done: (contact, other) => told(() => api.join(contact, other), "Joined."),
    },
    split: (contact, join) => told(() => api.split(contact, join), "Taken back."),
  };
}
