// The staff: who they are and what a lead does about it, links to join, and one's own accounts.
import { Accounts, accountList, typed } from "./accounts.js";
import { button, byId, confirmed, h, reconcile } from "./dom.js";
import { mark } from "./part.js";
import { linkShown } from "./secrets.js";
import { openPlace } from "./place.js";
import { brief, full, tick } from "./time.js";

const ROLES = { agent: "Agent", lead: "Lead" };

class People {
  /** Draws what stays; what is loaded comes into its places. */
  frame(place) {
    this.place = place;
    this.links = h("div", { class: "section" });
    this.open = h("div", { class: "cards" });
    this.staff = h("div", { class: "cards" });
    this.gone = h("div", { class: "cards" });
    this.goneBox = h("details", { class: "section", hidden: true }, h("summary", { text: "No longer on the staff" }), this.gone);
    this.own = new Accounts(place);
    const invite = place.lead && place.writes ? [section("Invite somebody", "By a link that works once, for seven days.", this.form(), this.links, this.open)] : [];
    const staff = place.lead ? [section("On the staff", "", this.staff, this.goneBox)] : [];
    byId("panel").replaceChildren(...invite, ...staff, this.own.root);
  }

  form() {
    const form = h("form", { class: "card form" },
      h("label", {}, "Role", h("select", { name: "role" },
        h("option", { value: "agent", text: "Agent: answers customers" }),
        h("option", { value: "lead", text: "Lead: also looks after the desk" }))),
      h("label", {}, "Name, if it is settled", h("input", { name: "name", maxlength: 128, autocomplete: "off" })),
      h("button", { type: "submit", class: "primary", text: "Make a link" }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.invite(form);
    });
    return form;
  }

  async invite(form) {
    const said = new FormData(form);
    const name = said.get("name").trim();
    const body = { role: said.get("role"), ...(name ? { name } : {}) };
    const made = await this.place.act("invitations", body, "The link is made.", form);
    if (!made) return;
    form.reset();
    this.links.replaceChildren(linkShown(`A link for ${name || "somebody new"}`, made));
  }

  draw({ staff, invitations, accounts }, place) {
    if (!this.place) this.frame(place);
    reconcile(this.open, invitations.map((one) => ({ key: one.id, ...one })), (one) => this.invitation(one));
    const here = staff.filter((one) => !one.disabled_at);
    const gone = staff.filter((one) => one.disabled_at);
    reconcile(this.staff, here.map((one) => ({ key: one.id, ...one })), (one) => this.member(one));
    reconcile(this.gone, gone.map((one) => ({ key: one.id, ...one })), (one) => this.former(one));
    this.goneBox.hidden = !gone.length;
    this.own.draw(accounts);
    tick(document);
  }

  invitation({ id, kind, name, role, by, expires_at }) {
    const what = kind === "password" ? `New password for ${name}` : `${ROLES[role]}${name ? `: ${name}` : ""}`;
    const card = h("article", { class: "card" },
      h("header", {}, h("h3", { text: what }), mark("open", "care")),
      h("p", { class: "facts" }, h("span", { text: `By ${by}` }), h("span", {}, "Works until ", h("time", { text: full(expires_at) }))),
      h("p", { class: "buttons" },
        button("Revoke", () => this.place.act(`invitations/${id}/revoke`, {}, "The link is revoked.", card), { class: "small" })));
    return card;
  }

  member(one) {
    const mine = one.id === this.place.me.id;
    const card = h("article", { class: "card" },
      h("header", {}, h("h3", {}, h("bdi", { text: one.name }), mine ? h("span", { class: "dim", text: " (you)" }) : null), ...this.marks(one)),
      h("p", { class: "facts" },
        h("span", { text: one.conversations === 1 ? "1 conversation" : `${one.conversations} conversations` }),
        one.seen_at ? h("span", {}, "Seen ", h("time", { title: full(one.seen_at), text: brief(one.seen_at) })) : h("span", { text: "Never signed in here" }),
        one.source === "configuration" ? h("span", { title: "Named under staff: in the configuration file", text: "From config.yaml" }) : null),
      accountList(this.place, one));
    if (this.place.writes) card.append(this.actions(one, card));
    return card;
  }

