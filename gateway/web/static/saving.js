// Before settings are saved: what would become of the last conversations, side by side, and why it
// is changed. Nothing is sent and no model is asked.
import { announce, button, h, openDialog } from "./dom.js";
import { skeleton } from "./part.js";
import { plain } from "./words.js";

const SHOWN = 12;
const DECISIONS = { reply: "answers", draft: "drafts for a person", clarify: "asks back", hand_over: "calls a person", silent: "says nothing", propose_action: "proposes an action", note: "notes" };

/** Resolves to whether the changes, or the taking back of version `undoes`, were saved. */
export function review(page, changes, undoes = null) {
  return new Promise((resolve) => {
    const place = h("div", { class: "rows", "aria-live": "polite" }, skeleton());
    const title = undoes ? `Take back version ${undoes}?` : "Before you save";
    const dialog = openDialog(title, place, { look: "wide", leave: "Cancel" });
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "saved"));
    new Review(page, { changes, undoes, place, dialog }).look();
  });
}

class Review {
  /** One id for one change: sent again after a lost answer, it is one version all the same. */
  constructor(page, rest) {
    Object.assign(this, { page, ...rest, id: crypto.randomUUID() });
  }

  async look() {
    const body = this.undoes ? { undoes: this.undoes } : { changes: this.changes };
    try {
      this.draw(await this.page.api.call("POST", "/api/v1/settings/preview", body));
    } catch (problem) {
      this.place.replaceChildren(...refusal(problem), button("Try again", () => this.look(), { class: "small" }));
    }
  }

  draw(found) {
    this.trouble = h("div", {});
    const why = h("input", { required: true, minlength: 3, maxlength: 300, autocomplete: "off", placeholder: "Customers asked for it" });
    const form = h("form", { class: "rows", on: { submit: (event) => { event.preventDefault(); this.save(why.value, form); } } },
      h("label", {}, "Why? It stands in the history.", why),
      this.trouble,
      h("p", { class: "buttons" }, h("button", { class: "primary", text: this.undoes ? "Take it back" : "Save" })));
    this.place.replaceChildren(changed(found.changes, this.page), texts(found), conversations(found), form);
    why.focus();
  }

  async save(why, form) {
    const send = form.querySelector("button");
    send.disabled = true;
    const asked = { id: this.id, seen: this.page.state.version, why };
    const [path, more] = this.undoes ? ["/undo", { number: this.undoes }] : ["", { changes: this.changes }];
    try {
      const { version } = await this.page.api.call("POST", `/api/v1/settings${path}`, { ...asked, ...more });
      this.page.mine = version;
      announce(`Saved as version ${version}, and in force.`);
      this.dialog.close("saved");
    } catch (problem) {
      send.disabled = false;
      this.trouble.replaceChildren(...refusal(problem), problem.fields?.since ? this.since(problem.fields) : "");
    }
  }

  /** A colleague was faster: what they changed, and the way to look again. */
  since({ since }) {
    return h("div", { class: "rows" },
      since.map((one) => h("div", { class: "pair" },
        h("p", {}, h("strong", { text: `${one.by}: ` }), one.why), changed(one.changes, this.page))),
      button("Look again, over theirs", async () => { await this.page.refresh(); await this.look(); }, { class: "small primary" }));
  }
}

export function refusal(problem) {
  const told = problem.fields?.problems;
  if (!told) return [h("p", { class: "problem", role: "alert", text: problem.message })];
  return [h("div", { class: "problem", role: "alert" },
    h("p", {}, h("strong", { text: "The settings would be wrong, so nothing was saved." })),
    h("ul", {}, told.map(({ key, message, mend }) => h("li", {}, key ? h("code", { text: key }) : null, ` ${message}${mend ? `; ${mend}` : ""}`))))];
}

/** Each key with what it would be; `before` says what it was. */
export function changed(changes, page, before = null) {
  return h("div", { class: "rows" }, Object.entries(changes).map(([key, one]) => h("div", { class: "change" },
    h("strong", { text: key }),
    before ? h("code", { class: "dim", text: `was: ${shown(before[key], page.key(key))}` }) : h("code", { class: "dim", text: `now: ${value(page.key(key).value)}` }),
    h("code", { text: `${before ? "became" : "then"}: ${shown(one, page.key(key))}` }))));
}

function shown(one, own) {
  if (one && "value" in one) return value(one.value);
  return `as in config.yaml (${value(own.written)})`;
}

function value(found) {
  if (found === null || found === undefined) return "not set";
  return typeof found === "string" ? found : JSON.stringify(found);
}

function texts({ texts: found, texts_differ: many }) {
  if (!many) return "";
  return h("details", { open: many <= SHOWN },
    h("summary", {}, h("strong", { text: many === 1 ? "One text would be another" : `${many} texts would be others` })),
    h("div", { class: "rows" }, found.slice(0, SHOWN).map((one) => h("div", { class: "pair" },
      h("p", {}, h("strong", { text: one.key }), h("span", { class: "dim", text: ` ${one.language}${one.channel ? `, on ${one.channel}` : ""}` })),
      h("div", { class: "sides", lang: one.language },
        h("div", { class: "side" }, h("h4", { text: "Now" }), h("p", { dir: "auto", text: one.now })),
        h("div", { class: "side after" }, h("h4", { text: "Then" }), h("p", { dir: "auto", text: one.after }))))),
    many > SHOWN ? h("p", { class: "dim", text: `And ${many - SHOWN} more.` }) : null));
}

function conversations({ conversations: found, differ, left_out: left }) {
  const differing = found.filter((one) => one.differs.length);
  const words = found.length ? `Of the last ${found.length} conversations ${differ === 0 ? "none" : differ} would go otherwise` : "There is no conversation to try it on yet";
  return h("div", { class: "rows" },
    h("p", {}, h("strong", { text: `${words}.` })),
    h("p", { class: "hint", text: `What each customer wrote last, put to both as if it came now. No model was asked: where models write, their words would be others.${left ? ` ${left} took too long and were left out.` : ""}` }),
    differing.map(conversation));
}

function conversation({ asked, channel, now, after, differs }) {
  return h("div", { class: "pair" },
    h("p", { dir: "auto" }, h("strong", { text: asked }), h("span", { class: "dim", text: ` on ${channel}` })),
    h("div", { class: "sides" }, side("Now", now, "side"), side("Then", after, "side after")),
    h("p", { class: "dim", text: `Differs: ${differs.map(plain).join(", ")}` }));
}

function side(title, one, look) {
  const reason = one.reasons[0];
  return h("div", { class: look },
    h("h4", { text: title }),
    h("p", {}, h("strong", { text: `The assistant ${DECISIONS[one.decision] ?? one.decision}` }),
      `${one.tier ? `, tier ${one.tier}` : ""}, ${one.mode}`),
    one.said ? h("p", { dir: "auto", text: one.said }) : null,
    reason ? h("p", { class: "dim", text: reason.rule }) : null,
    one.desk ? h("p", { class: "dim", text: `For the desk ${one.desk.name}${one.desk.chat ? `, told in ${one.desk.chat}` : ""}` }) : null,
    one.route ? h("p", { class: "dim", text: `Models: ${one.route.models.join(", ") || "people instead"} (${one.route.why})` }) : null);
}
