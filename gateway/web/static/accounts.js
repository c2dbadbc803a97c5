// Accounts on platforms: those of a member of the staff, and linking one's own by a code.
import { button, h } from "./dom.js";
import { clock, now } from "./time.js";
import { plain } from "./words.js";

/** Whose accounts these are; a lead may add and remove them, but for those of the configuration. */
export function accountList(place, { id, accounts }) {
  const root = h("div", {});
  const may = place.lead && place.writes;
  const rows = accounts.map((one) => account(one, may ? () => place.act(`staff/${id}/accounts/${one.id}/remove`, {}, "The account is unlinked.", root) : null));
  if (rows.length) root.append(h("ul", { class: "accounts" }, rows));
  return root;
}

function account({ kind, account: text, source }, remove) {
  const fixed = source === "configuration";
  return h("li", {},
    h("span", { text: plain(kind) }), h("code", { text }),
    fixed ? h("span", { class: "dim", text: "config.yaml" }) : null,
    remove && !fixed ? button("Unlink", remove, { class: "link" }) : null);
}

/** The form with which a lead types an account. */
export function typed(place, { id }, root) {
  const form = h("form", { class: "form" },
    h("label", {}, "Slack account", h("input", { name: "account", required: true, placeholder: "T0123456789/U0123456789", autocomplete: "off", spellcheck: "false", maxlength: 300 })),
    h("button", { type: "submit", class: "small", text: "Link" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { kind: "slack", account: new FormData(form).get("account").trim() };
    place.act(`staff/${id}/accounts`, body, "The account is linked.", root);
  });
  return form;
}

/** One's own: a code that is sent to the bot from the account itself. */
export class Accounts {
  constructor(place) {
    this.place = place;
    this.list = h("div", {});
    this.shown = h("div", {});
    this.start = button("Link my account", () => this.code(), { class: "primary" });
    this.card = h("div", { class: "card" }, this.list, this.shown, h("p", { class: "buttons" }, this.start));
    this.root = h("section", { class: "section" },
      h("header", {}, h("h2", { text: "Your accounts" }), h("p", { text: "So that what you do in the desk’s threads counts as yours." })),
      this.card);
  }

  draw({ items, code_until, kinds }) {
    const rows = items.map((one) => account(one, this.place.writes ? () => this.unlink(one) : null));
    this.list.replaceChildren(rows.length ? h("ul", { class: "accounts" }, rows) : h("p", { class: "dim", text: kinds.length ? "None is linked yet." : "No channel is configured on which staff work in threads." }));
    this.start.hidden = !this.place.writes || !kinds.length;
    if (!code_until || code_until < now()) this.forget(items);
    this.known = items.length;
  }

  unlink(one) {
    return this.place.act(`me/accounts/${one.id}/remove`, {}, "The account is unlinked.", this.card);
  }

  async code() {
    const made = await this.place.act("me/accounts/code", {}, "Here is a code.", this.card);
    if (!made) return;
    this.waiting = true;
    this.shown.replaceChildren(h("div", { class: "secret" },
      h("p", {}, "Send this to the bot, in a direct message, or in a thread of the desk:"),
      h("p", { class: "code", text: `!link ${made.code}` }),
      h("p", { class: "hint", text: `It works once, until ${clock(made.expires_at)}. This page shows the account as soon as it is linked.` })));
  }

  forget(items) {
    if (!this.waiting) return;
    this.waiting = false;
    const linked = items.length > (this.known ?? 0);
    this.shown.replaceChildren(h("p", { class: linked ? "" : "dim", role: "status", text: linked ? "Your account is linked." : "The code no longer works." }));
  }
}