  marks(one) {
    return [
      mark(ROLES[one.role], one.role === "lead" ? "good" : ""),
      one.away_at ? mark("Away", "care") : null,
      one.signs_in ? null : mark("No password", "care"),
    ].filter(Boolean);
  }

  actions(one, card) {
    const path = `staff/${one.id}`;
    const other = one.role === "lead" ? "agent" : "lead";
    const act = (verb, body, done) => this.place.act(`${path}/${verb}`, body, done, card);
    return h("details", {}, h("summary", { text: `Change ${one.name}` }),
      h("p", { class: "buttons" },
        button(other === "lead" ? "Make a lead" : "Make an agent", () => act("role", { role: other }, `${one.name} is ${other === "lead" ? "a lead" : "an agent"}.`), { class: "small" }),
        button(one.away_at ? "Is there again" : "Set away", () => this.away(one, act), { class: "small" }),
        button("New password by link", () => this.password(one, card), { class: "small" }),
        button("Sign out everywhere", () => this.signOut(one, act), { class: "small" }),
        button("Remove", () => this.remove(one, act), { class: "small danger" })),
      typed(this.place, one, card));
  }

  async away(one, act) {
    const sure = one.away_at || await confirmed(`${one.name} is away?`, "What they have goes back to the queue.", "Set away");
    if (sure) await act("away", { away: !one.away_at }, one.away_at ? `${one.name} is there again.` : `${one.name} is away.`);
  }

  async password(one, card) {
    const made = await this.place.act(`staff/${one.id}/password`, {}, "The link is made.", card);
    if (made) this.links.replaceChildren(linkShown(`A link with which ${one.name} chooses a password`, made));
  }

  async signOut(one, act) {
    if (await confirmed(`Sign ${one.name} out everywhere?`, "Every browser and every token of theirs stops working. The password stays.", "Sign out")) {
      await act("sign-out", {}, `${one.name} is signed out everywhere.`);
    }
  }

  async remove(one, act) {
    const configured = one.source === "configuration" ? " Take the name out of config.yaml as well." : "";
    const words = `They are signed out at once, and what they have goes to the queue. What they wrote stays.${configured}`;
    if (await confirmed(`Remove ${one.name}?`, words, "Remove")) await act("remove", {}, `${one.name} is removed.`);
  }

  former(one) {
    const card = h("article", { class: "card", "data-gone": true },
      h("header", {}, h("h3", {}, h("bdi", { text: one.name })), mark(ROLES[one.role])),
      h("p", { class: "facts" }, h("span", {}, "Removed ", h("time", { title: full(one.disabled_at), text: brief(one.disabled_at) }))));
    if (this.place.writes) {
      card.append(h("p", { class: "buttons" },
        button("Bring back", () => this.place.act(`staff/${one.id}/bring-back`, {}, `${one.name} is on the staff again.`, card), { class: "small" })));
    }
    return card;
  }
}

function section(title, words, ...parts) {
  return h("section", { class: "section" }, h("header", {}, h("h2", { text: title }), words ? h("p", { text: words }) : null), parts);
}

async function read(api, me) {
  const lead = me.role === "lead";
  const [staff, invitations, accounts] = await Promise.all([
    lead ? api.call("GET", "/api/v1/staff") : { items: [] },
    lead ? api.call("GET", "/api/v1/invitations") : { items: [] },
    api.call("GET", "/api/v1/me/accounts"),
  ]);
  return { staff: staff.items, invitations: invitations.items, accounts };
}

const people = new People();
openPlace({ title: "People", read, draw: (data, place) => people.draw(data, place) });
