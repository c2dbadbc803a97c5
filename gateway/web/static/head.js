// The head of a conversation: whose it is now, and what can be done about that.
import { button, h } from "./dom.js";
import { standingNodes } from "./standing.js";
import { channelWords, contactName, isColleagues, isMine, ownerWords, reasonWords } from "./words.js";

const LABELS = {
  take: "You answer from now on (key t)",
  return: "The assistant answers again (key r)",
  resolve: "The matter is closed (key e)",
};

export function drawHead({ data, busy, trouble, problem }, me, actions) {
  const back = button("Back", actions.back, { class: "quiet back", "aria-label": "Back to the list" });
  if (!data) return h("div", {}, h("div", { class: "title" }, back, h("h2", { text: "…" })));
  return h("div", {},
    h("div", { class: "title" },
      back,
      h("h2", {}, h("bdi", { text: contactName(data.contact) })),
      h("span", { class: "dim", text: channelWords(data.channel, data.kind) })),
    h("div", { class: "ownership" },
      ownerLine(data, me),
      h("div", { class: "buttons", "aria-busy": String(Boolean(busy)) }, buttons(data, me, busy, actions))),
    standing(data).map((line) => h("p", { class: "dim standing", text: line })),
    toRead(data, actions),
    trouble ? troubleLine(trouble, data, me, actions) : null,
    problem ? h("p", { class: "problem", role: "alert" }, `What you see may be old. ${problem} `, button("Try again", actions.reload, { class: "small" })) : null);
}

/** What bears on everything that is written here. */
function standing(data) {
  const lines = [];
  if (data.window) lines.push(data.window.minutes > 0 ? data.window.line : "The time to write freely is over. What you write waits until the customer writes again.");
  if (data.opted_out_at) lines.push("The customer asked for no more messages here. What you write waits until they write again.");
  if (data.public) lines.push("Others can read along where this was written. What people write goes to the customer alone.");
  return lines;
}

/** While the assistant is newly opened here, somebody reads along and says so. */
function toRead({ watch }, { read }) {
  if (!watch) return null;
  if (watch.read_at) return h("p", { class: "dim standing", text: `Read by ${watch.read_by}.` });
  return h("p", { class: "standing" },
    "The assistant answers by itself here since a short while. Does it do well? ",
    button("I have read it", read, { class: "small" }));
}

function ownerLine(data, me) {
  const sort = isMine(data, me) ? "mine" : data.covered ? "queue" : data.owner;
  return h("p", { class: "owner" },
    h("span", { class: `dot ${sort}`, "aria-hidden": "true" }),
    h("strong", { text: ownerWords(data, me) }),
    data.waiting_since ? h("span", {}, "waiting ", h("time", { class: "wait", data: { since: data.waiting_since } })) : null,
    data.reason ? h("span", { class: "dim", text: reasonWords(data.reason) }) : null,
    data.alarm ? h("span", { class: "dim", text: `Not seen in the team's channel: ${data.alarm}` }) : null,
    standingNodes(data));
}

function buttons(data, me, busy, { act }) {
  const mine = isMine(data, me);
  const made = [];
  if (!mine) {
    const words = data.owner === "staff" ? "Take over" : "Take";
    made.push(verb([words], "t", "take", data.owner === "queue" || data.covered ? "primary" : ""));
  }
  if (allowed("return", data, me)) made.push(verb(["Return", h("span", { class: "long", text: " to assistant" })], "r", "return", ""));
  if (allowed("resolve", data, me)) made.push(verb(["Resolve"], "e", "resolve", mine ? "primary" : ""));
  return made;

  function verb(words, key, name, look) {
    return h("button", {
      type: "button", class: look, "aria-disabled": busy ? "true" : null, "aria-keyshortcuts": key, title: LABELS[name],
      on: { click: () => act(name) },
    }, busy === name ? "One moment…" : words, h("kbd", { text: key, "aria-hidden": "true" }));
  }
}

function troubleLine(trouble, data, me, { act, again, reload }) {
  if (!trouble.moved) {
    return h("div", { class: "problem", role: "alert" },
      h("p", {}, h("strong", { text: "Not done. " }), trouble.words),
      h("p", { class: "buttons" }, button("Try again", again, { class: "small primary" }), button("Leave it", reload, { class: "small" })));
  }
  return h("div", { class: "problem", role: "alert" },
    h("p", {}, h("strong", { text: "Not done: the owner changed meanwhile. " }), `${ownerWords(data, me)} now. ${trouble.words}`),
    h("p", { class: "buttons" },
      isMine(data, me) ? null : button(data.owner === "staff" ? "Take over" : "Take", () => act("take"), { class: "small primary" }),
      button("Reload", reload, { class: "small" })));
}

/** Whether a verb makes sense here; the server has the last word. */
export function allowed(verb, data, me) {
  if (verb === "take") return !isMine(data, me);
  if (isColleagues(data, me)) return false;
  if (verb === "return") return data.owner !== "assistant" || Boolean(data.covered);
  return data.cases.some((one) => !one.resolved_at);
}

/** What must be asked before a verb is done: title, words and the button; null where nothing must. */
export function question(verb, data, me, draft) {
  const unsent = draft.trim() ? " Your unsent text stays in the reply box." : "";
  if (verb === "resolve") {
    return ["Resolve this case?", `It leaves the list. If ${contactName(data.contact)} writes again soon, it comes back to the queue; later, a new case begins with the assistant.${unsent}`, "Resolve"];
  }
  if (verb === "take" && isColleagues(data, me)) {
    return ["Take over?", `${data.owner_name ?? "A colleague"} has this conversation now and will lose it to you.`, "Take over"];
  }
  return null;
}
