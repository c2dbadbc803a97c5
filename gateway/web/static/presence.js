// Whether I am there for customers, and who of them waits for me.
import { announce, byId, confirmed, h } from "./dom.js";
import { tick } from "./time.js";
import { channelWords, contactName } from "./words.js";

// Reminders come after half an hour; nobody needs them read again with every message.
const AGAIN_MS = 10000;

export class Presence {
  constructor({ api, me, root, toggle }) {
    Object.assign(this, { api, me, root, toggle });
    this.away = Boolean(me.away_at);
    this.told = new Set();
    toggle.addEventListener("click", () => this.turn());
    this.draw();
  }

  draw() {
    this.toggle.hidden = this.me.scope === "read";
    this.toggle.setAttribute("aria-pressed", String(this.away));
    this.toggle.textContent = this.away ? "Back" : "Away";
    this.toggle.title = this.away ? "You are away. Press to be there again" : "Be away: what you have goes to the queue";
  }

  async turn() {
    if (!this.away && !(await confirmed("Be away?", "What you have goes back to the queue, and what your customers write reaches the others.", "Be away"))) return;
    try {
      const done = await this.api.presence(!this.away);
      this.away = Boolean(done.away_at);
      announce(this.away ? awayWords(done.passed_back) : "You are there again.");
    } catch (problem) {
      announce(problem.message);
    }
    this.draw();
    await this.load();
  }

  /** Read at once, then at most every ten seconds. */
  refresh() {
    if (this.waits) return;
    const rest = AGAIN_MS - (Date.now() - (this.at ?? 0));
    if (rest <= 0) this.load();
    else this.waits = setTimeout(() => { this.waits = null; this.load(); }, rest);
  }

  async load() {
    this.at = Date.now();
    try {
      const { items } = await this.api.conversations({ owner: "me", limit: 100 });
      this.show(items.filter((item) => item.reminded_at));
      const me = await this.api.me();
      this.away = Boolean(me.away_at);
      this.draw();
    } catch {
      // The list beside it says what is wrong.
    }
  }

  show(items) {
    this.root.hidden = !items.length;
    this.root.replaceChildren(...(items.length ? [banner(items)] : []));
    tick(this.root);
    const fresh = items.filter((item) => !this.told.has(item.id));
    this.told = new Set(items.map((item) => item.id));
    if (fresh.length) announce(`${contactName(fresh[0].contact)} waits for your answer.`);
  }
}

function banner(items) {
  const words = items.length === 1 ? "A customer waits for your answer" : `${items.length} customers wait for your answer`;
  return h("div", {},
    h("p", {}, h("strong", { text: words }), h("span", { class: "dim", text: " After an hour the queue has them again." })),
    h("ul", {}, items.map((item) => h("li", {},
      h("a", { href: `#c/${encodeURIComponent(item.id)}` },
        h("bdi", { text: contactName(item.contact) }),
        h("span", { class: "dim", text: ` ${channelWords(item.channel, item.kind)} ` }))))));
}

function awayWords(count) {
  if (!count) return "You are away.";
  return count === 1 ? "You are away. One conversation went back to the queue." : `You are away. ${count} conversations went back to the queue.`;
}

export const presenceOf = (api, me) => new Presence({ api, me, root: byId("reminders"), toggle: byId("away") });
