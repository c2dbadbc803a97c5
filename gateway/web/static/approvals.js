// Actions in business systems: those that wait for an approval, and what was done in a conversation.
import { button, confirmed, h, openDialog } from "./dom.js";
import { brief, full } from "./time.js";
import { plain } from "./words.js";

/** What waits for somebody's approval, above the list of conversations. */
export class Waiting {
  constructor({ api, root }) {
    Object.assign(this, { api, root });
  }

  async refresh() {
    try {
      this.draw((await this.api.waitingActions()).items);
    } catch {
      // The list beside it says what is wrong.
    }
  }

  draw(items) {
    this.root.hidden = !items.length;
    const words = items.length === 1 ? "1 action waits for your approval" : `${items.length} actions wait for your approval`;
    this.root.replaceChildren(...(items.length ? [h("details", { open: true },
      h("summary", { text: words }),
      h("ul", {}, items.map((item) => h("li", {},
        h("a", { href: `#${encodeURIComponent(item.conversation)}` }, h("strong", { text: item.title })), " ",
        h("time", { class: "dim", title: full(item.confirmed_at), text: brief(item.confirmed_at) }),
        h("p", { dir: "auto", text: item.details })))))] : []));
  }
}

/** The actions of one conversation; `decide(id, verb, reason)` is for those that wait. */
export function drawActions({ actions }, decide) {
  return h("section", { class: "brief-card actions", "aria-label": "Actions" },
    h("h3", { text: "Actions" }),
    h("ul", {}, actions.map((one) => action(one, decide))));
}

function action(one, decide) {
  const waits = one.state === "confirmed";
  return h("li", {},
    h("p", {}, h("strong", { text: one.title }), " ", h("span", { class: `mark ${one.state === "done" ? "good" : ""}`, text: state(one) })),
    h("p", { dir: "auto", text: one.details }),
    one.customer ? h("p", { class: "dim", text: `for ${one.customer}, proved by ${one.proof}` }) : null,
    one.outcome || one.reason ? h("p", { dir: "auto", text: [one.outcome, one.reference, one.reason].filter(Boolean).join(" · ") }) : null,
    waits ? h("p", { dir: "auto", text: `Needs approval: ${one.approval_reason}` }) : null,
    waits ? h("p", { class: "buttons" },
      button("Approve", () => approve(one, decide), { class: "small primary" }),
      button("Refuse", () => refuse(one, decide), { class: "small" })) : null,
    h("details", {}, h("summary", { text: "What happened" }),
      h("ol", {}, one.audit.map((step) => h("li", {},
        h("time", { class: "dim", title: full(step.at), text: brief(step.at) }),
        h("span", { text: ` ${plain(step.event).toLowerCase()}` }),
        step.detail ? h("span", { class: "dim", dir: "auto", text: ` ${step.detail}` }) : null)))));
}

function state(one) {
  return one.state === "confirmed" ? "waits for approval" : plain(one.state).toLowerCase();
}

async function approve(one, decide) {
  if (await confirmed(`Approve “${one.title}”?`, one.details, "Approve")) decide(one.id, "approve");
}

function refuse(one, decide) {
  const reason = h("input", { type: "text", maxlength: "200", required: true, "aria-label": "Why, for the customer" });
  const dialog = openDialog(`Refuse “${one.title}”?`, [
    h("p", { text: "The customer reads why." }), reason,
    h("p", { class: "buttons" }, button("Refuse", () => {
      if (!reason.value.trim()) return reason.focus();
      dialog.close();
      return decide(one.id, "refuse", reason.value.trim());
    }, { class: "primary" })),
  ], { look: "ask", leave: "Cancel" });
  reason.focus();
}
