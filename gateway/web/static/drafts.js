// The draft that waits in a conversation: sent as it is, sent in other words, or rejected; and what
// was learnt from those that were not sent as they were.
import { announce, button, confirmed, h, openDialog } from "./dom.js";
import { sources } from "./messages.js";
import { richText } from "./richtext.js";
import { brief, full } from "./time.js";

const SAID = { approve: "Sent.", edit: "Sent in your words.", reject: "Rejected." };
const LONGEST = 8000;

export class Drafts {
  /** `onDecided` runs after every try: what there is now has to be shown. */
  constructor({ api, onDecided }) {
    Object.assign(this, { api, onDecided, busy: false });
  }

  /** The card of one draft; `isOthers` says that a colleague has the conversation. */
  card({ draft, isOthers }) {
    const newer = draft.customer_seq > draft.through_seq;
    return h("section", { class: "brief-card draft", "aria-label": "Draft to check" },
      h("h3", {}, "Draft to check ", h("span", { class: "mark", text: sure(draft.confidence) }),
        draft.version > 1 ? h("span", { class: "mark", text: `version ${draft.version}` }) : null),
      newer ? h("p", { class: "late", role: "status", text: "The customer has written since. This does not answer it yet." }) : null,
      h("div", { class: "body", dir: "auto", lang: draft.language }, richText(draft.html, { follow: true })),
      isOthers ? h("p", { class: "dim", text: "A colleague has this conversation. Take it over to decide." }) : h("p", { class: "buttons" },
        h("button", { type: "button", class: "small primary", "aria-keyshortcuts": "a", on: { click: () => this.approve(draft) } },
          "Send draft", h("kbd", { text: "a", "aria-hidden": "true" })),
        button("Edit", () => this.edit(draft), { class: "small" }),
        button("Reject", () => this.reject(draft), { class: "small" })),
      sources(draft.citations),
      h("p", { class: "dim" }, "Written ", h("time", { title: full(draft.updated_at), text: brief(draft.updated_at) }),
        `. Where nobody decides by ${full(draft.expires_at)}, it is a plain handoff.`));
  }

  /** By a single key a person is asked first: it goes to a customer. */
  async pressed(draft) {
    if (!draft || this.busy) return;
    if (await confirmed("Send this draft?", draft.text, "Send")) await this.approve(draft);
  }

  approve(draft) {
    return this.decide(draft, "approve", {});
  }

  edit(draft) {
    const text = h("textarea", { rows: "8", maxlength: String(LONGEST), dir: "auto", "aria-label": "What the customer gets" });
    text.value = draft.text;
    const dialog = openDialog("Send in your words", [text, h("p", { class: "buttons" },
      button("Send", () => {
        if (!text.value.trim()) return text.focus();
        dialog.close();
        return this.decide(draft, "edit", { text: text.value });
      }, { class: "primary" }))], { leave: "Cancel" });
    text.focus();
  }

  reject(draft) {
    const reason = h("input", { type: "text", maxlength: "500", required: true, "aria-label": "Why it is not sent" });
    const dialog = openDialog("Reject this draft?", [
      h("p", { text: "Nothing is sent. Say what is wrong with it: that is kept for whoever keeps the articles." }), reason,
      h("p", { class: "buttons" }, button("Reject", () => {
        if (!reason.value.trim()) return reason.focus();
        dialog.close();
        return this.decide(draft, "reject", { reason: reason.value.trim() });
      }, { class: "primary" }))], { look: "ask", leave: "Cancel" });
    reason.focus();
  }

  /** What was seen goes along. Where the customer has written since, that is shown and asked about. */
  async decide(draft, verb, more, through = draft.through_seq) {
    if (this.busy) return;
    this.busy = true;
    const request = { id: crypto.randomUUID(), version: draft.version, epoch: draft.epoch, through_seq: through, ...more };
    let moved = null;
    try {
      await this.api.decideDraft(draft.id, verb, request);
      announce(SAID[verb]);
    } catch (problem) {
      moved = problem;
    }
    this.busy = false;
    await this.onDecided();
    if (moved) await this.ask(draft, verb, more, moved);
  }

  async ask(draft, verb, more, moved) {
    if (moved.fields?.why !== "customer") {
      openDialog("Not done", [h("p", { role: "alert", text: moved.message }), more.text ? kept(more.text) : null], { look: "ask" });
      return;
    }
    const { newer, draft: now } = moved.fields;
    const dialog = openDialog("The customer has written since", [
      h("div", { class: "newer" }, newer.map((one) => h("blockquote", { dir: "auto", text: one.text || "(a file)" }))),
      h("p", { text: "The draft was written before that. Send it all the same?" }),
      more.text ? kept(more.text) : null,
      h("p", { class: "buttons" }, button("Send all the same", () => {
        dialog.close();
        return this.decide({ ...draft, epoch: now.epoch }, verb, more, now.customer_seq);
      }, { class: "primary" }))], { look: "ask", leave: "Not yet" });
  }
}

/** What somebody typed is never lost to a refusal. */
function kept(text) {
  return h("details", {}, h("summary", { text: "Your words" }), h("p", { class: "text", dir: "auto", text }));
}

function sure(confidence) {
  return `${Math.round(100 * confidence)} % sure`;
}

/** What people knew better, the newest first. */
export async function showLessons(api) {
  const place = h("div", { class: "lessons" }, h("p", { class: "dim", role: "status", text: "Loading…" }));
  openDialog("What was learnt from drafts", [place], { look: "drawer" });
  try {
    const { items } = await api.lessons();
    place.replaceChildren(...(items.length ? items.map(lesson) : [h("p", { class: "empty", text: "Nothing yet." }),
      h("p", { class: "dim", text: "Drafts that somebody rejects or edits appear here, with what was sent instead." })]));
  } catch (problem) {
    place.replaceChildren(h("p", { class: "problem", role: "alert", text: problem.message }));
  }
}

function lesson(one) {
  return h("article", { class: "lesson" },
    h("h3", { dir: "auto", text: one.question || "(no words)" }),
    h("p", { class: "dim" }, `${one.state === "rejected" ? "Rejected" : "Edited"} by ${one.decided_by}, `,
      h("time", { title: full(one.decided_at), text: brief(one.decided_at) })),
    one.reason ? h("p", { dir: "auto" }, h("strong", { text: one.reason })) : null,
    h("dl", {},
      h("div", {}, h("dt", { text: "Draft" }), h("dd", { class: "text", dir: "auto", text: one.draft })),
      h("div", {}, h("dt", { text: "Sent instead" }), h("dd", { class: "text", dir: "auto", text: one.instead ?? "Nothing so far" }))),
    h("a", { href: `#c/${encodeURIComponent(one.conversation)}`, text: "The conversation", on: { click: () => document.querySelector("dialog[open]")?.close() } }));
}
