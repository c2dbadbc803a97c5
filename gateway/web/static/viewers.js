// Who else has a conversation open, and who is writing: said by every open page, shown to the others.
import { h } from "./dom.js";
import { coalesce } from "./live.js";

/** A page that says nothing for 50 s is taken to be gone. */
const SAY_MS = 20000;
const TYPING_MS = 8000;

export class Viewers {
  /** `root` is where the open conversation shows the others, `rows` the list's. */
  constructor({ api, me, root, rows }) {
    Object.assign(this, { api, me, root, rows });
    this.writes = me.scope !== "read";
    this.items = [];
    this.refresh = coalesce(() => this.load());
    setInterval(() => this.say(), SAY_MS);
    document.addEventListener("visibilitychange", () => this.say());
    addEventListener("pagehide", () => this.left(this.conversation));
  }

  /** The conversation that is open now, null for none. */
  watch(conversation) {
    if (conversation === this.conversation) return;
    this.left(this.conversation);
    this.conversation = conversation;
    this.typedAt = 0;
    this.say();
    this.draw();
  }

  typed() {
    const began = Date.now() - (this.typedAt ?? 0) > TYPING_MS;
    this.typedAt = Date.now();
    clearTimeout(this.ceases);
    this.ceases = setTimeout(() => this.say(), TYPING_MS);
    if (began) this.say();
  }

  say() {
    if (!this.conversation) return;
    if (document.visibilityState === "hidden") {
      this.left(this.conversation);
      return;
    }
    const writing = Date.now() - (this.typedAt ?? 0) < TYPING_MS;
    this.tell(this.conversation, writing ? "writing" : "looking");
  }

  left(conversation) {
    if (conversation) this.tell(conversation, "gone");
  }

  /** What is not heard is said again soon; nobody is bothered with it. */
  tell(conversation, state) {
    if (!this.writes) return;
    fetch(`/api/v1/conversations/${encodeURIComponent(conversation)}/viewing`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Frontdesk": "1" },
      body: JSON.stringify({ state }),
      credentials: "same-origin",
      keepalive: true,
    }).catch(() => {});
  }

  async load() {
    try {
      this.items = (await this.api.call("GET", "/api/v1/viewers")).items.filter(({ id }) => id !== this.me.id);
    } catch {
      this.items = [];
    }
    this.draw();
  }

  draw() {
    const here = this.items.filter(({ conversation }) => conversation === this.conversation);
    const words = here.map(others).join(" ");
    if (this.root.textContent !== words) this.root.textContent = words;
    this.root.hidden = !here.length;
    this.drawRows();
  }

  /** Marks the list's rows at which somebody else is; called again when they were drawn anew. */
  drawRows() {
    const by = Map.groupBy ? Map.groupBy(this.items, ({ conversation }) => conversation) : grouped(this.items);
    for (const row of this.rows.querySelectorAll(".row")) {
      const there = by.get(row.dataset.key) ?? [];
      const words = there.map(({ name, writing }) => (writing ? `${name} writes` : name)).join(", ");
      const shown = row.querySelector(".viewing");
      if (!words) shown?.remove();
      else if (!shown) row.querySelector(".why")?.append(h("span", { class: "viewing", title: "Has it open now", text: words }));
      else if (shown.textContent !== words) shown.textContent = words;
    }
  }
}

function others({ name, writing }) {
  return writing ? `${name} is writing…` : `${name} is looking at this too.`;
}

function grouped(items) {
  const by = new Map();
  for (const item of items) by.set(item.conversation, [...(by.get(item.conversation) ?? []), item]);
  return by;
}
